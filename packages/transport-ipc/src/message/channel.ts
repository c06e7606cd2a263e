import type { ChildProcess } from "node:child_process";
import type { MessagePort, Worker } from "node:worker_threads";

/**
 * What carries messages to another thread or process: a `MessagePort` (`parentPort` included), a `Worker`, a child that
 * was forked, or, in the child, `process`.
 */
export type MessageCarrier = MessagePort | Worker | ChildProcess | NodeJS.Process;

export interface ChannelHandler {
  received(message: unknown): void;
  /** Nothing will come any more. May be called again. */
  lost(how: string): void;
}

/** A carrier, in the same words whatever it is. */
export interface Channel {
  /** Whether messages are copied as they are, so that memory may be handed over instead. */
  readonly canTransfer: boolean;
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** Whether the carrier keeps this thread alive, where that is ours to say. */
  hold(isHeld: boolean): void;
  detach(): void;
}

/** Listens to `carrier` from here on; messages that are not ours go to whoever else listens. */
export function attachChannel(carrier: MessageCarrier, handler: ChannelHandler): Channel {
  return "postMessage" in carrier ? attachPort(carrier, handler) : attachProcess(carrier, handler);
}

function attachPort(port: MessagePort | Worker, handler: ChannelHandler): Channel {
  const onMessage = (message: unknown): void => handler.received(message);
  const onClose = (): void => handler.lost("the port was closed");
  // A worker that ends, for whatever reason, says so here; its ports alone might be silent.
  const onExit = (): void => handler.lost("the worker has ended");
  const onError = (): void => handler.lost("a message could not be read");
  const listeners = { message: onMessage, close: onClose, exit: onExit, messageerror: onError };
  for (const [event, listener] of Object.entries(listeners)) port.on(event, listener);
  return {
    canTransfer: true,
    post: (message, transfer) => port.postMessage(message, transfer),
    hold: (isHeld) => (isHeld ? port.ref() : port.unref()),
    detach: () => {
      for (const [event, listener] of Object.entries(listeners)) port.off(event, listener);
    },
  };
}

function attachProcess(end: ChildProcess | NodeJS.Process, handler: ChannelHandler): Channel {
  const listeners = {
    message: (message: unknown): void => handler.received(message),
    disconnect: (): void => handler.lost("the channel to the other process was closed"),
    exit: (): void => handler.lost("the process has ended"),
    error: (): void => handler.lost("the other process could not be started or reached"),
  };
  for (const [event, listener] of Object.entries(listeners)) end.on(event, listener);
  return {
    canTransfer: false,
    post: (message) => {
      if (end.send === undefined || !end.connected) return handler.lost("there is no channel to a process");
      // Without a callback a failure would be an error event of the process, which might end it.
      end.send(message as object, undefined, {}, (error) => {
        if (error !== null) handler.lost("the channel to the other process broke");
      });
    },
    hold: () => undefined,
    detach: () => {
      for (const [event, listener] of Object.entries(listeners)) end.off(event, listener);
    },
  };
}
