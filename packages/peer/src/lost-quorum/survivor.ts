import {
  CoterieError,
  type LogPosition,
  type LogStorage,
  positionOf,
  type RecoveredLog,
  type Zxid,
} from "@coterie/interface";

/** A store that is left of a lost ensemble. It is opened, read, and closed again; opening may tidy it, so give a copy. */
export interface SurvivingStore {
  /** For the report: where it stands. */
  readonly name: string;
  readonly storage: LogStorage;
}

type StandingLog = RecoveredLog & { readonly kind: "open" };

/** One that could be opened. */
export interface Survivor extends SurvivingStore {
  readonly found: StandingLog;
}

/** What a store holds, for the report. */
export interface SurvivorReport {
  readonly name: string;
  readonly peerId: number | null;
  readonly clusterId: string | null;
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly lastZxid: number;
  readonly committedZxid: number;
  /** Why its log is not taken, in words; null for one that may be. */
  readonly flaw: string | null;
}

/** What cannot be opened, or holds nothing, says nothing of what it may have held. */
export async function openSurvivor(store: SurvivingStore): Promise<Survivor | SurvivorReport> {
  try {
    const found = await store.storage.open();
    return found.kind === "open" ? { ...store, found } : unusable(store, "it holds no store");
  } catch (error) {
    if (!(error instanceof CoterieError)) throw error;
    return unusable(store, `it cannot be opened: ${error.code}, ${error.message}`);
  }
}

function unusable({ name }: SurvivingStore, flaw: string): SurvivorReport {
  return {
    name,
    peerId: null,
    clusterId: null,
    acceptedEpoch: 0,
    currentEpoch: 0,
    lastZxid: 0,
    committedZxid: 0,
    flaw,
  };
}

export function reportOf(survivor: Survivor): SurvivorReport {
  const { name, found } = survivor;
  const { peerId, clusterId, acceptedEpoch, currentEpoch } = found.hardState;
  return {
    name,
    peerId,
    clusterId,
    acceptedEpoch,
    currentEpoch,
    lastZxid: found.last.zxid,
    committedZxid: found.committed,
    flaw: flawOf(survivor),
  };
}

function flawOf({ found }: Survivor): string | null {
  if (found.hardState.isAmnesiac) return "it may have forgotten what it promised";
  return isFaulty(found) ? "entries of its log cannot be read" : null;
}

/** Whether entries cannot be read that its checkpoint does not stand for. */
export function isFaulty({ faults, checkpoint }: StandingLog): boolean {
  const upTo = checkpoint?.zxid ?? 0;
  return faults.some((fault) => fault.upTo.zxid > upTo);
}

/** The more it has to show in an election: by current epoch, then by the end of the log. */
export function isBetter({ found: one }: Survivor, { found: other }: Survivor): boolean {
  const difference = one.hardState.currentEpoch - other.hardState.currentEpoch;
  return difference === 0 ? one.last.zxid > other.last.zxid : difference > 0;
}

/** The chain at `zxid`; null where this store does not know it any more, or cannot read it. */
export async function positionAt({ found, storage }: Survivor, zxid: Zxid): Promise<LogPosition | null> {
  const known = [found.base, found.last, ...found.epochEnds, ...(found.checkpoint === null ? [] : [found.checkpoint])];
  const position = known.find((end) => end.zxid === zxid);
  if (position !== undefined) return positionOf(position);
  if (zxid <= found.base.zxid || zxid > found.last.zxid) return null;
  const reading = await storage.read({ after: (zxid - 1) as Zxid, upTo: zxid }, 1);
  const entry = reading.kind === "entries" ? reading.entries[0] : undefined;
  return entry === undefined ? null : positionOf(entry);
}
