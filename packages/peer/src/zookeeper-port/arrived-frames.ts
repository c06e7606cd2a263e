import { OPCODES } from "@coterie/protocol";
import { CONNECTION_REQUESTS_MAX_BYTES } from "../limits.ts";
import { RequestRate } from "./request-rate.ts";

/** From how many taken frames on the rest is moved to the front. */
const TAKEN_KEPT_MAX = 64;

interface Rates {
  readonly requests: RequestRate;
  /** Heartbeats beyond it are requests like others: they cost as much. */
  readonly pings: RequestRate;
}

/**
 * What a client has sent and its port has not handed in: in order, and no faster than the client may ask. Heartbeats of a client
 * that has to wait do not wait with its requests.
 */
export class ArrivedFrames {
  private readonly rates: Rates | null;
  private readonly countMax: number;
  private frames: Uint8Array[] = [];
  private taken = 0;
  private pings: Uint8Array[] = [];
  private sizeBytes = 0;
  private mustWait = false;

  /** `perSecondMax` is 0 for as fast as it comes. `countMax`: frames that may wait for their time before no more should be read. */
  constructor(perSecondMax: number, countMax: number, nowMs: number) {
    this.countMax = countMax;
    this.rates =
      perSecondMax === 0
        ? null
        : { requests: new RequestRate(perSecondMax, nowMs), pings: new RequestRate(perSecondMax, nowMs) };
  }

  /** `isFirst`: of its connection; it is no request. */
  push(frame: Uint8Array, isFirst: boolean, nowMs: number): void {
    if (this.rates !== null && !isFirst && isPing(frame) && this.rates.pings.take(nowMs)) {
      this.pings.push(frame);
      return;
    }
    // Most often one waits: a list that is pushed to is given room for seventeen.
    if (this.frames.length === 0) this.frames = [frame];
    else this.frames.push(frame);
    this.sizeBytes += frame.length;
  }

  /** The next that may be handed in now; null if there is none. `isFirst` as above. */
  next(isFirst: boolean, nowMs: number): Uint8Array | null {
    this.mustWait = false;
    const ping = this.pings.shift();
    if (ping !== undefined) return ping;
    const frame = this.frames[this.taken];
    if (frame === undefined) return null;
    if (this.rates !== null && !isFirst && !this.rates.requests.take(nowMs)) {
      this.mustWait = true;
      return null;
    }
    this.taken += 1;
    this.sizeBytes -= frame.length;
    if (this.taken === this.frames.length || (this.taken >= TAKEN_KEPT_MAX && this.taken * 2 >= this.frames.length)) {
      this.frames = this.frames.slice(this.taken);
      this.taken = 0;
    }
    return frame;
  }

  /** In how many milliseconds there is one that now has to wait for its time; null if none has to. */
  get waitMs(): number | null {
    return this.rates !== null && this.mustWait ? this.rates.requests.waitMs : null;
  }

  /** So much waits for its time that no more should be read meanwhile. */
  get isFull(): boolean {
    return (
      this.mustWait &&
      (this.frames.length - this.taken >= this.countMax || this.sizeBytes >= CONNECTION_REQUESTS_MAX_BYTES)
    );
  }

  clear(): void {
    this.frames = [];
    this.pings = [];
    this.taken = 0;
    this.sizeBytes = 0;
    this.mustWait = false;
  }
}

/** By its opcode, behind the xid. */
function isPing(frame: Uint8Array): boolean {
  return frame.length >= 8 && new DataView(frame.buffer, frame.byteOffset).getInt32(4) === OPCODES.ping;
}
