import { CoterieError, shownOf } from "@coterie/interface";
import type { Abortable, Signals } from "../call/signals.ts";
import { Fifo } from "./fifo.ts";
import type { Watch, WatchEvent, WatchOptions } from "../session.ts";

/** Events that may wait for their reader, unless told otherwise. */
const BUFFERED_MAX = 1_024;

type Step = IteratorResult<WatchEvent, undefined>;

interface Reader {
  resolve(step: Step): void;
  reject(reason: unknown): void;
}

type Ending =
  | { readonly kind: "closed" }
  /** What has come before is still read, then this is thrown. */
  | { readonly kind: "failed"; readonly error: unknown };

const DONE: Step = Object.freeze({ done: true, value: undefined });

/** @throws CoterieError BAD_ARGUMENTS */
export function checkWatchOptions({ bufferedMax }: WatchOptions): void {
  if (bufferedMax === undefined || (Number.isInteger(bufferedMax) && bufferedMax >= 1)) return;
  throw new CoterieError("BAD_ARGUMENTS", `bufferedMax is an integer from 1 on, not ${shownOf(bufferedMax)}`);
}

/**
 * The events of one `watch`, between the session, which puts them in while it handles what has come, and the reader. It
 * lets its registration go, once, as soon as it needs no more events.
 */
export class WatchStream implements Watch, AsyncIterator<WatchEvent, undefined>, Abortable {
  readonly path: string;
  private readonly once: boolean;
  private readonly bufferedMax: number;
  private readonly signal: AbortSignal | undefined;
  private readonly signals: Signals;
  private readonly release: (stream: WatchStream) => void;
  private readonly buffered = new Fifo<WatchEvent>();
  private reader: Reader | null = null;
  private ending: Ending | null = null;
  private isReleased = false;

  constructor(path: string, options: WatchOptions, signals: Signals, release: (stream: WatchStream) => void) {
    this.path = path;
    this.once = options.once ?? false;
    this.bufferedMax = options.bufferedMax ?? BUFFERED_MAX;
    this.signal = options.signal;
    this.signals = signals;
    this.release = release;
  }

  /** The watch is armed, and the reader about to get it: from here on the signal ends the iteration. */
  armed(): void {
    if (this.signal !== undefined) this.signals.add(this.signal, this);
  }

  push(event: WatchEvent): void {
    if (this.ending !== null || this.isReleased) return;
    if (this.reader !== null) {
      const { reader } = this;
      this.reader = null;
      reader.resolve({ done: false, value: event });
    } else if (this.buffered.size < this.bufferedMax) {
      this.buffered.push(event);
    } else {
      // The gap stands for the event, too: who reads it reads anew what matters.
      this.buffered.clear();
      this.buffered.push({ kind: "gap", path: this.path, reason: "overflow" });
    }
    if (this.once) this.letGo();
  }

  /** Where changes may have been missed; one gap behind another says nothing more. */
  pushGap(reason: Extract<WatchEvent, { kind: "gap" }>["reason"]): void {
    if (this.buffered.last?.kind !== "gap") this.push({ kind: "gap", path: this.path, reason });
  }

  /** The session is lost. */
  fail(error: unknown): void {
    this.end({ kind: "failed", error });
  }

  aborted(reason: unknown): void {
    this.buffered.clear();
    this.end({ kind: "failed", error: reason });
  }

  close(): Promise<void> {
    this.buffered.clear();
    this.end({ kind: "closed" });
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchEvent, undefined> {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  next(): Promise<Step> {
    return new Promise((resolve, reject) => {
      if (this.reader !== null) {
        reject(new CoterieError("BAD_ARGUMENTS", "a watch has one reader: wait for its event", { path: this.path }));
        return;
      }
      const event = this.buffered.shift();
      if (event !== undefined) resolve({ done: false, value: event });
      else if (this.ending !== null) this.tellEnding(this.ending, { resolve, reject });
      else if (this.isReleased) resolve(DONE);
      else this.reader = { resolve, reject };
    });
  }

  /** Who leaves the loop has read enough. */
  return(): Promise<Step> {
    return this.close().then(() => DONE);
  }

  private end(ending: Ending): void {
    if (this.ending !== null) return;
    this.ending = ending;
    this.letGo();
    const { reader } = this;
    this.reader = null;
    if (reader !== null) this.tellEnding(ending, reader);
  }

  /** An error is thrown once; the iteration is over behind it. */
  private tellEnding(ending: Ending, reader: Reader): void {
    if (ending.kind === "closed") return reader.resolve(DONE);
    this.ending = { kind: "closed" };
    reader.reject(ending.error);
  }

  private letGo(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    if (this.signal !== undefined) this.signals.remove(this.signal, this);
    this.release(this);
  }
}
