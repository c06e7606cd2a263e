import { createMutant, type Mutant } from "../support/mutant.ts";
import { afterRounds, TamperedEnd } from "../support/tampering.ts";

/** Which frames of a connection are treated badly. The first ones are not, so that other cases have their few frames. */
const FIRST_BAD = 30;

/** More than most cases send. */
const MANY = 150;

class CountingEnd extends TamperedEnd {
  count = 0;
  override received(frame: Uint8Array): void {
    this.count += 1;
    this.numbered(frame, this.count);
  }
  numbered(frame: Uint8Array, _count: number): void {
    this.user.received(frame);
  }
}

class Merging extends CountingEnd {
  first: Uint8Array | null = null;
  override numbered(frame: Uint8Array, count: number): void {
    if (count === FIRST_BAD) {
      this.first = frame;
      return;
    }
    const first = this.first;
    this.first = null;
    this.user.received(first === null ? frame : Uint8Array.from([...first, ...frame]));
  }
}

class Reordering extends CountingEnd {
  held: Uint8Array | null = null;
  override numbered(frame: Uint8Array, count: number): void {
    if (count === FIRST_BAD) {
      this.held = frame;
      return;
    }
    this.user.received(frame);
    if (this.held !== null) this.user.received(this.held);
    this.held = null;
  }
}

class Duplicating extends CountingEnd {
  override numbered(frame: Uint8Array, count: number): void {
    this.user.received(frame);
    if (count === FIRST_BAD) this.user.received(frame);
  }
}

class Dropping extends CountingEnd {
  override numbered(frame: Uint8Array, count: number): void {
    if (count !== FIRST_BAD) this.user.received(frame);
  }
}

class OvertakingAtAbort extends TamperedEnd {
  newest: Uint8Array | null = null;
  override send(frame: Uint8Array): boolean {
    this.newest = frame;
    return super.send(frame);
  }
  override abort(): void {
    const other = this.ring.otherOf(this);
    if (this.state === "open" && other?.state === "open" && this.newest !== null) other.user.received(this.newest);
    super.abort();
  }
}

/** A frame comes back to its sender when both ends have sent many. */
class Echoing extends CountingEnd {
  sent = 0;
  override send(frame: Uint8Array): boolean {
    this.sent += 1;
    return super.send(frame);
  }
  override numbered(frame: Uint8Array, count: number): void {
    this.user.received(frame);
    const other = this.ring.otherOf(this);
    if (count === MANY && this.sent > MANY) afterRounds(1, () => other?.user.received(frame));
  }
}

class LosingEmptyFrames extends TamperedEnd {
  override received(frame: Uint8Array): void {
    if (frame.length > 0) this.user.received(frame);
  }
}

/** What says nothing is said once in a turn. */
class MergingEmptyFrames extends TamperedEnd {
  isSaid = false;
  override received(frame: Uint8Array): void {
    if (frame.length > 0 || !this.isSaid) this.user.received(frame);
    if (frame.length > 0 || this.isSaid) return;
    this.isSaid = true;
    afterRounds(1, () => (this.isSaid = false));
  }
}

class CuttingLargeFrames extends TamperedEnd {
  override received(frame: Uint8Array): void {
    this.user.received(frame.length < 2 ** 20 ? frame : new Uint8Array(frame).fill(0, 2 ** 19));
  }
}

class SendingWholeBuffers extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    return super.send(new Uint8Array(frame.buffer));
  }
}

/** As a transport would that masks what it sends where it stands. */
class Masking extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    const taken = super.send(new Uint8Array(frame));
    if (frame.length === 5000) frame[4999] = 0xff;
    return taken;
  }
}

class ReusingItsBuffer extends TamperedEnd {
  readonly buffer = new Uint8Array(2 ** 21);
  override received(frame: Uint8Array): void {
    this.buffer.set(frame);
    this.user.received(this.buffer.subarray(0, frame.length));
  }
}

class CountingTheLength extends TamperedEnd {
  override received(frame: Uint8Array): void {
    if (frame.length + 4 > this.options.frameSizeMaxBytes) this.abort();
    else this.user.received(frame);
  }
}

class LimitingWhatItSends extends TamperedEnd {
  override send(frame: Uint8Array): boolean {
    return frame.length > this.options.frameSizeMaxBytes ? this.refuse() : super.send(frame);
  }
  refuse(): boolean {
    this.abort();
    return false;
  }
}

/** It closes, but says to the one who took the frame in what the other end is to hear. */
class HidingTheSize extends TamperedEnd {
  override closed(reason: Parameters<TamperedEnd["closed"]>[0]): void {
    super.closed(reason.code === "FRAME_TOO_LARGE" ? Object.assign(reason, { code: "CONNECTION_CLOSED" }) : reason);
  }
}

export const FRAME_MUTANTS: readonly Mutant[] = [
  createMutant({ name: "merges two frames", End: Merging, fails: ["the frames that arrive are whole"] }),
  createMutant({ name: "reorders frames", End: Reordering, fails: ["the frames that arrive are in order"] }),
  createMutant({
    name: "repeats a frame",
    End: Duplicating,
    fails: ["the frames that arrive arrive each at most once"],
  }),
  createMutant({
    name: "drops a frame",
    End: Dropping,
    fails: [
      "the frames that arrive are a prefix of the frames that were sent",
      "a prefix, also where the connection is aborted in the middle",
    ],
  }),
  createMutant({
    name: "lets a frame overtake the others at abort",
    End: OvertakingAtAbort,
    fails: ["a prefix, also where the connection is aborted in the middle"],
  }),
  createMutant({
    name: "sends a frame back",
    End: Echoing,
    fails: ["both ends send at the same time, each its own frames"],
  }),
  createMutant({
    name: "loses empty frames",
    End: LosingEmptyFrames,
    fails: ["`send`: a frame of 0 bytes is a frame"],
  }),
  createMutant({
    name: "makes one of the empty frames of a turn",
    End: MergingEmptyFrames,
    fails: ["`send`: a frame of 0 bytes is a frame"],
  }),
  createMutant({
    name: "spoils large frames",
    End: CuttingLargeFrames,
    fails: ["`send`: a frame of 1 MiB is a frame"],
  }),
  createMutant({
    name: "sends the buffer behind a view",
    End: SendingWholeBuffers,
    fails: ["`send`: a frame may be a view of a larger buffer"],
  }),
  createMutant({
    name: "writes into what it sends",
    End: Masking,
    fails: ["`send`: from the call on nobody changes the frame's bytes, so one array may go to many connections"],
  }),
  createMutant({
    name: "hands out one buffer again and again",
    End: ReusingItsBuffer,
    fails: ["`received`: its bytes may be kept and are never changed again"],
  }),
  createMutant({
    name: "counts the length prefix",
    End: CountingTheLength,
    fails: ["`frameSizeMaxBytes` is the longest frame to take in, its length prefix not counted"],
  }),
  createMutant({
    name: "limits what it sends",
    End: LimitingWhatItSends,
    fails: ["`frameSizeMaxBytes` does not limit what is sent"],
  }),
  createMutant({
    name: "does not say that a frame was too large",
    End: HidingTheSize,
    fails: ["a longer one closes the connection with `FRAME_TOO_LARGE`"],
  }),
];
