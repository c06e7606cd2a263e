import { describe, it } from "vitest";
import type { LogStorage } from "@coterie/interface";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { testLogStorage } from "../../src/index.ts";

describe("storage-memory-level", () => {
  testLogStorage<LogStorage>(
    { describe, it },
    {
      supports: { durable: false },
      createPlace: async () => createMemoryLevelStorage(),
      createStore: (store) => store,
      removePlace: async () => undefined,
    },
  );
});
