import {
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  type ConnectionOptions,
  CoterieError,
  type Listener,
  type ListenHandler,
  type ListenOptions,
} from "@coterie/interface";
import { createMutant, type Mutant } from "../support/mutant.ts";
import { afterRounds, SILENT, TamperedEnd, TamperedTransport } from "../support/tampering.ts";

const INFO: ConnectionInfo = {
  localAddress: "a",
  remoteAddress: "b",
  remoteIp: null,
  isLocal: true,
  identity: { kind: "none" },
  fourLetterWord: null,
};

/** It tells in the next turn that it is open, whatever has come in by then. */
class OpeningLate extends TamperedEnd {
  override opened(info: ConnectionInfo): void {
    afterRounds(1, () => super.opened(info));
  }
}

class ClosingTwice extends TamperedEnd {
  override closed(reason: CoterieError): void {
    super.closed(reason);
    super.closed(reason);
  }
}

class OpeningAfterClosed extends TamperedEnd {
  override closed(reason: CoterieError): void {
    const isNeverOpened = this.state === "opening";
    super.closed(reason);
    if (isNeverOpened) this.user.opened(INFO);
  }
}

class ReceivingAfterClosed extends TamperedEnd {
  override closed(reason: CoterieError): void {
    const wasOpen = this.state === "open";
    super.closed(reason);
    if (wasOpen) this.user.received(new Uint8Array(1));
  }
}

class DrainingAfterClosed extends TamperedEnd {
  override closed(reason: CoterieError): void {
    super.closed(reason);
    afterRounds(3, () => this.user.drained());
  }
}

class KeepingFailedDials extends TamperedEnd {
  override closed(reason: CoterieError): void {
    if (this.state !== "opening") super.closed(reason);
  }
}

class KeepingWhatItClosed extends TamperedEnd {
  isOurs = false;
  override close(): void {
    this.isOurs = true;
    super.close();
  }
  override closed(reason: CoterieError): void {
    if (!this.isOurs) super.closed(reason);
  }
}

/** Refuses what it cannot read at once, inside `dial`. */
class RefusingInsideDial extends TamperedTransport {
  override dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    if (!address.endsWith(":none")) return super.dial(address, handler, options);
    const connection = super.dial(address, SILENT, options);
    handler.closed(new CoterieError("ADDRESS_UNUSABLE"));
    return connection;
  }
}

class RefusingInsideClose extends TamperedTransport {
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    const listener = await super.listen(address, handler, options);
    const close = async (): Promise<void> => {
      handler.refused(new CoterieError("CONNECTION_CLOSED"), "a");
      return listener.close();
    };
    return { address: listener.address, close };
  }
}

/** Closes inside `abort`, when nobody is being called. */
class ClosingInsideAbort extends TamperedEnd {
  isTold = false;
  override abort(): void {
    const wasOpen = this.state === "open";
    super.abort();
    if (!wasOpen || this.ring.ends.some((end) => end instanceof ClosingInsideAbort && end.isHandling)) return;
    this.isTold = true;
    this.state = "closed";
    this.user.closed(new CoterieError("CONNECTION_CLOSED"));
  }
  override closed(reason: CoterieError): void {
    if (!this.isTold) super.closed(reason);
  }
  isHandling = false;
  override received(frame: Uint8Array): void {
    this.isHandling = true;
    super.received(frame);
    this.isHandling = false;
  }
}

/** The other end hears a frame inside `send`, if nothing waits before it. */
class DeliveringInsideSend extends TamperedEnd {
  isHandling = false;
  isPaused = false;
  readonly wantsHandler: boolean = false;
  override send(frame: Uint8Array): boolean {
    const other = this.ring.otherOf(this);
    const isInHandler = this.ring.ends.some((end) => end instanceof DeliveringInsideSend && end.isHandling);
    const isNext = this.sendQueueBytes === 0 && this.state === "open" && isInHandler === this.wantsHandler;
    if (!(other instanceof DeliveringInsideSend) || !isNext || other.state !== "open") return super.send(frame);
    if (other.isPaused || frame.length !== 1000) return super.send(frame);
    other.received(frame);
    return true;
  }
  override received(frame: Uint8Array): void {
    this.isHandling = true;
    super.received(frame);
    this.isHandling = false;
  }
  override pause(): void {
    this.isPaused = true;
    super.pause();
  }
  override resume(): void {
    this.isPaused = false;
    super.resume();
  }
}

class DeliveringInsideSendOfAHandler extends DeliveringInsideSend {
  override readonly wantsHandler = true;
}

export const HANDLER_MUTANTS: readonly Mutant[] = [
  createMutant({
    name: "opens after the first frame",
    End: OpeningLate,
    fails: ["of every connection the handler hears `opened` first"],
  }),
  createMutant({ name: "closes twice", End: ClosingTwice, fails: ["the handler hears `closed` once"] }),
  createMutant({
    name: "opens after closed",
    End: OpeningAfterClosed,
    fails: ["nothing of a connection is heard after its `closed`"],
  }),
  createMutant({
    name: "receives after closed",
    End: ReceivingAfterClosed,
    fails: ["nothing of a connection is heard after its `closed`"],
  }),
  createMutant({
    name: "drains after closed",
    End: DrainingAfterClosed,
    fails: ["nothing of a connection is heard after its `closed`"],
  }),
  createMutant({
    name: "does not tell of a dial that failed",
    End: KeepingFailedDials,
    fails: ["`closed` comes also of a dial that failed"],
    isBroad: true,
  }),
  createMutant({
    name: "does not tell of what was closed here",
    End: KeepingWhatItClosed,
    fails: ["`closed` comes also of a connection that was closed here"],
    isBroad: true,
  }),
  createMutant({
    name: "refuses an address inside dial",
    Transport: RefusingInsideDial,
    fails: ["handlers never run inside a call of the transport"],
  }),
  createMutant({
    name: "refuses a connection inside listener.close",
    Transport: RefusingInsideClose,
    fails: ["handlers never run inside a call of a listener"],
  }),
  createMutant({
    name: "closes inside abort",
    End: ClosingInsideAbort,
    fails: ["handlers never run inside a call of a connection"],
  }),
  createMutant({
    name: "calls back inside send",
    End: DeliveringInsideSend,
    fails: ["handlers never run inside a call of a connection"],
  }),
  createMutant({
    name: "calls back inside send, inside a handler",
    End: DeliveringInsideSendOfAHandler,
    fails: ["handlers never run inside each other"],
  }),
];
