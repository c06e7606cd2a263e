import type { CoterieError } from "@coterie/interface";
import { createMutant, type Mutant } from "../support/mutant.ts";
import { afterRounds, TamperedEnd } from "../support/tampering.ts";

const EMPTY_FRAMES_COUNT =
  "`sendQueueBytes`: what a frame takes beside its bytes counts, too, so that empty frames fill a queue as well";

class NeverFull extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    return super.send(frame) || this.state === "open";
  }
}

/** What it refuses, it drops. */
class DroppingWhenFull extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    if (this.state === "open" && this.sendQueueBytes > this.options.sendQueueTargetBytes) return false;
    return super.send(frame);
  }
}

class UnderstatingItsQueue extends TamperedEnd {
  override get sendQueueBytes(): number {
    return Math.min(this.inner.sendQueueBytes, this.options.sendQueueTargetBytes + 1);
  }
}

/** What a frame takes beside its bytes does not count. */
class CountingBytesAlone extends TamperedEnd {
  bytes = 0;
  override send(frame: Uint8Array): boolean {
    this.bytes += frame.length;
    super.send(frame);
    return this.state === "open" && this.sendQueueBytes <= this.options.sendQueueTargetBytes;
  }
  override get sendQueueBytes(): number {
    return Math.min(this.inner.sendQueueBytes, this.bytes);
  }
}

/** A frame takes all of a page, however short it is. */
class CountingPages extends TamperedEnd {
  emptyFrames = 0;
  override send(frame: Uint8Array): boolean {
    if (frame.length === 0) this.emptyFrames += 1;
    return super.send(frame);
  }
  override get sendQueueBytes(): number {
    const { sendQueueBytes } = this.inner;
    return sendQueueBytes === 0 ? 0 : sendQueueBytes + this.emptyFrames * 4096;
  }
}

class NeverDrained extends TamperedEnd {
  override drained(): void {
    // Nobody is told.
  }
}

class DrainedTwice extends TamperedEnd {
  override drained(): void {
    super.drained();
    super.drained();
  }
}

/** It tells in the turn after `send` has returned false, whatever is still queued. */
class DrainedTooEarly extends TamperedEnd {
  isTold = false;
  override send(frame: Uint8Array): boolean {
    if (this.sendQueueBytes === 0) this.isTold = false;
    const answer = super.send(frame);
    if (!answer && this.state === "open" && !this.isTold) {
      this.isTold = true;
      afterRounds(1, () => {
        if (this.state === "open") super.drained();
      });
    }
    return answer;
  }
  override drained(): void {
    this.isTold = false;
  }
}

class NotPausing extends TamperedEnd {
  override pause(): void {
    // It goes on.
  }
}

/** A pause that ends in the turn in which it began is forgotten to be ended, if the connection has been in use. */
class ForgettingToResume extends TamperedEnd {
  isFresh = false;
  isHandling = false;
  frames = 0;
  override pause(): void {
    this.isFresh = this.frames === 10 && !this.isHandling;
    super.pause();
    afterRounds(1, () => (this.isFresh = false));
  }
  override resume(): void {
    if (!this.isFresh) super.resume();
  }
  override received(frame: Uint8Array): void {
    this.frames += 1;
    this.isHandling = true;
    super.received(frame);
    this.isHandling = false;
  }
}

/** It takes everything in while it is paused, and keeps it. */
class Hoarding extends TamperedEnd {
  isPaused = false;
  kept: Uint8Array[] = [];
  override pause(): void {
    this.isPaused = true;
  }
  override resume(): void {
    this.isPaused = false;
    afterRounds(1, () => {
      while (!this.isPaused && this.state === "open" && this.kept.length > 0) this.user.received(this.kept.shift()!);
    });
  }
  override received(frame: Uint8Array): void {
    if (this.isPaused || this.kept.length > 0) this.kept.push(frame);
    else super.received(frame);
  }
}

class MuteWhilePaused extends TamperedEnd {
  isPaused = false;
  kept: Uint8Array[] = [];
  override pause(): void {
    this.isPaused = true;
    super.pause();
  }
  override resume(): void {
    this.isPaused = false;
    super.resume();
    for (const frame of this.kept.splice(0)) super.send(frame);
  }
  override send(frame: Uint8Array): boolean {
    if (!this.isPaused || this.state !== "open") return super.send(frame);
    this.kept.push(frame);
    return true;
  }
}

class NotClosingWhilePaused extends TamperedEnd {
  isPaused = false;
  reason: CoterieError | null = null;
  override pause(): void {
    this.isPaused = true;
    super.pause();
  }
  override resume(): void {
    this.isPaused = false;
    super.resume();
    if (this.reason !== null) afterRounds(1, () => super.closed(this.reason!));
  }
  override closed(reason: CoterieError): void {
    if (this.isPaused) this.reason = reason;
    else super.closed(reason);
  }
}

/** While any connection does not read what waits for it, none receives. */
class WaitingForEachOther extends TamperedEnd {
  override received(frame: Uint8Array): void {
    const isAnyFull = this.ring.ends.some((end) => end !== this && end.sendQueueBytes > 2 ** 20);
    if (!isAnyFull || this.sendQueueBytes > 2 ** 20) super.received(frame);
  }
}

/** Tells of a queue that was never full. */
class DrainedForNothing extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    if (frame.length === 100 && this.state === "open") afterRounds(10, () => this.state === "open" && super.drained());
    return super.send(frame);
  }
}

export const FLOW_MUTANTS: readonly Mutant[] = [
  createMutant({
    name: "never returns false",
    End: NeverFull,
    fails: ["above `sendQueueTargetBytes`, and only there, `send` returns false"],
  }),
  createMutant({
    name: "drops what it refuses",
    End: DroppingWhenFull,
    fails: ["`send`: a frame is taken whatever comes back"],
    isBroad: true,
  }),
  createMutant({
    name: "understates its queue",
    End: UnderstatingItsQueue,
    fails: ["`sendQueueBytes` are the frames taken over and not yet handed on"],
  }),
  createMutant({ name: "counts bytes alone", End: CountingBytesAlone, fails: [EMPTY_FRAMES_COUNT] }),
  createMutant({ name: "counts a page for each frame", End: CountingPages, fails: [EMPTY_FRAMES_COUNT] }),
  createMutant({ name: "never drains", End: NeverDrained, fails: ["`drained` comes after `send` has returned false"] }),
  createMutant({
    name: "drains twice",
    End: DrainedTwice,
    fails: ["`drained` comes only after `send` has returned false, and once for it"],
  }),
  createMutant({
    name: "drains what was never full",
    End: DrainedForNothing,
    fails: [
      "`drained` comes only after `send` has returned false, and once for it",
      "it stays open as long as nobody closes it",
    ],
  }),
  createMutant({
    name: "drains a full queue",
    End: DrainedTooEarly,
    fails: ["`drained`: the queue is at half of `sendQueueTargetBytes`, or below"],
  }),
  createMutant({
    name: "does not pause",
    End: NotPausing,
    fails: ["`pause`: `received` is not called meanwhile"],
  }),
  createMutant({ name: "forgets to resume", End: ForgettingToResume, fails: ["`resume`: what waited arrives"] }),
  createMutant({
    name: "hoards while it is paused",
    End: Hoarding,
    fails: ["`pause`: what is under way waits in bounded memory, and in the end the queue of the other end fills"],
  }),
  createMutant({
    name: "sends nothing while it is paused",
    End: MuteWhilePaused,
    fails: ["`pause`: an end that does not read can still send"],
  }),
  createMutant({
    name: "does not close while it is paused",
    End: NotClosingWhilePaused,
    fails: ["`pause`: `closed` may still come, and then what waited is lost"],
  }),
  createMutant({
    name: "makes connections wait for one that does not read",
    End: WaitingForEachOther,
    fails: ["connections do not wait for each other: one that does not read, with a full queue, holds up nobody"],
  }),
];
