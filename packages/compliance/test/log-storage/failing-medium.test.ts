import { describe, it } from "vitest";
import { createLevelPlace, createLevelStorage, type LevelDatabase } from "@coterie/storage-level";
import { createMemoryLevel } from "../../../storage-level/test/support/memory-store.ts";
import { testLogStorage } from "../../src/index.ts";

/** A database in memory that takes no more writes once it is broken. */
class BreakableDatabase {
  readonly database: LevelDatabase = createMemoryLevel();
  failure: "ENOSPC" | "EIO" | null = null;

  constructor() {
    const inner = this.database as unknown as { _batch: (...args: readonly unknown[]) => Promise<void> };
    const batch = inner._batch.bind(this.database);
    inner._batch = async (...args) => {
      const { failure } = this;
      if (failure !== null) throw Object.assign(new Error(`${failure}: write`), { code: failure });
      await batch(...args);
    };
  }
}

describe("storage-level over a medium that fails", () => {
  testLogStorage<BreakableDatabase>(
    { describe, it },
    {
      supports: { durable: false },
      createPlace: async () => new BreakableDatabase(),
      createStore: ({ database }) =>
        createLevelStorage({ place: createLevelPlace("a store that fails", database), durable: false }),
      removePlace: async () => undefined,
      damages: {
        brokenMedium: async (place, isFull) => void (place.failure = isFull ? "ENOSPC" : "EIO"),
        mendedMedium: async (place) => void (place.failure = null),
      },
    },
  );
});
