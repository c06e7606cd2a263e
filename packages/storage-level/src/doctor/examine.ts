import { AssertionError, type Clock, type CoterieError, formatZxid } from "@coterie/interface";
import { readPages } from "../checkpoint/read-pages.ts";
import { checkpointOf } from "../checkpoint/stored-checkpoint.ts";
import { type Database, isCorrupt } from "../database/database.ts";
import { Pacer } from "../database/pacer.ts";
import type { DatabasePlace } from "../database/place.ts";
import { readable } from "../database/readable.ts";
import { createSystemClock } from "../database/system-clock.ts";
import { toStoreError } from "../database/store-error.ts";
import type { CheckpointRecord } from "../format/records.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import { closeOpened, openStore, readSidecar } from "../opening.ts";
import { EVERYTHING } from "../recovery/read-records.ts";
import type { AmnesiaReason, Recovery } from "../recovery/recover.ts";
import type { Journal } from "../journal/file-journal.ts";
import type { Sidecar } from "../sidecar/sidecar.ts";
import type { StandingReport, StoreReport } from "./report.ts";

export interface ExamineOptions {
  readonly place: DatabasePlace;
  readonly sidecar?: Sidecar;
  readonly journal?: Journal;
  readonly clock?: Clock;
}

/**
 * Looks at a store that nobody has open, all of it, and writes nothing to the database. The database itself may tidy
 * its own files when it is opened: give a copy where that matters.
 *
 * Rejects with `STORE_LOCKED`, `STORE_FULL`, `STORE_FAILED` or `DEPENDENCY_MISSING` if it cannot look.
 */
export async function examineStore(options: ExamineOptions): Promise<StoreReport> {
  const { place, sidecar = null, journal = null, clock = createSystemClock() } = options;
  try {
    const { database, reading, recovery } = await openStore({ place, sidecar, journal, clock });
    try {
      if (recovery === null) return { kind: "blank", sidecar: reading };
      const { checkpoint } = recovery.state;
      const hasPages = database !== null && checkpoint !== null;
      const damagedPages = hasPages ? await findDamagedPages(database, checkpoint) : [];
      const hasDamagedBlocks = database !== null && (await findDamagedBlocks(database));
      const journalGapCount = database?.gapCount ?? 0;
      return { ...standing(recovery, damagedPages), sidecar: reading, hasDamagedBlocks, journalGapCount };
    } finally {
      await closeOpened(database, sidecar);
    }
  } catch (error) {
    const refusal = toStoreError(error, `examining ${place.name}`);
    if (refusal instanceof AssertionError || !isRefusal(refusal)) throw refusal;
    return { kind: "refused", error: refusal, sidecar: await readSidecar(sidecar) };
  }
}

/** Whether the store is to blame, and not the circumstances. */
function isRefusal({ code }: CoterieError): boolean {
  return code === "STORE_CORRUPT" || code === "STORE_FORMAT_UNKNOWN" || code === "STORE_FOREIGN";
}

/** Reads all that is in there, garbage included. */
async function findDamagedBlocks(database: Database): Promise<boolean> {
  let isDamaged = false;
  const pacer = new Pacer(database.clock);
  for await (const found of readable(database, EVERYTHING, { damaged: () => (isDamaged = true) })) {
    for (const { value } of found) {
      const spent = pacer.spendItem(value.length);
      if (spent !== null) await spent;
    }
  }
  return isDamaged;
}

/** Pages of the checkpoint that cannot be read, by their index. */
export async function findDamagedPages(database: Database, checkpoint: CheckpointRecord): Promise<number[]> {
  const damaged: number[] = [];
  const { pageCount } = checkpointOf(checkpoint);
  for (let index = 0; index < pageCount;) {
    try {
      index += (await readPages(database, checkpoint, index, STORAGE_LIMITS.pieceSizeMaxBytes)).length;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      damaged.push(index++);
    }
  }
  return damaged;
}

function standing(
  recovery: Recovery,
  damagedPages: readonly number[],
): Omit<StandingReport, "sidecar" | "hasDamagedBlocks" | "journalGapCount"> {
  const { found, amnesia, scanned } = recovery;
  const faults = found.faults.map(
    ({ after, upTo }) => `entries above ${formatZxid(after.zxid)}, up to ${formatZxid(upTo.zxid)}, cannot be read`,
  );
  const pages = damagedPages.map((index) => `page ${index} of the checkpoint cannot be read`);
  const tail =
    found.droppedTailCount > 0 ? [`${found.droppedTailCount} stored values of a torn tail are left out`] : [];
  return {
    kind: "standing",
    found,
    amnesia,
    damagedPages,
    recordCount: scanned?.recordCount ?? 0,
    logSizeBytes: scanned?.sizeBytes ?? 0,
    losses: [...faults, ...pages, ...tail, ...amnesia.map((reason) => AMNESIA[reason])],
  };
}

const AMNESIA: Readonly<Record<AmnesiaReason, string>> = Object.freeze({
  recorded: "it was noted before that promises may have been forgotten",
  "database-missing": "the database is gone, and with it the log and the checkpoint",
  "sidecar-missing": "the second copy of identity and promises is gone, or damaged",
  "state-damaged": "the database's own copy of identity and promises is gone, or damaged",
  "state-older": "the database's copy of identity and promises is older than the second one",
  "state-lost": "a batch that the database had taken is not in it any more",
  "log-short": "the log ends below where it had reached, or holds something else there",
});
