import type { LogReading, Zxid, ZxidRange } from "@coterie/interface";
import type { Database } from "../database/database.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import { faultBehind, type StoredState } from "../recovery/stored-state.ts";
import { readEntries } from "./read-log.ts";

/** What a reading asks of the store. */
export interface ReadSource {
  readonly database: Database;
  readonly state: StoredState;
  /** Checks the log as it stands, with no change of its layout meanwhile, so that `state` names all its faults. */
  findFaults(): Promise<void>;
  /** The database gives something else each time it is asked: all of the log is a fault from then on. */
  distrust(): void;
}

/** As `LogStorage.read`. */
export async function readLog(source: ReadSource, range: ZxidRange, sizeMaxBytes: number): Promise<LogReading> {
  const { after, upTo } = range;
  for (let attempt = 1; ; attempt++) {
    // From here to the moment at which the database is asked, nothing else runs: the two fit together.
    const { state } = source;
    const { base, faults, last } = state;
    if (after < base.zxid) return { kind: "purged", base };
    if (upTo <= after || after >= last.zxid) return { kind: "entries", entries: [] };
    const fault = faultBehind(faults, after);
    if (fault !== undefined) return { kind: "faulty", fault };
    const next = faults.find((later) => later.after.zxid > after);
    const end = Math.min(upTo, next?.after.zxid ?? upTo) as Zxid;
    const { entries, isBroken } = await readEntries(source.database, state, { after, upTo: end }, sizeMaxBytes);
    if (entries.length > 0 || !isBroken) return { kind: "entries", entries };
    if (attempt === STORAGE_LIMITS.readAttemptsMax) source.distrust();
    // Either a write has changed the layout meanwhile, or there is a fault that nobody knew.
    else if (state === source.state || attempt > 1) await source.findFaults();
  }
}
