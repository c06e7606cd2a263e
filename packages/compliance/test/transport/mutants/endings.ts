import { type ConnectionInfo, CoterieError, type ErrorCode } from "@coterie/interface";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { createMutant, type Mutant } from "../support/mutant.ts";
import { afterRounds, TamperedEnd } from "../support/tampering.ts";

/** Changes the code that some ends hear. */
abstract class Renaming extends TamperedEnd {
  isOurs = false;
  override close(): void {
    this.isOurs = true;
    super.close();
  }
  override closed(reason: CoterieError): void {
    super.closed(new CoterieError(this.rename(reason.code)));
  }
  abstract rename(code: ErrorCode): ErrorCode;
}

class CallingUnreachableClosed extends Renaming {
  override rename(code: ErrorCode): ErrorCode {
    return code === "UNREACHABLE" ? "CONNECTION_CLOSED" : code;
  }
}

class CallingUnusableUnreachable extends Renaming {
  override rename(code: ErrorCode): ErrorCode {
    return code === "ADDRESS_UNUSABLE" ? "UNREACHABLE" : code;
  }
}

class CallingAbortedDialsUnreachable extends Renaming {
  override rename(code: ErrorCode): ErrorCode {
    const wasOpening = this.info === null && !this.isOurs && this.hasAborted;
    return wasOpening ? "UNREACHABLE" : code;
  }
  hasAborted = false;
  override abort(): void {
    this.hasAborted = this.user !== undefined;
    super.abort();
  }
}

/** Says to the end that did not close that nothing was reached. */
class CallingClosedUnreachable extends Renaming {
  frames = 0;
  override send(frame: Uint8Array): boolean {
    this.frames += 1;
    return super.send(frame);
  }
  override rename(code: ErrorCode): ErrorCode {
    const other = this.ring.otherOf(this);
    const isQuiet = other !== undefined && this.frames === 0 && other.state !== "open";
    return isQuiet && code === "CONNECTION_CLOSED" && !this.isOurs ? "UNREACHABLE" : code;
  }
}

class CallingCrossedClosesUnreachable extends Renaming {
  override rename(code: ErrorCode): ErrorCode {
    const other = this.ring.otherOf(this);
    return this.isOurs && other instanceof CallingCrossedClosesUnreachable && other.isOurs ? "UNREACHABLE" : code;
  }
}

class NotGivingUpAtClose extends TamperedEnd {
  override close(): void {
    if (this.state !== "opening") super.close();
  }
}

class OpeningWhatWasAbortedInAccept extends TamperedEnd {
  hasAborted = false;
  override abort(): void {
    this.hasAborted = this.user === undefined;
    super.abort();
  }
  override closed(reason: CoterieError): void {
    if (this.hasAborted) this.user.opened(INFO);
    super.closed(reason);
  }
}

const INFO: ConnectionInfo = {
  localAddress: "b",
  remoteAddress: "a",
  remoteIp: null,
  isLocal: true,
  identity: { kind: "none" },
  fourLetterWord: null,
};

class ClosingImpatiently extends TamperedEnd {
  override close(): void {
    const queueBytes = this.sendQueueBytes;
    if (queueBytes > 5 * 2 ** 20 && queueBytes < 7 * 2 ** 20) super.abort();
    else super.close();
  }
}

class ClosingAtOnceInOpened extends TamperedEnd {
  isOpening = false;
  override opened(info: ConnectionInfo): void {
    this.isOpening = true;
    super.opened(info);
    this.isOpening = false;
  }
  override close(): void {
    if (this.isOpening) super.abort();
    else super.close();
  }
}

class ReceivingWhileClosing extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    return this.state === "closing" ? false : super.send(frame);
  }
  override close(): void {
    if (this.state === "closing") return;
    if (this.state === "open") {
      this.state = "closing";
      afterRounds(20, () => this.inner.close());
    } else super.close();
  }
}

/** `abort` lets everything go out first. */
class AbortingSlowly extends TamperedEnd {
  override abort(): void {
    if (this.state === "open") this.close();
    else super.abort();
  }
}

class NotAbortingWhileClosing extends TamperedEnd {
  override abort(): void {
    if (this.state !== "closing") super.abort();
  }
}

class NotNoticingLosses extends TamperedEnd {
  override closed(reason: CoterieError): void {
    if (this.info?.remoteAddress.startsWith("c:") !== true) super.closed(reason);
  }
}

class SendingWhileClosing extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    return super.send(frame) || this.state === "closing";
  }
}

class SendingWhenClosed extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    return super.send(frame) || this.state === "closed";
  }
}

class AbortingAtTheSecondClose extends TamperedEnd {
  override close(): void {
    if (this.state === "closing") super.abort();
    else super.close();
  }
}

class ThrowingWhenClosed extends TamperedEnd {
  override pause(): void {
    if (this.state === "closed") throw new Error("not open");
    super.pause();
  }
}

class NotThrowingBeforeOpened extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    return this.state === "opening" ? false : super.send(frame);
  }
}

class RefusingInOpened extends ClosingAtOnceInOpened {
  override send(frame: Uint8Array): boolean {
    return super.send(frame) && !this.isOpening;
  }
  override close(): void {
    this.isOpening = false;
    super.close();
  }
}

class NotPausingBeforeOpened extends TamperedEnd {
  override pause(): void {
    if (this.state === "opening" && this.user === undefined) throw new Error("not open yet");
    super.pause();
  }
}

export const ENDING_MUTANTS: readonly Mutant[] = [
  createMutant({
    name: "calls an unreachable end closed",
    End: CallingUnreachableClosed,
    fails: ["`dial`: `closed` with `UNREACHABLE`, in place of `opened`"],
  }),
  createMutant({
    name: "calls an unusable address unreachable",
    End: CallingUnusableUnreachable,
    fails: ["`dial`: `closed` with `ADDRESS_UNUSABLE`, in place of `opened`"],
  }),
  createMutant({
    name: "calls an aborted dial unreachable",
    End: CallingAbortedDialsUnreachable,
    fails: ["`abort` before `opened` closes now"],
  }),
  createMutant({
    name: "calls a closed connection unreachable",
    End: CallingClosedUnreachable,
    fails: ["`closed`: the code is `CONNECTION_CLOSED` where one of the ends closed it"],
  }),
  createMutant({
    name: "calls it unreachable when both ends close",
    End: CallingCrossedClosesUnreachable,
    fails: ["both ends may be closing"],
  }),
  createMutant({
    name: "does not give up a dial that is closed",
    End: NotGivingUpAtClose,
    fails: ["`close` before `opened` gives up the dial"],
  }),
  createMutant({
    name: "opens what was aborted in accept",
    End: OpeningWhatWasAbortedInAccept,
    fails: ["`accept`: a connection that is aborted there does not open"],
  }),
  createMutant({
    name: "closes when much is queued without sending it",
    End: ClosingImpatiently,
    fails: ["`close` sends what was taken over and then closes; the other end hears all of it and then `closed`"],
  }),
  createMutant({
    name: "closes in opened without sending",
    End: ClosingAtOnceInOpened,
    fails: ["`close` in the turn in which the connection opened sends what was taken over, too"],
  }),
  createMutant({
    name: "receives while it closes",
    End: ReceivingWhileClosing,
    fails: ["`close`: nothing is received here any more"],
  }),
  createMutant({
    name: "waits for ever for an end that does not read",
    createNetwork: (clock) => createMemoryNetwork({ clock, closeTimeoutMs: 2 ** 30 }),
    fails: ["`close`: if the other end does not read, the transport aborts after a bounded time"],
  }),
  createMutant({
    name: "sends everything before it aborts",
    End: AbortingSlowly,
    fails: ["`abort` closes now; what was not sent is lost"],
  }),
  createMutant({
    name: "does not abort while it closes",
    End: NotAbortingWhileClosing,
    fails: ["`abort` works on a connection that is closing, too"],
  }),
  createMutant({
    name: "does not notice that the other end is gone",
    End: NotNoticingLosses,
    fails: ["a connection that the transport knows to be lost is closed"],
  }),
  createMutant({
    name: "says that it sends while it closes",
    End: SendingWhileClosing,
    fails: ["`send` on a connection that is closing: the frame is dropped and false comes back"],
  }),
  createMutant({
    name: "says that it sends when it is closed",
    End: SendingWhenClosed,
    fails: ["`send` on a connection that is closed: the frame is dropped and false comes back"],
  }),
  createMutant({
    name: "aborts at the second close",
    End: AbortingAtTheSecondClose,
    fails: ["`close` does nothing on a connection that is closing; `pause` and `resume` do no harm"],
  }),
  createMutant({
    name: "throws when it is paused after closed",
    End: ThrowingWhenClosed,
    fails: ["`close`, `abort`, `pause` and `resume` do nothing on a connection that is closed"],
  }),
  createMutant({
    name: "does not throw when sent to before opened",
    End: NotThrowingBeforeOpened,
    fails: ["`send` throws an AssertionError before `opened`"],
  }),
  createMutant({
    name: "is not yet ready to send in opened",
    End: RefusingInOpened,
    fails: ["`send` works from `opened` on"],
  }),
  createMutant({
    name: "cannot be paused in accept",
    End: NotPausingBeforeOpened,
    fails: ["`pause` and `resume` before `opened` are in order"],
  }),
];
