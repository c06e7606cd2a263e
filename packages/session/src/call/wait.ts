import { CoterieError, type ErrorCode, shownOf } from "@coterie/interface";
import type { CallOptions } from "../session.ts";
import type { Dated, Deadlines } from "./deadlines.ts";
import { callError } from "./call-error.ts";
import type { Abortable, Signals } from "./signals.ts";

const DEADLINE = "give a number of milliseconds, or Infinity for no deadline";

/** What the waits of one session have in common. */
export interface WaitRoom {
  readonly deadlines: Deadlines;
  readonly signals: Signals;
  nowMs(): number;
  /** For calls that name no deadline, in milliseconds. */
  deadlineMs(): number;
  /** Why nothing can be asked for any more; null while it can. */
  refusal(path: string | undefined): CoterieError | null;
}

/**
 * One promise that the application holds. It is settled once: by the answer, the deadline or the signal, whichever is
 * first. What comes later is for nobody; the channel keeps its order all the same.
 */
export class Wait<Result> implements Dated, Abortable {
  dueMs: number = Infinity;
  slot: number = -1;
  /** As the application wrote it. */
  readonly path: string | undefined;
  protected readonly room: WaitRoom;
  private readonly resolve: (result: Result) => void;
  private readonly reject: (error: Error) => void;
  private signal: AbortSignal | undefined;
  private open = true;
  private mayHaveEffect = false;

  constructor(
    room: WaitRoom,
    path: string | undefined,
    resolve: (result: Result) => void,
    reject: (error: Error) => void,
  ) {
    this.room = room;
    this.path = path;
    this.resolve = resolve;
    this.reject = reject;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** False if it has failed already, and nothing must be sent. */
  begin(options: CallOptions | undefined): boolean {
    const refusal = this.room.refusal(this.path);
    if (refusal !== null) {
      this.fail(refusal);
      return false;
    }
    const deadlineMs = options?.deadlineMs ?? this.room.deadlineMs();
    const signal = options?.signal;
    if (typeof deadlineMs !== "number" || Number.isNaN(deadlineMs)) {
      this.fail(new CoterieError("BAD_ARGUMENTS", `deadlineMs is ${shownOf(deadlineMs)}: ${DEADLINE}`));
    } else if (signal !== undefined && typeof signal?.addEventListener !== "function") {
      this.fail(new CoterieError("BAD_ARGUMENTS", `signal is ${shownOf(signal)}, and has to be an AbortSignal`));
    } else if (signal?.aborted === true) {
      this.aborted(signal.reason);
    } else if (deadlineMs <= 0) {
      this.expired();
    } else {
      if (signal !== undefined) {
        this.signal = signal;
        this.room.signals.add(signal, this);
      }
      if (deadlineMs < Infinity) {
        this.dueMs = this.room.nowMs() + deadlineMs;
        this.room.deadlines.add(this);
      }
    }
    return this.open;
  }

  /** It leaves for the server: before that, nothing of it can have taken effect. */
  sent(): void {
    this.mayHaveEffect = true;
  }

  succeed(result: Result): void {
    if (!this.open) return;
    this.end();
    this.resolve(result);
  }

  fail(error: Error): void {
    if (!this.open) return;
    this.end();
    this.reject(error);
  }

  aborted(reason: unknown): void {
    this.fail(this.errorOf("ABORTED", this.path, reason));
  }

  expired(): void {
    this.fail(this.errorOf("OPERATION_TIMEOUT", this.path, undefined));
  }

  protected errorOf(code: ErrorCode, path: string | undefined, cause: unknown, index?: number): CoterieError {
    return callError(code, path, cause, {
      ...(index === undefined ? {} : { index }),
      ...(this.mayHaveEffect ? {} : { outcome: "not-applied" }),
    });
  }

  private end(): void {
    this.open = false;
    this.room.deadlines.remove(this);
    if (this.signal !== undefined) this.room.signals.remove(this.signal, this);
    this.signal = undefined;
  }
}
