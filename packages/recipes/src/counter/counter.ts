import { checkInteger, checkOptions, CoterieError, type OptionKinds, shownOf, type Timer } from "@coterie/interface";
import { checkPath, type Session } from "@coterie/session";
import { hasCode, persist } from "../calls/retry.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";
import { InTurn } from "../once/in-turn.ts";
import { type Marker, openMarker } from "../once/marker.ts";
import { RacePauses } from "../once/race-pauses.ts";
import { type CounterFormat, decodeCount, encodeCount } from "./format.ts";

export interface CounterOptions {
  /** What it counts from, where its znode is missing or empty: the same for all who use the path. Default: 0. */
  readonly initial?: number;
  /** Default: "text". */
  readonly format?: CounterFormat;
}

/**
 * A number that all sessions of the ensemble change, exactly once a call, also where an answer is lost. Its values are integers in
 * -(2^53-1)..2^53-1; BAD_ARGUMENTS for what would leave them, and BAD_DATA where the znode holds none.
 *
 * The `outcome` of what a change rejects with says whether it may have been applied: "unknown" where the session was lost, or the
 * wait was given up, before that was found out.
 */
export interface Counter {
  readonly path: string;
  /** As this session sees it, which may be a little behind. */
  get(options?: WaitOptions): Promise<number>;
  /** Gives the value that this call has made of it. `count` may be negative. */
  add(count: number, options?: WaitOptions): Promise<number>;
  set(value: number, options?: WaitOptions): Promise<void>;
  /** False, with nothing changed, if its value is not `expected`. */
  compareAndSet(expected: number, value: number, options?: WaitOptions): Promise<boolean>;
}

const OPTIONS: OptionKinds<CounterOptions> = { initial: "number", format: "string" };
const FORMATS: readonly string[] = ["text", "int64"] satisfies CounterFormat[];

/** After so long without a change the marker of this counter is deleted. */
const MARKER_IDLE_MS = 5_000;

/**
 * The counter of `path`. Shares it with kazoo's Counter and Curator's DistributedAtomicLong (see `CounterFormat`). While it is being
 * changed, a small ephemeral znode stands below the path, so keep one counter for many changes.
 *
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createCounter(session: Session, path: string, options: CounterOptions = {}): Counter {
  checkPath(path);
  checkOptions("a counter", options, OPTIONS);
  const { initial = 0, format = "text" } = options;
  if (!FORMATS.includes(format)) {
    throw new CoterieError("BAD_ARGUMENTS", `format is ${shownOf(format)}, and has to be any of ${FORMATS.join(", ")}`);
  }
  return new ZnodeCounter(session, path, checkCount("initial", initial), format);
}

interface Seen {
  readonly value: number;
  readonly version: number;
}

interface Changed {
  readonly before: number;
  /** Null where nothing was to be changed. */
  readonly after: number | null;
}

class ZnodeCounter implements Counter {
  readonly path: string;
  private readonly session: Session;
  private readonly initial: number;
  private readonly format: CounterFormat;
  /** Changes of one counter wait for each other here, rather than fail because of each other there. */
  private readonly changes = new InTurn();
  private readonly pauses: RacePauses;
  /** As long as it stands below this znode, that cannot be deleted and another one be taken for it. */
  private marker: Marker | null = null;
  /** What the last change has left, if nobody came in between; it goes with the marker. */
  private seen: Seen | null = null;
  /** When the last change ended; Infinity while there is one. */
  private changedMs = 0;
  private idle: Timer | null = null;

  constructor(session: Session, path: string, initial: number, format: CounterFormat) {
    this.session = session;
    this.path = path;
    this.initial = initial;
    this.format = format;
    this.pauses = new RacePauses(session);
  }

  get(options: WaitOptions = {}): Promise<number> {
    return waiting(this.session, `reading ${this.path}`, options, async (signal) => {
      try {
        return (await this.read(signal)).value;
      } catch (error) {
        if (hasCode(error, "NO_NODE")) return this.initial;
        throw error;
      }
    });
  }

  async add(count: number, options: WaitOptions = {}): Promise<number> {
    checkCount("count", count);
    const { before, after } = await this.change(`adding to ${this.path}`, options, (value) =>
      Number.isSafeInteger(value + count) ? value + count : null,
    );
    if (after !== null) return after;
    const message = `${this.path} holds ${before}: ${count} more is no integer in -(2^53-1)..2^53-1`;
    throw new CoterieError("BAD_ARGUMENTS", message, { path: this.path });
  }

  async set(value: number, options: WaitOptions = {}): Promise<void> {
    const wanted = checkCount("value", value);
    await this.change(`setting ${this.path}`, options, () => wanted);
  }

  async compareAndSet(expected: number, value: number, options: WaitOptions = {}): Promise<boolean> {
    const [before, wanted] = [checkCount("expected", expected), checkCount("value", value)];
    const compute = (current: number): number | null => (current === before ? wanted : null);
    return (await this.change(`setting ${this.path}`, options, compute)).after !== null;
  }

  private change(what: string, options: WaitOptions, compute: (value: number) => number | null): Promise<Changed> {
    return waiting(this.session, what, options, (signal) =>
      this.changes.run(signal, async () => {
        for (let failures = 0; ; failures++) {
          await this.pauses.behind(failures, signal);
          signal.throwIfAborted();
          const changed = await this.tryChange(compute, failures, signal);
          if (changed !== null) return changed;
        }
      }),
    );
  }

  /** Null where somebody else was faster. That nothing is to be changed is confirmed as a change is. */
  private async tryChange(
    compute: (value: number) => number | null,
    failures: number,
    signal: AbortSignal,
  ): Promise<Changed | null> {
    const { path, format } = this;
    try {
      const marker = await this.openMarker((value) => compute(value) !== null, signal);
      if (marker === null) return { before: this.initial, after: null };
      const { value: before, version } = this.seen ?? (await this.read(signal));
      const after = compute(before);
      const results = await marker.commit(
        (transaction) =>
          after === null
            ? transaction.check(path, version)
            : transaction.set(path, encodeCount(after, format), { version }),
        signal,
      );
      const [result] = results ?? [];
      // Where others are at it as well, what it holds by the next time is likely to be theirs.
      this.seen =
        result?.kind === "set" && failures === 0 ? { value: after ?? before, version: result.stat.version } : null;
      return { before, after };
    } catch (error) {
      this.seen = null;
      if (error instanceof CoterieError && error.code === "BAD_VERSION" && error.index === 0) return null;
      this.dropMarker();
      // The marker was deleted, or the counter with it.
      if (hasCode(error, "BAD_VERSION", "NO_NODE") && !signal.aborted) return null;
      throw error;
    } finally {
      this.changedMs = this.session.clock.nowMs();
    }
  }

  private async read(signal: AbortSignal): Promise<Seen> {
    const { session, path, format, initial } = this;
    const { data, stat } = await persist(session, () => session.get(path, { signal }), signal);
    return { value: decodeCount(data, format, path) ?? initial, version: stat.version };
  }

  /** Null if there is no counter, as the leader has said, and none is to be made of its initial value. */
  private async openMarker(isChanged: (value: number) => boolean, signal: AbortSignal): Promise<Marker | null> {
    const { session, path, initial } = this;
    this.changedMs = Infinity;
    try {
      this.marker ??= await openMarker(session, path, { signal, parents: false });
    } catch (error) {
      if (!hasCode(error, "NO_NODE") || signal.aborted) throw error;
      if (!isChanged(initial)) return null;
      this.marker = await openMarker(session, path, { signal, parents: true });
    }
    if (this.idle === null) this.waitIdle(MARKER_IDLE_MS);
    return this.marker;
  }

  private waitIdle(delayMs: number): void {
    const { clock } = this.session;
    this.idle = clock.setTimer(delayMs, () => {
      this.idle = null;
      const leftMs = this.changedMs + MARKER_IDLE_MS - clock.nowMs();
      if (leftMs > 0) this.waitIdle(Math.min(leftMs, MARKER_IDLE_MS));
      else this.dropMarker();
    });
  }

  private dropMarker(): void {
    this.idle?.cancel();
    this.idle = null;
    this.seen = null;
    this.marker?.drop();
    this.marker = null;
  }
}

/** @throws CoterieError BAD_ARGUMENTS */
function checkCount(name: string, value: unknown): number {
  return checkInteger(name, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) + 0;
}
