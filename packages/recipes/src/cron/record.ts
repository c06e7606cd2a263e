import { CoterieError, shownOf } from "@coterie/interface";

/** What a run is for: an integer, as a time in milliseconds, or a text. Each next one is larger; texts are compared by their UTF-16 code units. */
export type CronSlot = number | string;

/**
 * - "running": it has begun. Where nobody holds the lock, its replica has died.
 * - "done" and "failed": the job has ended so.
 * - "aborted": it was told to stop, by the signal or the deadline of the run, and has thrown.
 */
export type CronOutcome = "running" | "done" | "failed" | "aborted";

/** The last run, as it stands in the znode as JSON. */
export interface CronRecord {
  readonly slot: CronSlot;
  /** Who has run it. */
  readonly by: string;
  /** By the clocks of who has run it, in milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  /** Null while it runs, and where it has never ended. */
  readonly endedAtMs: number | null;
  readonly outcome: CronOutcome;
  /** What a job has thrown that has failed, or was aborted, as text. */
  readonly error?: string;
}

const OUTCOMES: readonly unknown[] = ["running", "done", "failed", "aborted"] satisfies CronOutcome[];

export function isCronSlot(value: unknown): value is CronSlot {
  return Number.isSafeInteger(value) || (typeof value === "string" && value !== "");
}

/** @throws CoterieError BAD_ARGUMENTS */
export function checkSlot(slot: unknown): void {
  if (isCronSlot(slot)) return;
  throw new CoterieError(
    "BAD_ARGUMENTS",
    `slot is ${shownOf(slot)}, and has to be an integer or a text that is not empty`,
  );
}

/** Whether `record` is of that slot or of a later one. @throws CoterieError BAD_DATA if the two are of different kinds. */
export function isUpTo(record: CronRecord, slot: CronSlot, path: string): boolean {
  if (typeof record.slot === typeof slot) return record.slot >= slot;
  const message = `${path} holds the slot ${shownOf(record.slot)}, which cannot be compared with ${shownOf(slot)}`;
  throw new CoterieError("BAD_DATA", message, { path });
}

/** For `Znode.json`. */
export const CRON_RECORD: { parse(value: unknown): CronRecord } = {
  parse(value) {
    const record = value as Partial<CronRecord> | null;
    if (
      typeof record !== "object" ||
      record === null ||
      !isCronSlot(record.slot) ||
      typeof record.by !== "string" ||
      !Number.isFinite(record.startedAtMs) ||
      !(record.endedAtMs === null || Number.isFinite(record.endedAtMs)) ||
      !OUTCOMES.includes(record.outcome)
    ) {
      throw new Error("it is no record of a run");
    }
    return record as CronRecord;
  },
};
