import { existsSync } from "node:fs";
import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogStorage } from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { afterEach } from "vitest";
import { ManualClock } from "../../../packages/storage-level/test/support/manual-clock.ts";

/** In memory where there is such a folder: no machine stops here, so it does not matter what a sync costs. */
const FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

const folders: string[] = [];

/** Call it once in a file whose tests make places. */
export function removePlacesAfterEach(): void {
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });
}

/** Where nothing stands yet. */
export async function createLocation(): Promise<string> {
  const folder = await mkdtemp(join(FOLDER, "ensemble-on-stores-"));
  folders.push(folder);
  return join(folder, "store");
}

async function copyStore(location: string): Promise<string> {
  const copy = await createLocation();
  if (existsSync(location)) await cp(location, copy, { recursive: true });
  return copy;
}

/** Where a peer's store stands, from one life of the peer to the next. */
export interface StorePlace {
  createStorage(): LogStorage;
  /** Ends a store that is open as the end of its process would. */
  kill(storage: LogStorage): Promise<void>;
}

/**
 * A directory. Its clock stands still, so that the sidecar's watermark stays behind until the store is closed, unless a
 * promise takes it along.
 */
export class DiskPlace implements StorePlace {
  location: string;

  constructor(location: string) {
    this.location = location;
  }

  createStorage(): LogStorage {
    return createClassicLevelStorage({ location: this.location, clock: new ManualClock() });
  }

  /** What stands on the disk while the store is open is what its next life finds; closing it comes too late. */
  async kill(storage: LogStorage): Promise<void> {
    const left = await copyStore(this.location);
    await storage.close();
    this.location = left;
  }

  get database(): string {
    return join(this.location, "db");
  }

  get journal(): string {
    return join(this.location, "log");
  }

  get sidecar(): string {
    return join(this.location, "sidecar");
  }

  /** A backup of all of it. */
  async backUp(): Promise<DiskPlace> {
    return new DiskPlace(await copyStore(this.location));
  }

  /** Puts database and journal of a backup in the place of these. The sidecar stays. */
  async restoreDatabaseOf(backup: DiskPlace): Promise<void> {
    for (const part of ["database", "journal"] as const) {
      await rm(this[part], { recursive: true });
      await rename(backup[part], this[part]);
    }
  }
}

/** A database in memory, which survives the peer and not the process. */
export function createMemoryPlace(): StorePlace {
  const storage = createMemoryLevelStorage({ clock: new ManualClock() });
  return { createStorage: () => storage, kill: async () => storage.close() };
}

export async function createDiskPlace(): Promise<DiskPlace> {
  return new DiskPlace(await createLocation());
}
