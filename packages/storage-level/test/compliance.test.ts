import { testLogStorage } from "@coterie/compliance";
import { describe, it } from "vitest";
import {
  breakMedium,
  copyOf,
  damageEntry,
  damagePage,
  loseEnd,
  mendMedium,
  swapEntries,
  tearTail,
  writeUnknownFormat,
} from "./support/damages.ts";
import { createMedium, type Medium, storeOn } from "./support/memory-store.ts";

describe("the kit, over a database and a second copy in memory", () => {
  testLogStorage<Medium>(
    { describe, it },
    {
      supports: { durable: true },
      createPlace: async () => createMedium(),
      createStore: storeOn,
      removePlace: async () => undefined,
      crash: copyOf,
      damages: {
        entry: damageEntry,
        page: damagePage,
        swappedEntries: swapEntries,
        lostEnd: loseEnd,
        tornTail: tearTail,
        unknownFormat: writeUnknownFormat,
        brokenMedium: async (medium, isFull) => breakMedium(medium, isFull),
        mendedMedium: async (medium) => mendMedium(medium),
      },
    },
  );
});
