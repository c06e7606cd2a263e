import type { ErrorCode, Timer } from "@coterie/interface";
import type { Agenda } from "./agenda.ts";
import type { Line } from "./line.ts";
import type { Schedule } from "./schedule.ts";

/** What one end of a connection sends to the other, in this order: a call or its answer, frames, an ending. */
export type Parcel =
  /** From the end that dials: somebody wants to connect. */
  | { readonly kind: "call" }
  /** From the end that was dialled: it is open. */
  | { readonly kind: "answer" }
  | { readonly kind: "frame"; readonly bytes: Uint8Array }
  /** All that was sent stands before it. */
  | { readonly kind: "end" }
  /** What was sent before it is lost. */
  | { readonly kind: "reset"; readonly code: ErrorCode };

/** The end that a pipe leads to, as the pipe sees it. */
export interface Receiver {
  /** Whether frames wait. Everything else passes. */
  readonly isHolding: boolean;
  take(parcel: Parcel): void;
}

/** What a parcel takes of a line beside a frame's bytes, as if it had a length before it. */
const PREFIX_SIZE_BYTES = 4;
/** What a frame takes of a queue beside its bytes, as in the other transports: so empty frames fill it, too. */
const FRAME_OVERHEAD_BYTES = 64;
/** Parcels that have gone are cut off the queue when there are so many, and half of it. */
const GONE_MAX = 256;

/**
 * One direction of a connection: one queue from `send` to `received`. Its sender bounds it: every frame in it counts as
 * not yet handed over.
 */
export class Pipe {
  /** Frames in the queue, in bytes, overhead included. */
  frameBytes = 0;
  private readonly agenda: Agenda;
  private readonly schedule: Schedule;
  private readonly line: Line;
  private readonly receiver: Receiver;
  private readonly handedOver: () => void;
  private queue: Parcel[] = [];
  /** When each parcel of the queue may arrive. */
  private dues: number[] = [];
  private gone = 0;
  private lastDueMs = Number.NEGATIVE_INFINITY;
  private isPumpDue = false;
  private isDead = false;
  private timer: Timer | null = null;

  /** `handedOver` is called when frames have left the queue, outside of any handler. */
  constructor(agenda: Agenda, schedule: Schedule, line: Line, receiver: Receiver, handedOver: () => void) {
    this.agenda = agenda;
    this.schedule = schedule;
    this.line = line;
    this.receiver = receiver;
    this.handedOver = handedOver;
  }

  push(parcel: Parcel): void {
    const frameBytes = parcel.kind === "frame" ? parcel.bytes.length : 0;
    if (parcel.kind === "frame") this.frameBytes += frameBytes + FRAME_OVERHEAD_BYTES;
    this.queue.push(parcel);
    this.dues.push(this.dueMs(frameBytes + PREFIX_SIZE_BYTES));
    this.wake();
  }

  /** Frames that were not handed over, and the ending after them if there was one, are lost. */
  drop(): void {
    this.queue = [];
    this.dues = [];
    this.gone = 0;
    this.frameBytes = 0;
    this.timer?.cancel();
    this.timer = null;
  }

  /** From here on nothing arrives, and nobody is told. */
  kill(): void {
    this.isDead = true;
  }

  /** Something that held parcels back has changed, perhaps. */
  wake(): void {
    if (this.isPumpDue || this.gone === this.queue.length) return;
    this.isPumpDue = true;
    this.agenda.add(() => {
      this.isPumpDue = false;
      this.pump();
    });
  }

  /** Hands over what may pass of the parcels that are there now; a handler may send more meanwhile. */
  private pump(): void {
    const bytesBefore = this.frameBytes;
    for (let left = this.queue.length - this.gone; left > 0; left--) {
      const next = this.queue[this.gone];
      if (next === undefined || !this.mayPass(next)) break;
      this.gone += 1;
      if (next.kind === "frame") this.frameBytes -= next.bytes.length + FRAME_OVERHEAD_BYTES;
      this.receiver.take(next);
    }
    if (this.gone > GONE_MAX && this.gone * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.gone);
      this.dues = this.dues.slice(this.gone);
      this.gone = 0;
    }
    const next = this.queue[this.gone];
    if (next !== undefined && this.mayPass(next)) this.wake();
    if (this.frameBytes < bytesBefore) this.handedOver();
  }

  /** Of the parcel that is next. */
  private mayPass(parcel: Parcel): boolean {
    if (this.isDead || this.line.conditions.isCut) return false;
    if (parcel.kind === "frame" && this.receiver.isHolding) return false;
    const { clock } = this.schedule;
    const dueMs = this.dues[this.gone] ?? Number.NEGATIVE_INFINITY;
    if (clock === null || dueMs === Number.NEGATIVE_INFINITY) return true;
    const waitMs = dueMs - clock.nowMs();
    if (waitMs <= 0) return true;
    this.timer ??= this.schedule.setTimer(waitMs, () => {
      this.timer = null;
      this.pump();
    });
    return false;
  }

  private dueMs(sizeBytes: number): number {
    const { clock } = this.schedule;
    if (clock === null || !this.line.takesTime) return this.lastDueMs;
    // Frames do not overtake each other, whatever the line draws for each.
    this.lastDueMs = Math.max(this.lastDueMs, this.line.arrivalMs(clock.nowMs(), sizeBytes));
    return this.lastDueMs;
  }
}
