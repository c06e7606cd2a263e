import { LOG_LIMITS, type LogEntry } from "@coterie/interface";
import { checkEqual, checkRejects } from "../../runner/check.ts";
import { LOG_START } from "../history.ts";
import { type LogStorageCase, type LogStorageGroup, markOf, pagesIn } from "../world.ts";

const CODES = ["ASSERTION"];

const CASES: readonly LogStorageCase[] = [
  {
    rule: "every store takes entries of entrySizeMaxBytes, and batches of batchSizeMaxBytes",
    needs: [],
    run: async (world) => {
      const bytes = new Uint8Array(LOG_LIMITS.entrySizeMaxBytes).fill(0x5a);
      const append: LogEntry[] = [];
      for (let size = 0; size < LOG_LIMITS.batchSizeMaxBytes; size += bytes.length)
        append.push(world.history.entry(bytes));
      await world.begin(0, { append });
      await world.reopened();
      await world.checkLog(LOG_START, append, "a batch of the largest size");
      const rest = [...append.map(() => world.history.entry(bytes)), world.history.entry(Uint8Array.of(1))];
      await checkRejects(() => world.store.write({ append: rest }), CODES, "a batch of a byte too many");
    },
  },
  {
    rule: "no caller gives it entries above entrySizeMaxBytes",
    needs: [],
    run: async (world) => {
      await world.begin(1);
      const append = [world.history.entry(new Uint8Array(LOG_LIMITS.entrySizeMaxBytes + 1))];
      await checkRejects(() => world.store.write({ append }), CODES, "an entry of a byte too many");
    },
  },
  {
    rule: "every store takes batchEntriesMax entries, and no caller gives it more",
    needs: [],
    run: async (world) => {
      const append = world.history.entries(LOG_LIMITS.batchEntriesMax);
      await world.begin(0, { append });
      await world.reopened();
      await world.checkLog(LOG_START, append, "a batch of the most entries");
      const more = world.history.entries(LOG_LIMITS.batchEntriesMax + 1);
      await checkRejects(() => world.store.write({ append: more }), CODES, "a batch of an entry too many");
    },
  },
  {
    rule: "every store takes pages of pageSizeMaxBytes an addPages, and no caller gives it more",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(1);
      const page = new Uint8Array(LOG_LIMITS.pageSizeMaxBytes).fill(0x5a);
      const tooMany = [page, Uint8Array.of(1)];
      await checkRejects(() => world.store.addPages(tooMany), CODES, "pages of a byte too many");
      await world.store.addPages([page]);
      await world.store.write({ checkpoint: markOf("full", entries[0]!, 1) });
      checkEqual(await pagesIn(world.store), [page], "the largest page");
    },
  },
  {
    rule: "every store takes notes of notesSizeMaxBytes, and no caller gives it more",
    needs: [],
    run: async (world) => {
      const notes = new Uint8Array(LOG_LIMITS.notesSizeMaxBytes).fill(7);
      await world.begin(1, { notes });
      const larger = new Uint8Array(LOG_LIMITS.notesSizeMaxBytes + 1);
      await checkRejects(() => world.store.write({ notes: larger }), CODES, "notes of a byte too many");
      checkEqual((await world.reopened()).notes, notes, "the largest notes");
    },
  },
];

export const LIMITS: LogStorageGroup = { name: "LOG_LIMITS", cases: CASES };
