import {
  CoterieError,
  epochOf,
  type HardState,
  type LogPosition,
  type PeerId,
  positionOf,
  type RecoveredLog,
} from "@coterie/interface";
import { type Database, LOG_START } from "./database.ts";

/** What stands a second time, in a small file beside the database (R3). */
export interface Sidecar {
  readonly hardState: HardState;
  /** How far the log has reached, at least. */
  readonly watermark: LogPosition;
}

/**
 * What `LogStorage.open` finds (R2, R3, R3b, R4): blank, or the log with its faults, and whether something is
 * missing that was promised.
 *
 * @throws CoterieError STORE_FOREIGN
 */
export function recover(
  self: PeerId,
  database: Database | null,
  sidecar: Sidecar | null,
  wasAmnesiac: boolean,
  droppedTailCount: number,
): RecoveredLog {
  const own = database?.hardState ?? null;
  const kept = sidecar?.hardState ?? null;
  if (own === null && kept === null) return { kind: "blank" };
  const known = (own ?? kept)!;
  if (known.peerId !== self || (kept !== null && kept.clusterId !== known.clusterId) || (kept ?? known).peerId !== self)
    throw new CoterieError("STORE_FOREIGN");
  const last = database?.last ?? LOG_START;
  const isShort = sidecar !== null && last.zxid < sidecar.watermark.zxid;
  const isBehind = own !== null && kept !== null && isOlder(own, kept);
  const isMissing = own === null || kept === null;
  const newest = isBehind ? newestOf(own, kept) : known;
  const isAmnesiac = isShort || isBehind || isMissing || wasAmnesiac || newest.isAmnesiac;
  return {
    kind: "open",
    hardState: { ...newest, isAmnesiac },
    notes: database?.notes ?? new Uint8Array(0),
    base: positionOf(database?.base ?? LOG_START),
    last: positionOf(last),
    epochEnds: database === null ? [] : epochEndsOf(database),
    committed: database?.committed ?? LOG_START.zxid,
    checkpoint: database?.checkpoint?.stored ?? null,
    faults: database?.faults() ?? [],
    droppedTailCount,
  };
}

/** The higher epochs of both: an older database may hold a later current epoch than the sidecar of a later promise. */
function newestOf(own: HardState, kept: HardState): HardState {
  const acceptedEpoch = own.acceptedEpoch > kept.acceptedEpoch ? own.acceptedEpoch : kept.acceptedEpoch;
  const currentEpoch = own.currentEpoch > kept.currentEpoch ? own.currentEpoch : kept.currentEpoch;
  return { ...kept, acceptedEpoch, currentEpoch };
}

function isOlder(one: HardState, other: HardState): boolean {
  return one.acceptedEpoch < other.acceptedEpoch || one.currentEpoch < other.currentEpoch;
}

function epochEndsOf(database: Database): LogPosition[] {
  const ends: LogPosition[] = [];
  const { entries, unreadable } = database;
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]!;
    const isEnd = index + 1 === entries.length;
    const next = entries[index + 1];
    const endsFault = next !== undefined && !unreadable.has(next.zxid);
    if (unreadable.has(entry.zxid) && !isEnd && !endsFault) continue;
    const before = ends.at(-1);
    if (before !== undefined && epochOf(before.zxid) === epochOf(entry.zxid)) ends.pop();
    ends.push(positionOf(entry));
  }
  return ends;
}
