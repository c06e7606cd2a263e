import type { CoterieError, RecoveredLog } from "@coterie/interface";
import type { AmnesiaReason } from "../recovery/recover.ts";
import type { SidecarReading } from "../sidecar/sidecar.ts";

/** What a closed store holds, and what is wrong with it. */
export type StoreReport =
  /** No store stands there; with a sidecar that says "creating", one was begun and holds nothing yet. */
  | { readonly kind: "blank"; readonly sidecar: SidecarReading }
  /** What `open` would reject with. */
  | { readonly kind: "refused"; readonly error: CoterieError; readonly sidecar: SidecarReading }
  | StandingReport;

export interface StandingReport {
  readonly kind: "standing";
  readonly sidecar: SidecarReading;
  /** What `open` would say: range, epochs, faults, what it would leave out. */
  readonly found: RecoveredLog & { readonly kind: "open" };
  /** Why the peer would count in no quorum; empty if it would. */
  readonly amnesia: readonly AmnesiaReason[];
  /** Pages of the checkpoint that are missing or damaged, by their index. */
  readonly damagedPages: readonly number[];
  /**
   * There are blocks that the database itself cannot read. What they take away stands among the losses, unless it is
   * garbage; but a database that meets one in compacting takes no more writes until it is rebuilt.
   */
  readonly hasDamagedBlocks: boolean;
  /** Batches to the log that are missing in the journal between others; what they take away stands among the losses, likewise. */
  readonly journalGapCount: number;
  readonly recordCount: number;
  readonly logSizeBytes: number;
  /** What cannot be had from this store any more, a sentence each; empty if it is whole. */
  readonly losses: readonly string[];
}
