import { expect, test } from "vitest";
import { createFileJournal, createLevelStorage } from "@coterie/storage-level";
import { entries, HARD_STATE, plain, START, zxid } from "../support/log.ts";
import { MemoryJournalFiles } from "../support/memory-journal-files.ts";
import { createMedium } from "../support/memory-store.ts";

test("a store with a journal does not look for its log in the database, from its first write on", async () => {
  const { place, sidecar } = createMedium();
  const journal = createFileJournal({ path: "log", files: new MemoryJournalFiles() });
  const store = createLevelStorage({ place, sidecar, journal, durable: true });
  await store.open();
  const log = entries(START, 1, 1, 5);
  await store.write({ hardState: HARD_STATE, append: log });
  const iterators: unknown[] = [];
  const database = place.database!;
  const iterator = database.iterator.bind(database) as (options: object) => object;
  Object.defineProperty(database, "iterator", {
    value: (options: object) => {
      iterators.push(options);
      return iterator(options);
    },
  });
  const read = await store.read({ after: START.zxid, upTo: zxid(9, 0) }, 1000);
  expect(read.kind === "entries" && plain(read.entries)).toEqual(plain(log));
  expect(iterators).toEqual([]);
  await store.close();
});
