import type { LogStorage } from "@coterie/interface";
import {
  createFileSidecar,
  createLevelStorage,
  type DatabasePlace,
  type LevelDatabase,
  NODE_FILES,
  type SidecarFiles,
} from "@coterie/storage-level";
import { createClassicLevelPlace } from "../../../packages/storage-classic-level/src/classic-level-place.ts";
import { ManualClock } from "../../../packages/storage-level/test/support/manual-clock.ts";
import { DiskPlace } from "./places.ts";

const MIB = 2 ** 20;

/** Who is told before anything more becomes durable, and waited for. */
type Watcher = () => Promise<void>;

/** A directory as any other, of which somebody is told at each step between what becomes durable. */
export class RecordedPlace extends DiskPlace {
  private readonly watcher: Watcher;

  constructor(location: string, watcher: Watcher) {
    super(location);
    this.watcher = watcher;
  }

  override createStorage(): LogStorage {
    const { location, watcher } = this;
    const place = createClassicLevelPlace({ location, cacheSizeBytes: MIB, writeBufferSizeBytes: 4 * MIB });
    return createLevelStorage({
      place: watchedPlace(place, watcher),
      sidecar: createFileSidecar({ path: this.sidecar, files: watchedFiles(watcher) }),
      durable: true,
      clock: new ManualClock(),
    });
  }
}

function watchedPlace(place: DatabasePlace, watcher: Watcher): DatabasePlace {
  return { ...place, open: async (options) => watchedDatabase(await place.open(options), watcher) };
}

/** The package writes by chained batches alone. */
function watchedDatabase(database: LevelDatabase, watcher: Watcher): LevelDatabase {
  const createBatch = database.batch.bind(database);
  const batch = (): ReturnType<typeof createBatch> => {
    const chained = createBatch();
    const write = chained.write.bind(chained);
    chained.write = async (options?: object) => {
      await watcher();
      await write(options ?? {});
    };
    return chained;
  };
  Object.defineProperty(database, "batch", { value: batch });
  return database;
}

function watchedFiles(watcher: Watcher): SidecarFiles {
  return {
    ...NODE_FILES,
    create: async (path, bytes) => {
      await watcher();
      await NODE_FILES.create(path, bytes);
    },
    open: async (path) => {
      const file = await NODE_FILES.open(path);
      return {
        write: async (bytes, at) => {
          await watcher();
          await file.write(bytes, at);
        },
        close: async () => file.close(),
      };
    },
  };
}
