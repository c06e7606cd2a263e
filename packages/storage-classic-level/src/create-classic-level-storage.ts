import { type Clock, CoterieError, createLevelStorage, type LogStorage } from "@coterie/storage-level";
import { createClassicLevelPlace } from "./classic-level-place.ts";
import { createSecondParts } from "./second-parts.ts";

export interface ClassicLevelStorageOptions {
  /** The store's directory, for this peer alone; it is made by the first write. LevelDB's files are in `db` inside, the log in `log`. */
  readonly location: string;
  /** Blocks that LevelDB keeps in memory. @default 8 MiB */
  readonly cacheSizeBytes?: number;
  /** What LevelDB gathers in memory, up to twice, before it makes a table of it. @default 4 MiB */
  readonly writeBufferSizeBytes?: number;
  /** @default Node.js's own time */
  readonly clock?: Clock;
}

/**
 * A LogStorage on disk: the log in a journal of its own, all else in LevelDB by way of classic-level, and beside them the sidecar,
 * which tells a lost end from a short log. classic-level is imported by `open`, which rejects with `DEPENDENCY_MISSING` if it is not installed.
 *
 * @throws CoterieError BAD_ARGUMENTS if the location is none
 */
export function createClassicLevelStorage(options: ClassicLevelStorageOptions): LogStorage {
  checkLocation(options?.location);
  const { location, cacheSizeBytes = 8 * 2 ** 20, writeBufferSizeBytes = 4 * 2 ** 20, clock } = options;
  return createLevelStorage({
    place: createClassicLevelPlace({ location, cacheSizeBytes, writeBufferSizeBytes }),
    ...createSecondParts(location),
    durable: true,
    ...(clock === undefined ? {} : { clock }),
  });
}

function checkLocation(location: unknown): void {
  if (typeof location === "string" && location !== "") return;
  const found = location === "" ? "empty" : `of type ${typeof location}`;
  throw new CoterieError("BAD_ARGUMENTS", `the store's location is ${found}, and has to be the path of a directory`);
}
