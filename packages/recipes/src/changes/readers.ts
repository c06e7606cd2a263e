import { checkInteger, checkOptions, CoterieError } from "@coterie/interface";
import { Fifo } from "@coterie/session";
import { checkSignal } from "../calls/wait.ts";
import { offAbort, onAbort } from "../calls/on-abort.ts";

export interface ChangesOptions {
  /**
   * Events that may wait for this reader, 1..1,000,000; what waits is dropped for the next one, and a "reset" takes its place.
   * Default: 1,024.
   */
  readonly waitingMax?: number;
  /** An abort makes the iteration throw the signal's reason. */
  readonly signal?: AbortSignal;
}

const WAITING_MAX = 1_024;
const WAITING_MAX_MAX = 1_000_000;

/** How the events end: without an error, or with one, behind what had come before. */
export type Ending = { readonly kind: "closed" } | { readonly kind: "failed"; readonly error: unknown };

interface Pending<Event> {
  resolve(step: IteratorResult<Event, undefined>): void;
  reject(reason: unknown): void;
}

/** All who read the changes of one thing, each at its own pace. */
export class Readers<Event> {
  private readonly readers = new Set<Reader<Event>>();
  private readonly current: () => readonly Event[];
  private ending: Ending | null = null;

  /** `current`: events that say how it is now, for those who have missed how it came about. */
  constructor(current: () => readonly Event[]) {
    this.current = current;
  }

  /**
   * A new reader; with `isLate` it begins with how it is now.
   * @throws CoterieError BAD_ARGUMENTS
   */
  open(options: ChangesOptions, isLate: boolean): AsyncIterableIterator<Event, undefined> {
    checkOptions("changes", options, { waitingMax: "number", signal: "any" });
    checkSignal("changes", options.signal === undefined ? {} : { signal: options.signal });
    const waitingMax = checkInteger("waitingMax", options.waitingMax ?? WAITING_MAX, 1, WAITING_MAX_MAX);
    const left = (): void => void this.readers.delete(reader);
    const reader = new Reader(this.current, waitingMax, options.signal, isLate, left);
    this.readers.add(reader);
    reader.begin();
    if (this.ending !== null) reader.end(this.ending);
    return reader;
  }

  tell(event: Event): void {
    for (const reader of this.readers) reader.tell(event);
  }

  end(ending: Ending): void {
    this.ending = ending;
    for (const reader of this.readers) reader.end(ending);
  }
}

class Reader<Event> implements AsyncIterableIterator<Event, undefined> {
  private readonly current: () => readonly Event[];
  private readonly waitingMax: number;
  private readonly signal: AbortSignal | undefined;
  private readonly left: () => void;
  private readonly aborted: () => void;
  private readonly waiting = new Fifo<Event>();
  private isBehind: boolean;
  private pending: Pending<Event> | null = null;
  private ending: Ending | null = null;

  constructor(
    current: () => readonly Event[],
    waitingMax: number,
    signal: AbortSignal | undefined,
    isBehind: boolean,
    left: () => void,
  ) {
    this.current = current;
    this.waitingMax = waitingMax;
    this.signal = signal;
    this.isBehind = isBehind;
    this.left = left;
    this.aborted = () => {
      this.drop();
      this.end({ kind: "failed", error: signal?.reason });
    };
  }

  /** Once, when it is among the readers: it may end at once. */
  begin(): void {
    const { signal } = this;
    if (signal?.aborted === true) this.aborted();
    else if (signal !== undefined) onAbort(signal, this.aborted);
  }

  tell(event: Event): void {
    if (this.isBehind) return;
    const { pending } = this;
    if (pending !== null) {
      this.pending = null;
      pending.resolve({ done: false, value: event });
    } else if (this.waiting.size < this.waitingMax) {
      this.waiting.push(event);
    } else {
      // How it is by then is said when it is asked for: until then nothing has to be kept.
      this.waiting.clear();
      this.isBehind = true;
    }
  }

  end(ending: Ending): void {
    if (this.ending !== null) return;
    this.ending = ending;
    if (this.signal !== undefined) offAbort(this.signal, this.aborted);
    this.left();
    const { pending } = this;
    this.pending = null;
    if (pending !== null) this.settleEnded(ending, pending);
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.pending !== null) {
        reject(
          new CoterieError("BAD_ARGUMENTS", "each reader of changes waits for one event: ask for changes() again"),
        );
        return;
      }
      if (this.isBehind) {
        this.isBehind = false;
        for (const event of this.current()) this.waiting.push(event);
      }
      const event = this.waiting.shift();
      if (event !== undefined) resolve({ done: false, value: event });
      else if (this.ending !== null) this.settleEnded(this.ending, { resolve, reject });
      else this.pending = { resolve, reject };
    });
  }

  /** Who leaves the loop has read enough. */
  return(): Promise<IteratorResult<Event, undefined>> {
    this.drop();
    this.end({ kind: "closed" });
    this.ending = { kind: "closed" };
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private drop(): void {
    this.waiting.clear();
    this.isBehind = false;
  }

  /** An error is thrown once; the iteration is over behind it. */
  private settleEnded(ending: Ending, pending: Pending<Event>): void {
    this.ending = { kind: "closed" };
    if (ending.kind === "failed") pending.reject(ending.error);
    else pending.resolve({ done: true, value: undefined });
  }
}
