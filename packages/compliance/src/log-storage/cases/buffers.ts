import { checkEqual } from "../../runner/check.ts";
import { LOG_START, pagesOf } from "../history.ts";
import { allPages, type LogStorageCase, type LogStorageGroup, pagesIn } from "../world.ts";

const CASES: readonly LogStorageCase[] = [
  {
    rule: "what is handed in is not changed",
    needs: [],
    run: async (world) => {
      const surroundings = new Uint8Array(32).fill(0xee);
      const view = surroundings.subarray(8, 16);
      const before = surroundings.slice();
      await world.begin(0, { append: [world.history.entry(view)], notes: view });
      await world.checkpoint("full", world.history.last, [view]);
      await world.reopened();
      checkEqual(surroundings, before, "the array that the bytes handed in are a view of");
    },
  },
  {
    rule: "a view of a larger array is stored as what it shows",
    needs: [],
    run: async (world) => {
      const view = Uint8Array.from({ length: 32 }, (_, index) => index).subarray(8, 16);
      const entry = world.history.entry(view);
      await world.begin(0, { append: [entry], notes: view });
      await world.checkpoint("full", world.history.last, [view]);
      checkEqual((await world.reopened()).notes, view, "the notes");
      await world.checkLog(LOG_START, [entry], "the entry");
      checkEqual(await pagesIn(world.store), [view], "the page");
    },
  },
  {
    rule: "what is handed out is never written again",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      await world.checkpoint("full", entries[0]!, pagesOf(2, 1), { committed: entries[2]!.zxid });
      const reading = await world.readAll(LOG_START.zxid);
      const reader = (await world.store.openCheckpoint())!;
      const pages = await allPages(reader);
      await reader.close();
      await world.store.purge(entries[0]!.zxid);
      await world.checkpoint("full", entries[1]!, pagesOf(2, 9));
      await world.writeEach(world.history.entries(3));
      await world.readAll(entries[1]!.zxid);
      await pagesIn(world.store);
      await world.reopened();
      checkEqual(reading, { kind: "entries", entries }, "entries that were read before all this");
      checkEqual(pages, pagesOf(2, 1), "pages that were read before all this");
    },
  },
  {
    rule: "what is handed out belongs to the caller: whatever becomes of it, nobody else has the same bytes",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3, { notes: Uint8Array.of(1, 2, 3) });
      await world.checkpoint("full", entries[0]!, pagesOf(2, 1), { committed: entries[2]!.zxid });
      const found = await world.reopened();
      for (let reading = 1; reading <= 2; reading++) {
        const read = await world.readAll(LOG_START.zxid);
        checkEqual(read, { kind: "entries", entries }, `entries, in reading ${reading}`);
        const pages = (await pagesIn(world.store)) ?? [];
        checkEqual(pages, pagesOf(2, 1), `pages, in reading ${reading}`);
        if (read.kind === "entries") for (const { bytes } of read.entries) bytes.fill(0xdd);
        for (const page of pages) page.fill(0xdd);
      }
      found.notes.fill(0xdd);
      checkEqual((await world.reopened()).notes, Uint8Array.of(1, 2, 3), "the notes");
      await world.checkLog(LOG_START, entries, "the log, opened again");
      checkEqual(await pagesIn(world.store), pagesOf(2, 1), "the pages, opened again");
    },
  },
  {
    rule: "what open has handed out is not changed by later writes",
    needs: [],
    run: async (world) => {
      await world.begin(2, { notes: Uint8Array.of(1) });
      const found = await world.reopened();
      const before = structuredClone(found);
      await world.store.write({ notes: Uint8Array.of(2), append: world.history.entries(2) });
      await world.checkpoint("full", found.last, pagesOf(1, 1), { committed: world.history.last.zxid });
      checkEqual(found, before, "what open had said");
    },
  },
];

export const BUFFERS: LogStorageGroup = { name: "buffers", cases: CASES };
