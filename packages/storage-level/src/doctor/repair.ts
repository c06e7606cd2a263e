import { type Clock, CoterieError, type HardState, type LogBatch, type Zxid } from "@coterie/interface";
import type { DatabasePlace } from "../database/place.ts";
import { createSystemClock } from "../database/system-clock.ts";
import { toStoreError } from "../database/store-error.ts";
import { createOpenStore } from "../open-store.ts";
import { openStore } from "../opening.ts";
import { faultsAbove, type StoredState } from "../recovery/stored-state.ts";
import type { Sidecar } from "../sidecar/sidecar.ts";

/** What a repair does, by its name, and nothing else. After each of them the peer is amnesiac (R3b). */
export type StoreRepair =
  /** Writes identity and promises to both places again, and that promises may have been forgotten. */
  | "mark-amnesiac"
  /**
   * Lets go of every entry from the first fault on that the checkpoint does not stand for. What was committed among
   * them is then to be had from other peers only.
   */
  | "cut-faults";

export interface RepairOptions {
  readonly place: DatabasePlace;
  readonly sidecar?: Sidecar;
  readonly clock?: Clock;
}

/**
 * Repairs a store that nobody has open. Look at it with `examineStore` first, and keep a copy: nothing that a repair
 * takes away comes back.
 *
 * Rejects as `LogStorage.open` does, and with `STORE_FULL` or `STORE_FAILED`.
 */
export async function repairStore(options: RepairOptions, repair: StoreRepair): Promise<void> {
  const { place, sidecar = null, clock = createSystemClock() } = options;
  const opened = await openStore(place, sidecar, clock);
  const parts = { place, sidecar, isDurable: true, clock };
  const failures: Error[] = [];
  try {
    const { recovery } = opened;
    if (recovery === null) throw new CoterieError("STORE_CORRUPT", `${place.name} holds no store to repair`);
    const before = repair === "cut-faults" ? withoutFaults(recovery.state) : { state: recovery.state };
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
  await opened.database?.close().catch(() => undefined);
  await sidecar?.close();
  if (failures[0] !== undefined) throw failures[0];
}

/** The log from the checkpoint on, if a fault begins below it, and up to the first fault that is left. */
function withoutFaults(state: StoredState): { readonly state: StoredState; readonly batch?: LogBatch } {
  const mark = state.checkpoint?.position;
  const isBelow = mark !== undefined && (state.faults[0]?.after.zxid ?? mark.zxid) < mark.zxid;
  const base = isBelow && mark.zxid > state.base.zxid ? mark : state.base;
  const faults = faultsAbove(state.faults, base);
  const end = faults[0]?.after.zxid;
  if (end === undefined) return { state: { ...state, base, faults } };
  const committed = Math.min(state.committed, end) as Zxid;
  return { state: { ...state, base, faults, committed }, batch: { truncateAfter: end } };
}
