import {
  type Clock,
  CoterieError,
  type HardState,
  type LogBatch,
  type LogPosition,
  type Zxid,
} from "@coterie/interface";
import type { DatabasePlace } from "../database/place.ts";
import { createSystemClock } from "../database/system-clock.ts";
import { toStoreError } from "../database/store-error.ts";
import { KEYS, keyText } from "../format/keys.ts";
import { createOpenStore } from "../open-store.ts";
import { closeOpened, type Opened, openStore } from "../opening.ts";
import { faultsAbove, LOG_START, type StoredState } from "../recovery/stored-state.ts";
import type { Journal } from "../journal/file-journal.ts";
import type { Sidecar } from "../sidecar/sidecar.ts";
import { findDamagedPages } from "./examine.ts";

/** What a repair does, by its name, and nothing else. After each of them the peer is amnesiac (R3b). */
export type StoreRepair =
  /** Writes identity and promises to both places again, and that promises may have been forgotten. */
  | "mark-amnesiac"
  /**
   * Lets go of every entry from the first fault on that the checkpoint does not stand for. What was committed among
   * them is then to be had from other peers only. A checkpoint with a page that cannot be read stands for nothing: if a
   * fault lies below it, it goes as well.
   */
  | "cut-faults";

const REPAIRS: readonly unknown[] = ["mark-amnesiac", "cut-faults"] satisfies StoreRepair[];

export function isStoreRepair(name: unknown): name is StoreRepair {
  return REPAIRS.includes(name);
}

export interface RepairOptions {
  readonly place: DatabasePlace;
  readonly sidecar?: Sidecar;
  readonly journal?: Journal;
  readonly clock?: Clock;
}

/**
 * Repairs a store that nobody has open. Look at it with `examineStore` first, and keep a copy: nothing that a repair
 * takes away comes back.
 *
 * Rejects as `LogStorage.open` does, and with `STORE_FULL` or `STORE_FAILED`; with `BAD_ARGUMENTS` if there is no such
 * repair; with `STORE_CORRUPT` if cutting would leave nothing that a peer could begin with.
 */
export async function repairStore(options: RepairOptions, repair: StoreRepair): Promise<void> {
  const { place, sidecar = null, journal = null, clock = createSystemClock() } = options;
  if (!isStoreRepair(repair)) {
    throw new CoterieError("BAD_ARGUMENTS", `there is no repair of the name ${String(repair)}: nothing was changed`);
  }
  const parts = { place, sidecar, journal, isDurable: true, clock };
  const opened = await openStore(parts);
  const failures: Error[] = [];
  try {
    const { recovery } = opened;
    if (recovery === null) throw new CoterieError("STORE_CORRUPT", `${place.name} holds no store to repair`);
    const before = repair === "cut-faults" ? await cutFaults(place.name, opened) : { state: recovery.state };
    const hardState: HardState = { ...recovery.state.hardState, isAmnesiac: true };
    const marked = { ...recovery, state: { ...before.state, hardState }, isSettled: false };
    const store = await createOpenStore(parts, { ...opened, recovery: marked }, (error) => failures.push(error));
    try {
      await store.write({ hardState, ...before.batch });
    } finally {
      await store.close(failures.length === 0);
    }
  } catch (error) {
    failures.unshift(toStoreError(error, `repairing ${place.name}`));
  }
  await closeOpened(opened.database, sidecar);
  if (failures[0] !== undefined) throw failures[0];
}

interface Cut {
  readonly state: StoredState;
  readonly batch?: LogBatch;
}

async function cutFaults(name: string, { database, recovery }: Opened): Promise<Cut> {
  const { state } = recovery!;
  const { checkpoint, faults, base, hiddenKeys } = state;
  const isBelow = checkpoint !== null && faults[0] !== undefined && faults[0].after.zxid < checkpoint.position.zxid;
  if (!isBelow) return withoutFaults(state, null);
  const isWhole = database !== null && (await findDamagedPages(database, checkpoint)).length === 0;
  if (isWhole) return withoutFaults(state, checkpoint.position);
  if (base.zxid !== LOG_START.zxid) {
    const advice = "Nothing was changed: another peer's checkpoint, or entries, have to take their place.";
    throw new CoterieError(
      "STORE_CORRUPT",
      `${name}: neither checkpoint nor log can be read from the start. ${advice}`,
    );
  }
  // The log is all that is left; the marker goes with the write.
  const withoutMark = { ...state, checkpoint: null, checkpointNumber: 0 };
  const isGone = new Set([...hiddenKeys, keyText(KEYS.checkpoint)]);
  return withoutFaults({ ...withoutMark, hiddenKeys: isGone }, null);
}

/** The log from the mark on, if a sound checkpoint stands for what lies below, and up to the first fault that is left. */
function withoutFaults(state: StoredState, mark: LogPosition | null): Cut {
  const base = mark !== null && mark.zxid > state.base.zxid ? mark : state.base;
  const faults = faultsAbove(state.faults, base);
  const end = faults[0]?.after.zxid;
  if (end === undefined) return { state: { ...state, base, faults } };
  const committed = Math.min(state.committed, end) as Zxid;
  return { state: { ...state, base, faults, committed }, batch: { truncateAfter: end } };
}
