import { createRequire } from "node:module";
import type { LogStorage } from "@coterie/interface";
import { createLevelPlace, createLevelStorage, type DatabasePlace, type LevelDatabase } from "@coterie/storage-level";
import { MemorySidecar } from "./memory-sidecar.ts";

// The package that is tested depends on no database; it borrows that of its sibling.
const { MemoryLevel } = createRequire(new URL("../../../storage-memory-level/package.json", import.meta.url))(
  "memory-level",
) as { readonly MemoryLevel: new (options: object) => LevelDatabase };

export function createMemoryLevel(): LevelDatabase {
  return new MemoryLevel({ keyEncoding: "view", valueEncoding: "view", storeEncoding: "view" });
}

/** A place whose database, like a file, is there or not. */
export class MemoryPlace implements DatabasePlace {
  readonly name = "the database";
  database: LevelDatabase | null = null;
  findFailure: Error | null = null;
  private taken: LevelDatabase | null = null;

  async find(): Promise<"nothing" | "database"> {
    if (this.findFailure !== null) throw this.findFailure;
    return this.database === null ? "nothing" : "database";
  }

  async open({ create }: { readonly create: boolean }): Promise<LevelDatabase> {
    if (create) this.database ??= createMemoryLevel();
    const database = this.database!;
    if (this.taken === database) throw Object.assign(new Error("already held by process"), { code: "LEVEL_LOCKED" });
    this.taken = database;
    database.once("closed", () => {
      this.taken = null;
    });
    await database.open();
    return database;
  }
}

export interface Medium {
  readonly place: MemoryPlace;
  readonly sidecar: MemorySidecar;
}

export function createMedium(): Medium {
  return { place: new MemoryPlace(), sidecar: new MemorySidecar() };
}

/** A handle on what stands on a medium. */
export function storeOn({ place, sidecar }: Medium): LogStorage {
  return createLevelStorage({ place, sidecar, durable: true });
}

export function plainStore(): LogStorage {
  return createLevelStorage({ place: createLevelPlace("the store", createMemoryLevel()), durable: false });
}
