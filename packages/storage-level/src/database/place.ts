import type { AbstractLevel } from "abstract-level";

/** Keys and values are bytes: the database was made with `keyEncoding: "view"` and `valueEncoding: "view"`. */
export type LevelDatabase = AbstractLevel<string | Buffer | Uint8Array, Uint8Array, Uint8Array>;

/** Where a database stands, or may come to stand. */
export interface DatabasePlace {
  /** For messages: what a reader would look for, as "the database in data/db". */
  readonly name: string;

  /**
   * Whether a database stands there. Changes nothing. Rejects with STORE_CORRUPT if parts of one stand there which a
   * database would not open, or would open as an empty one.
   */
  find(): Promise<"nothing" | "database">;

  /**
   * Opens the database; with `create` it also makes one, and then nothing stands there, or only what a creation that
   * did not come about has left. Rejects with whatever abstract-level rejects with.
   */
  open(options: { readonly create: boolean }): Promise<LevelDatabase>;

  /** Removes what a creation that did not come about has left, and `open` could not go on from. */
  discard?(): Promise<void>;

  /** Makes it durable that the database's files are there, after it was created. */
  syncDirectory?(): Promise<void>;
}
