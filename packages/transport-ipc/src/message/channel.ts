import { CoterieError, shownOf } from "@coterie/interface";
import type { ChildProcess } from "node:child_process";
import type { Worker as ClusterWorker } from "node:cluster";
import type { MessagePort, Worker } from "node:worker_threads";

/**
 * What carries messages to another thread or process: a `MessagePort` (`parentPort` included), a `Worker`, a child that
 * was forked, also by `node:cluster`, or, in the child, `process`.
 */
export type MessageCarrier = MessagePort | Worker | ChildProcess | ClusterWorker | NodeJS.Process;

export interface ChannelHandler {
  received(message: unknown): void;
  /** Nothing will come any more. May be called again. */
  lost(how: string, cause?: unknown): void;
}

/** A carrier, in the same words whatever it is. */
export interface Channel {
  /** Whether messages are copied as they are, so that memory may be handed over instead. */
  readonly canTransfer: boolean;
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** Whether the carrier keeps this thread alive, where that is ours to say. */
  hold(isHeld: boolean): void;
  /** Listens no more, except, unless `isLeft`, to errors: one that comes later still has to end nobody. */
  detach(isLeft: boolean): void;
}

/**
 * Listens to `carrier` from here on; messages that are not ours go to whoever else listens.
 *
 * @throws CoterieError BAD_ARGUMENTS if it is none.
 */
export function attachChannel(carrier: MessageCarrier, handler: ChannelHandler): Channel {
  const isObject = typeof carrier === "object" && carrier !== null && "on" in carrier;
  if (isObject && "postMessage" in carrier) return attachPort(carrier, handler);
  // What cluster gives is a wrapper of the process.
  const end = isObject && "process" in carrier ? carrier.process : carrier;
  if (isObject && typeof end.send === "function") return attachProcess(end, handler);
  const hint = isObject ? "an object that sends no messages" : shownOf(carrier);
  throw new CoterieError(
    "BAD_ARGUMENTS",
    `A carrier is a MessagePort, a Worker, a process that was forked, or process in such a one; this is ${hint}.`,
  );
}

type Listeners = Readonly<Record<string, (value: unknown) => void>>;

interface Emitter {
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
}

/** Gives what `Channel.detach` does. */
function listen(end: Emitter, listeners: Listeners): Channel["detach"] {
  for (const [event, listener] of Object.entries(listeners)) end.on(event, listener);
  return (isLeft) => {
    for (const [event, listener] of Object.entries(listeners)) {
      if (isLeft || event !== "error") end.off(event, listener);
    }
  };
}

function attachPort(port: MessagePort | Worker, handler: ChannelHandler): Channel {
  const detach = listen(port, {
    message: (message) => handler.received(message),
    close: () => handler.lost("the port was closed"),
    messageerror: (error) => handler.lost("a message could not be read", error),
    // Of a worker. What it throws is told first, and then that it has ended; its ports alone might be silent.
    error: (error) => handler.lost("the worker has thrown an error", error),
    exit: () => handler.lost("the worker has ended"),
  });
  return {
    canTransfer: true,
    post: (message, transfer) => port.postMessage(message, transfer),
    hold: (isHeld) => (isHeld ? port.ref() : port.unref()),
    detach,
  };
}

function attachProcess(end: ChildProcess | NodeJS.Process, handler: ChannelHandler): Channel {
  const detach = listen(end, {
    message: (message) => handler.received(message),
    disconnect: () => handler.lost("the channel to the other process was closed"),
    error: (error) => handler.lost("the other process could not be started or reached", error),
    exit: () => handler.lost("the process has ended"),
  });
  return {
    canTransfer: false,
    post: (message) => {
      if (end.send === undefined || !end.connected) return handler.lost("there is no channel to a process");
      // Without a callback a failure would be an error event of the process, which might end it.
      end.send(message as object, undefined, {}, (error) => {
        if (error !== null) handler.lost("the channel to the other process broke", error);
      });
    },
    hold: () => undefined,
    detach,
  };
}
