import type { Clock, LogStorage } from "@coterie/interface";
import type { DatabasePlace } from "./database/place.ts";
import { createSystemClock } from "./database/system-clock.ts";
import { LevelLogStorage } from "./level-log-storage.ts";
import type { Journal } from "./journal/file-journal.ts";
import type { Sidecar } from "./sidecar/sidecar.ts";

export interface LevelStorageOptions {
  /** Where the database stands; see `createLevelPlace` for one that does not live in a directory. */
  readonly place: DatabasePlace;
  /** Whether the database survives the process, and a batch with `sync` the loss of power. */
  readonly durable: boolean;
  /** The second copy of R3. Without it a store notices no end that was lost; so what lives in a directory has one. */
  readonly sidecar?: Sidecar;
  /** Takes the log records, beside the database and under its lock. Without it they are in the database. */
  readonly journal?: Journal;
  /** For the watermark, and for turns between pieces of work. @default Node.js's own time */
  readonly clock?: Clock;
}

/** A LogStorage over any abstract-level 3 database that can take snapshots. */
export function createLevelStorage({ place, durable, sidecar, journal, clock }: LevelStorageOptions): LogStorage {
  return new LevelLogStorage({
    place,
    sidecar: sidecar ?? null,
    journal: journal ?? null,
    isDurable: durable,
    clock: clock ?? createSystemClock(),
  });
}
