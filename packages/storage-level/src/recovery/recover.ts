import {
  CoterieError,
  type HardState,
  type LogFault,
  type LogPosition,
  type RecoveredLog,
  type Zxid,
} from "@coterie/interface";
import { checkpointOf } from "../checkpoint/stored-checkpoint.ts";
import type { Database } from "../database/database.ts";
import { keyText, LOG_KEYS_END, logGenerationKey, parseLogKey } from "../format/keys.ts";
import type { CheckpointRecord, StateRecord } from "../format/records.ts";
import type { SidecarState } from "../sidecar/sidecar.ts";
import { findStale } from "./find-stale.ts";
import { readRecords, type StoredRecords } from "./read-records.ts";
import { type ScannedLog, scanLog, type ScanOptions } from "./scan-log.ts";
import { LOG_START, type StoredState } from "./stored-state.ts";

/** Why a peer may have forgotten something (R3b). */
export type AmnesiaReason =
  /** It was found before, and nobody has cleared it. */
  | "recorded"
  | "database-missing"
  | "sidecar-missing"
  /** The database's own account of identity and promises is missing or damaged. */
  | "state-damaged"
  /** The database knows lower epochs, or an earlier life, than the sidecar. */
  | "state-older"
  /** Something in the database, or the sidecar, knows a later state record than the one that is there. */
  | "state-lost"
  /** The log ends below what stands twice, or had something else there. */
  | "log-short";

/** A store as it was found: what `open` says, and what the store goes on with. */
export interface Recovery {
  readonly state: StoredState;
  readonly found: RecoveredLog & { readonly kind: "open" };
  readonly amnesia: readonly AmnesiaReason[];
  /** Whether identity and promises stand twice and agree. If not, the next write writes them. */
  readonly isSettled: boolean;
  readonly scanned: ScannedLog | null;
}

export interface RecoverOptions {
  readonly name: string;
  readonly database: Database | null;
  /** Null if there is none, or nothing that can be believed. */
  readonly sidecar: SidecarState | null;
  /** Whether this kind of store has a second copy. */
  readonly hasSidecar: boolean;
  /** The sidecar says that the first batch may not have come about; then a database that holds it has it all. */
  readonly isCreating: boolean;
}

/**
 * What `LogStorage.open` finds, having checked all that the log's end depends on. Null for a blank store. Changes nothing.
 *
 * @throws CoterieError STORE_CORRUPT, STORE_FORMAT_UNKNOWN, STORE_FOREIGN
 */
export async function recover(options: RecoverOptions): Promise<Recovery | null> {
  const { name, database, sidecar, hasSidecar, isCreating } = options;
  const records = database === null ? null : await readRecords(database, name);
  const own = records?.state ?? null;
  if (own === null && sidecar === null) {
    if (isCreating || (records === null && !(hasSidecar && database !== null))) return null;
    const advice = "and no second copy says whose it is. Nothing was changed; the doctor says what is left.";
    throw new CoterieError("STORE_CORRUPT", `${name} does not say whose it is, ${advice}`);
  }
  refuseForeign(name, own, sidecar);
  const amnesia = new Set<AmnesiaReason>();
  const isComplete = !hasSidecar || sidecar !== null || isCreating;
  if (records === null) amnesia.add("database-missing");
  else if (own === null || !records.isFormatSound) amnesia.add("state-damaged");
  if (!isComplete) amnesia.add("sidecar-missing");
  if (own !== null && sidecar !== null && isOlder(own.hardState, sidecar.hardState)) amnesia.add("state-older");
  const log = records === null || database === null ? null : await readLog(database, records, sidecar);
  noteLost(amnesia, own, sidecar, log);
  const hardState = newest(own?.hardState ?? null, sidecar?.hardState ?? null);
  if (own?.hardState.isAmnesiac === true || sidecar?.hardState.isAmnesiac === true) amnesia.add("recorded");
  const isAgreed = hasSidecar
    ? sidecar !== null && own !== null && isEqual(own.hardState, sidecar.hardState)
    : own !== null;
  const isNew = [...amnesia].some((reason) => reason !== "recorded");
  const number = lastNumber(own, sidecar, log);
  return assemble(
    records,
    log,
    number,
    { ...hardState, isAmnesiac: amnesia.size > 0 },
    [...amnesia],
    isAgreed && !isNew && records?.isFormatOld !== true,
  );
}

interface FoundLog {
  readonly generation: number;
  readonly base: LogPosition;
  readonly checkpoint: CheckpointRecord | null;
  readonly hidden: ReadonlySet<string>;
  readonly scanned: ScannedLog;
  /** The journal ends in what a crash has left of a batch. */
  readonly isTorn: boolean;
}

async function readLog(database: Database, records: StoredRecords, sidecar: SidecarState | null): Promise<FoundLog> {
  const { state } = records;
  const checkpoint = soundCheckpoint(records);
  const generation = state?.logGeneration ?? records.base?.logGeneration ?? (await lastGeneration(database));
  const base = baseOf(records, checkpoint, generation);
  const options: ScanOptions = {
    generation,
    base,
    floor: Math.max(sidecar?.watermark.zxid ?? 0, state?.last.zxid ?? 0, state?.committed ?? 0) as Zxid,
    hidden: new Set(),
    mark: sidecar?.watermark ?? null,
    state,
    wasWhole: false,
  };
  const scanned = await scanLog(database, options);
  const { isTorn } = database;
  if (!scanned.hasStale) return { generation, base, checkpoint, hidden: options.hidden, scanned, isTorn };
  const hidden = await findStale(database, options);
  return { generation, base, checkpoint, hidden, scanned: await scanLog(database, { ...options, hidden }), isTorn };
}

/** A marker that the state record does not know is another one's, unless the state record is what was lost. */
function soundCheckpoint({ state, checkpoint }: StoredRecords): CheckpointRecord | null {
  if (checkpoint === null || state === null) return checkpoint;
  const isNamed = checkpoint.stateNumber === state.checkpointNumber;
  return isNamed || checkpoint.stateNumber > state.number ? checkpoint : null;
}

/** No higher than the checkpoint: what is missing between the two is a fault, since nothing stands for it. */
function baseOf(records: StoredRecords, checkpoint: CheckpointRecord | null, generation: number): LogPosition {
  const start = checkpoint?.position ?? LOG_START;
  const { base } = records;
  if (base === null || base.logGeneration !== generation) return start;
  return base.base.zxid <= start.zxid ? base.base : start;
}

async function lastGeneration(database: Database): Promise<number> {
  const edge = await database.edge({ from: logGenerationKey(0), end: LOG_KEYS_END }, true);
  return edge === null ? 0 : (parseLogKey(edge.key)?.generation ?? 0);
}

function noteLost(
  amnesia: Set<AmnesiaReason>,
  own: StateRecord | null,
  sidecar: SidecarState | null,
  log: FoundLog | null,
): void {
  if (own !== null && lastNumber(own, sidecar, log) > own.number) amnesia.add("state-lost");
  if (log === null) return;
  const { last, isMarkFound } = log.scanned;
  const isShort = last.zxid < (own?.last.zxid ?? 0) || last.zxid < (sidecar?.watermark.zxid ?? 0);
  if (isShort || !isMarkFound) amnesia.add("log-short");
}

/** The highest number of a state record that anything knows. */
function lastNumber(own: StateRecord | null, sidecar: SidecarState | null, log: FoundLog | null): number {
  const inLog = Math.max(log?.scanned.stateNumberMax ?? 0, log?.checkpoint?.stateNumber ?? 0);
  return Math.max(own?.number ?? 0, sidecar?.stateNumber ?? 0, inLog);
}

function assemble(
  records: StoredRecords | null,
  log: FoundLog | null,
  stateNumber: number,
  hardState: HardState,
  amnesia: readonly AmnesiaReason[],
  isSettled: boolean,
): Recovery {
  const scanned = log?.scanned ?? null;
  const base = log?.base ?? LOG_START;
  const last = scanned?.last ?? LOG_START;
  const checkpoint = log?.checkpoint ?? null;
  const faults: readonly LogFault[] = scanned?.faults ?? [];
  const known = Math.max(
    base.zxid,
    checkpoint?.position.zxid ?? 0,
    records?.state?.committed ?? 0,
    scanned?.committed ?? 0,
  );
  const committed = Math.min(known, last.zxid) as Zxid;
  const hiddenKeys = new Set([...(log?.hidden ?? []), ...(scanned?.droppedKeys ?? []).map(keyText)]);
  const state: StoredState = {
    hardState,
    stateNumber,
    checkpointNumber: checkpoint?.stateNumber ?? 0,
    logGeneration: log?.generation ?? 0,
    base,
    last,
    committed,
    checkpoint,
    faults,
    hiddenKeys,
  };
  // A copy, which belongs to the caller: a database in memory gives what it keeps.
  const notes = Buffer.from(records?.notes ?? []);
  // Below where the log had reached no write was torn.
  const tornCount = log?.isTorn === true && !amnesia.includes("log-short") ? 1 : 0;
  const droppedTailCount = (scanned?.droppedKeys.length ?? 0) + tornCount;
  const epochEnds = scanned?.epochEnds ?? [];
  const stored = checkpoint === null ? null : checkpointOf(checkpoint);
  const found = { hardState, notes, base, last, epochEnds, committed, checkpoint: stored, faults, droppedTailCount };
  return { state, found: { kind: "open", ...found }, amnesia, isSettled, scanned };
}

function refuseForeign(name: string, own: StateRecord | null, sidecar: SidecarState | null): void {
  if (own === null || sidecar === null) return;
  const [one, other] = [own.hardState, sidecar.hardState];
  if (one.clusterId === other.clusterId && one.peerId === other.peerId) return;
  const says = `${name} is of peer ${one.peerId} in ${one.clusterId}, and what stands beside it of peer ${other.peerId} in`;
  const advice = "Two directories were mixed: put each back in its place. Nothing was changed.";
  throw new CoterieError("STORE_FOREIGN", `${says} ${other.clusterId}. ${advice}`);
}

function newest(own: HardState | null, kept: HardState | null): HardState {
  const known = (own ?? kept)!;
  const other = kept ?? known;
  return {
    ...known,
    incarnation: Math.max(known.incarnation, other.incarnation),
    acceptedEpoch: known.acceptedEpoch > other.acceptedEpoch ? known.acceptedEpoch : other.acceptedEpoch,
    currentEpoch: known.currentEpoch > other.currentEpoch ? known.currentEpoch : other.currentEpoch,
  };
}

function isOlder(own: HardState, kept: HardState): boolean {
  return (
    own.acceptedEpoch < kept.acceptedEpoch || own.currentEpoch < kept.currentEpoch || own.incarnation < kept.incarnation
  );
}

function isEqual(one: HardState, other: HardState): boolean {
  return !isOlder(one, other) && !isOlder(other, one) && one.isAmnesiac === other.isAmnesiac;
}
