import type { Clock } from "@coterie/interface";
import type { DatabasePlace } from "./database/place.ts";
import type { Journal } from "./journal/file-journal.ts";
import type { Sidecar } from "./sidecar/sidecar.ts";

/** What a store is made of. */
export interface StoreParts {
  readonly place: DatabasePlace;
  /** Null where the database does not live in a directory. */
  readonly sidecar: Sidecar | null;
  /** For log records; null where the database holds them, too. */
  readonly journal: Journal | null;
  readonly isDurable: boolean;
  readonly clock: Clock;
}
