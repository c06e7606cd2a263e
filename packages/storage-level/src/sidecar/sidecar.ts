import type { HardState, LogPosition } from "@coterie/interface";

/** What stands a second time, outside of the database (R3). */
export interface SidecarState {
  readonly hardState: HardState;
  /** The log reached at least to here. */
  readonly watermark: LogPosition;
  /** The state record that stood; see `StateRecord`. */
  readonly stateNumber: number;
}

export type SidecarContent =
  /** The database is being made; what stands of it counts for nothing until it holds a whole first batch. */
  | { readonly kind: "creating" }
  /** Likewise, of a store whose database was lost and whose peer may have forgotten promises. */
  | { readonly kind: "recreating"; readonly state: SidecarState }
  | { readonly kind: "standing"; readonly state: SidecarState };

export type SidecarReading =
  | { readonly kind: "missing" }
  /** Something stands there, and it says nothing that can be believed. */
  | { readonly kind: "damaged" }
  /** Another version wrote it. */
  | { readonly kind: "unknown"; readonly format: number }
  | SidecarContent;

/**
 * The small second copy that tells a lost log from a short one. Calls are serial. Whatever fails rejects, with what the
 * medium said; a failed `write` leaves either content behind.
 */
export interface Sidecar {
  /** For messages. */
  readonly name: string;

  /** Changes nothing. */
  read(): Promise<SidecarReading>;

  /** Makes the first content durable. Rejects with STORE_LOCKED if something stands there already. */
  create(content: SidecarContent): Promise<void>;

  /** Replaces the content: resolves when that is durable, and after a crash either is there, whole. */
  write(content: SidecarContent): Promise<void>;

  /** Gives the place free. Never rejects. */
  close(): Promise<void>;
}
