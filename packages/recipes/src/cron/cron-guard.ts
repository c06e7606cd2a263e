import { checkOptions, CoterieError, type OptionKinds, shownOf } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { checkOwnPath } from "../calls/check.ts";
import { type Hold, type Leadership, leadershipOf } from "../queue/hold.ts";
import { orAborted } from "../calls/or-aborted.ts";
import { hasCode, persist } from "../calls/retry.ts";
import { until } from "../calls/until.ts";
import { unlessGivenUp, type WaitOptions, waiting } from "../calls/wait.ts";
import { createMutex, type Mutex } from "../lock/mutex.ts";
import { CRON_RECORD, type CronOutcome, type CronRecord, type CronSlot, checkSlot, isUpTo } from "./record.ts";
import { writeRecord } from "./write-record.ts";

export interface CronGuardOptions {
  /**
   * What becomes of a slot whose replica dies, or is told to stop, in the middle of its job.
   * - "at-most-once": nobody runs it again. The default.
   * - "at-least-once": a replica that waits runs it again, from its beginning. A replica that stands still, and does not know that
   *   its session is lost, may be at it at the same time.
   */
  readonly runs?: "at-most-once" | "at-least-once";
  /** Who this is in the records, as a host's name. Default: the session's id. */
  readonly by?: string;
}

/** What a job is given. Its signal aborts when the lock is lost, and with the run. */
export interface CronRun extends Leadership {
  readonly slot: CronSlot;
}

export type CronResult<Result> =
  | { readonly kind: "ran"; readonly result: Result; readonly record: CronRecord }
  /** Somebody else has run this slot, or a later one, or runs it. */
  | { readonly kind: "skipped"; readonly last: CronRecord };

/**
 * Lets one replica only run a job that all of them are asked to run. When that is, is for the application to say: each replica calls
 * `run` at each tick of the same schedule, with the same slot. Two slots never run at the same time.
 */
export interface CronGuard {
  readonly path: string;
  /**
   * Runs `job` if nobody has run this slot or a later one. Waits as long as another slot is being run and, with "at-least-once", as
   * long as another replica runs this one. The signal and the deadline of `options` end all of it: also the job's signal is aborted
   * then. Rejects with what the job throws, once that is recorded, and with NOT_HELD if the lock was lost before that. It does not
   * reject because it could not release the lock, as with NO_AUTH: the place ends with the session then.
   */
  run<Result>(
    slot: CronSlot,
    job: (run: CronRun) => Promise<Result>,
    options?: WaitOptions,
  ): Promise<CronResult<Result>>;
  /** The last run, as this session sees it; null if there was none. BAD_DATA if something else stands there. */
  last(options?: WaitOptions): Promise<CronRecord | null>;
}

const OPTIONS: OptionKinds<CronGuardOptions> = { runs: "string", by: "string" };
const RUNS: readonly string[] = ["at-most-once", "at-least-once"];

/**
 * The guard of the job whose lock and record are below `path`: the mutex `lock` and the znode `last`.
 *
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createCronGuard(session: Session, path: string, options: CronGuardOptions = {}): CronGuard {
  checkOwnPath(path);
  checkOptions("a cron guard", options, OPTIONS);
  const { runs = "at-most-once" } = options;
  if (!RUNS.includes(runs)) {
    throw new CoterieError("BAD_ARGUMENTS", `runs is ${shownOf(runs)}, and has to be any of ${RUNS.join(", ")}`);
  }
  return new MutexCronGuard(session, path, runs === "at-most-once", options.by);
}

type Turn = { readonly kind: "held"; readonly hold: Hold } | { readonly kind: "skipped"; readonly last: CronRecord };

type Ending<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed" | "aborted"; readonly error: unknown };

class MutexCronGuard implements CronGuard {
  readonly path: string;
  private readonly session: Session;
  private readonly record: string;
  private readonly isOnceAtMost: boolean;
  private readonly by: string | undefined;
  private readonly mutex: Mutex;

  constructor(session: Session, path: string, isOnceAtMost: boolean, by: string | undefined) {
    this.session = session;
    this.path = path;
    this.record = `${path}/last`;
    this.isOnceAtMost = isOnceAtMost;
    this.by = by;
    this.mutex = createMutex(session, `${path}/lock`, by === undefined ? {} : { data: by });
  }

  async run<Result>(
    slot: CronSlot,
    job: (run: CronRun) => Promise<Result>,
    options: WaitOptions = {},
  ): Promise<CronResult<Result>> {
    checkSlot(slot);
    return waiting(this.session, `running ${String(slot)} of ${this.path}`, options, async (signal) => {
      const last = await this.settled(slot, signal);
      if (last !== null) return { kind: "skipped", last };
      const turn = await this.untilTurn(slot, signal);
      return turn.kind === "held" ? this.runHeld(turn.hold, slot, job, signal) : turn;
    });
  }

  last(options: WaitOptions = {}): Promise<CronRecord | null> {
    return waiting(this.session, `looking at ${this.path}`, options, (signal) =>
      persist(this.session, () => this.read(signal), signal),
    );
  }

  /** The lock, unless the slot is settled first. */
  private async untilTurn(slot: CronSlot, outer: AbortSignal): Promise<Turn> {
    const { session, record } = this;
    const over = new AbortController();
    const signal = AbortSignal.any([outer, over.signal]);
    const look = async (): Promise<CronRecord | undefined> => (await this.settledNow(slot, signal)) ?? undefined;
    const acquiring = this.mutex.acquire({ signal });
    let turn: Turn | null = null;
    try {
      turn = await Promise.race([
        acquiring.then((hold): Turn => ({ kind: "held", hold })),
        until(session, record, look, { signal }).then((last): Turn => ({ kind: "skipped", last })),
      ]);
      return turn;
    } finally {
      over.abort();
      if (turn?.kind !== "held") {
        // Both may have come about; nobody waits for that.
        acquiring.then((hold) => hold.release()).catch(() => undefined);
      }
    }
  }

  private async runHeld<Result>(
    hold: Hold,
    slot: CronSlot,
    job: (run: CronRun) => Promise<Result>,
    outer: AbortSignal,
  ): Promise<CronResult<Result>> {
    const { session, record: at } = this;
    // The record is written under the lock, however long that takes.
    let writing: Promise<void> = Promise.resolve();
    try {
      // Behind the lock nothing is missing that earlier holders have written.
      const last = await this.settled(slot, outer);
      if (last !== null) return { kind: "skipped", last };
      const by = this.by ?? session.id;
      const startedAtMs = session.clock.wallTimeMs();
      const begun: CronRecord = { slot, by, startedAtMs, endedAtMs: null, outcome: "running" };
      await writeRecord(session, hold, at, begun, outer);
      const ending = await doJob(hold, slot, job, outer);
      // Of what is done without the lock nobody can say that it was done alone.
      hold.signal.throwIfAborted();
      const record = ended(begun, ending, session.clock.wallTimeMs());
      writing = writeRecord(session, hold, at, record, undefined);
      await orAborted(outer, writing).catch((error: unknown) => {
        // What the job has thrown says more, but where somebody else may be at it by now.
        throw ending.kind === "done" || hasCode(error, "NOT_HELD") ? error : ending.error;
      });
      if (ending.kind !== "done") throw ending.error;
      return { kind: "ran", result: ending.result, record };
    } finally {
      const releasing = writing.catch(() => undefined).then(() => hold.release());
      // What the job gives, or throws, says more than that the lock could not be released.
      await unlessGivenUp(releasing, outer).catch(() => undefined);
    }
  }

  private settled(slot: CronSlot, signal: AbortSignal): Promise<CronRecord | null> {
    return persist(this.session, () => this.settledNow(slot, signal), signal);
  }

  /** The record, if it says that the slot is not to be run any more. */
  private async settledNow(slot: CronSlot, signal: AbortSignal): Promise<CronRecord | null> {
    const record = await this.read(signal);
    if (record === null || !isUpTo(record, slot, this.record)) return null;
    const isEnded = record.outcome === "done" || record.outcome === "failed";
    return this.isOnceAtMost || isEnded || record.slot !== slot ? record : null;
  }

  private async read(signal: AbortSignal): Promise<CronRecord | null> {
    try {
      return (await this.session.get(this.record, { signal })).json(CRON_RECORD);
    } catch (error) {
      if (hasCode(error, "NO_NODE")) return null;
      throw error;
    }
  }
}

async function doJob<Result>(
  hold: Hold,
  slot: CronSlot,
  job: (run: CronRun) => Promise<Result>,
  outer: AbortSignal,
): Promise<Ending<Result>> {
  const held = leadershipOf(hold, outer);
  try {
    const result = await job({ slot, ...held });
    return { kind: "done", result };
  } catch (error) {
    return { kind: held.signal.aborted ? "aborted" : "failed", error };
  }
}

const ERROR_SHOWN_SIZE_MAX = 1_000;

function ended(begun: CronRecord, ending: Ending<unknown>, endedAtMs: number): CronRecord {
  const outcome: CronOutcome = ending.kind;
  if (ending.kind === "done") return { ...begun, endedAtMs, outcome };
  return { ...begun, endedAtMs, outcome, error: String(ending.error).slice(0, ERROR_SHOWN_SIZE_MAX) };
}
