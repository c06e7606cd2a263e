import type { CheckpointReader, LogStorage } from "@coterie/interface";
import { check, checkEqual } from "../../runner/check.ts";
import { pagesOf, positionOf } from "../history.ts";
import { allPages, HARD_STATE, type LogStorageCase, type LogStorageGroup, markOf, pagesIn } from "../world.ts";

const CASES: readonly LogStorageCase[] = [
  {
    rule: "the draft counts for nothing until it is marked",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      await world.store.addPages(pagesOf(2, 1));
      checkEqual(await world.store.openCheckpoint(), null, "the checkpoint, while there is a draft only");
      await world.store.write({ checkpoint: markOf("full", entries[0]!, 2) });
      checkEqual(await pagesIn(world.store), pagesOf(2, 1), "the pages");
      await world.store.addPages(pagesOf(2, 4));
      checkEqual(await pagesIn(world.store), pagesOf(2, 1), "the pages, beside another draft");
    },
  },
  {
    rule: "the draft is gone after a crash",
    needs: ["crash"],
    run: async (world) => {
      const entries = await world.begin(2);
      await world.checkpoint("full", entries[0]!, pagesOf(1, 1));
      await world.store.addPages(pagesOf(3, 2));
      const found = await world.crashed();
      checkEqual(found.checkpoint?.pageCount, 1, "the pages of the checkpoint");
      await world.checkpoint("full", entries[1]!, pagesOf(2, 3));
      checkEqual(await pagesIn(world.store), pagesOf(2, 3), "the pages, none of them from before the crash");
    },
  },
  {
    rule: "dropPages empties the draft",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      await world.store.addPages(pagesOf(3, 1));
      await world.store.dropPages();
      await world.checkpoint("full", entries[0]!, pagesOf(2, 2));
      checkEqual(await pagesIn(world.store), pagesOf(2, 2), "the pages that were added after the drop");
    },
  },
  {
    rule: "the draft holds the pages of several addPages, in their order",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(1);
      const pages = pagesOf(6, 1);
      for (const cut of [pages.slice(0, 1), pages.slice(1, 4), [], pages.slice(4)]) await world.store.addPages(cut);
      await world.store.write({ checkpoint: markOf("full", entries[0]!, 6) });
      checkEqual(await pagesIn(world.store), pages, "the pages");
      await world.restarted();
      checkEqual(await pagesIn(world.store), pages, "the pages, opened again");
    },
  },
  {
    rule: "a write with a checkpoint and an addPages under way: all of its pages are in, or the write is refused",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(1);
      const adding = world.store.addPages(pagesOf(3, 1));
      const checkpoint = markOf("full", entries[0]!, 3);
      const isTaken = await world.store.write({ checkpoint }).then(
        () => true,
        (error: { code?: unknown }) => {
          checkEqual(error.code, "ASSERTION", "the code of the refusal");
          return false;
        },
      );
      await adding;
      if (!isTaken) await world.store.write({ checkpoint });
      checkEqual(await pagesIn(world.store), pagesOf(3, 1), "the pages");
    },
  },
  {
    rule: "full: the draft replaces the checkpoint, and the log stays as it is",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4);
      await world.checkpoint("full", entries[0]!, pagesOf(3, 1), { committed: entries[3]!.zxid });
      await world.checkpoint("full", entries[2]!, pagesOf(2, 2));
      const found = await world.restarted();
      checkEqual(
        found.checkpoint,
        { ...stored(entries[2]!, 2), baseSizeBytes: 80, deltasSizeBytes: 0 },
        "the checkpoint",
      );
      checkEqual(await pagesIn(world.store), pagesOf(2, 2), "the pages");
      await world.checkLog(found.base, entries, "the log");
    },
  },
  {
    rule: "delta: the draft's pages follow those of the checkpoint, and the log stays as it is",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4);
      await world.checkpoint("full", entries[0]!, pagesOf(3, 1), { committed: entries[3]!.zxid });
      await world.checkpoint("delta", entries[2]!, pagesOf(2, 2));
      await world.checkpoint("delta", entries[3]!, pagesOf(1, 3, 7));
      const found = await world.restarted();
      checkEqual(
        found.checkpoint,
        { ...stored(entries[3]!, 6), baseSizeBytes: 120, deltasSizeBytes: 87 },
        "the checkpoint with its deltas",
      );
      const pages = [...pagesOf(3, 1), ...pagesOf(2, 2), ...pagesOf(1, 3, 7)];
      checkEqual(await pagesIn(world.store), pages, "the pages of the full one, then those of each delta");
      await world.checkLog(found.base, entries, "the log");
    },
  },
  {
    rule: "full, after deltas: they go as well",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      await world.checkpoint("full", entries[0]!, pagesOf(1, 1), { committed: entries[2]!.zxid });
      await world.checkpoint("delta", entries[1]!, pagesOf(1, 2));
      await world.checkpoint("full", entries[2]!, pagesOf(1, 3));
      const found = await world.restarted();
      checkEqual(found.checkpoint?.deltasSizeBytes, 0, "bytes of deltas");
      checkEqual(await pagesIn(world.store), pagesOf(1, 3), "the pages");
    },
  },
  {
    rule: "incoming: all entries go, and the mark is base and end of the log and what is committed",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4);
      await world.checkpoint("full", entries[0]!, pagesOf(3, 1), { committed: entries[1]!.zxid });
      world.history.nextEpoch();
      world.history.entries(5);
      const mark = world.history.last;
      await world.checkpoint("incoming", mark, pagesOf(2, 2));
      await world.checkLog(mark, [], "the log behind the mark");
      checkEqual(await world.readAll(entries[0]!.zxid), { kind: "purged", base: mark }, "the log before the mark");
      const found = await world.restarted();
      checkEqual([found.base, found.last, found.committed], [mark, mark, mark.zxid], "base, end and what is committed");
      checkEqual(found.epochEnds, [], "the ends of epochs in an empty log");
      checkEqual(found.hardState.isAmnesiac, false, "another peer's checkpoint is no loss");
      checkEqual(found.checkpoint, { ...stored(mark, 2), baseSizeBytes: 80, deltasSizeBytes: 0 }, "the checkpoint");
      checkEqual(await pagesIn(world.store), pagesOf(2, 2), "the pages");
      const append = world.history.entries(2);
      await world.store.write({ append });
      await world.reopened();
      await world.checkLog(mark, append, "the log that goes on from the mark");
    },
  },
  {
    rule: "incoming, below the end of the log: the entries beyond the mark go as well",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      const rest = world.history.entries(3);
      await world.writeEach(rest);
      const mark = positionOf(entries[1]!);
      await world.checkpoint("incoming", mark, pagesOf(1, 2));
      const found = await world.restarted();
      checkEqual([found.base, found.last, found.committed], [mark, mark, mark.zxid], "base, end and what is committed");
      checkEqual(found.hardState.isAmnesiac, false, "what another peer's checkpoint removes is no loss");
      const append = world.history.fork(mark).entries(1);
      await world.store.write({ append });
      await world.checkLog(mark, append, "the log that goes on from the mark");
    },
  },
  {
    rule: "covering: what stands up to the mark goes, the mark is the base, and entries above it stay",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      const more = world.history.entries(3);
      await world.writeEach(more);
      await world.checkpoint("full", entries[0]!, pagesOf(3, 1), { committed: entries[0]!.zxid });
      const mark = positionOf(entries[1]!);
      await world.checkpoint("covering", mark, pagesOf(2, 2), { committed: entries[2]!.zxid });
      const left = [entries[2]!, ...more];
      await world.checkLog(mark, left, "the log behind the mark");
      checkEqual(await world.readAll(entries[0]!.zxid), { kind: "purged", base: mark }, "the log before the mark");
      const found = await world.restarted();
      checkEqual([found.base, found.last], [mark, positionOf(more[2]!)], "the ends of the log");
      checkEqual(found.committed, entries[2]!.zxid, "what is committed");
      checkEqual(found.checkpoint, { ...stored(mark, 2), baseSizeBytes: 80, deltasSizeBytes: 0 }, "the checkpoint");
      checkEqual(await pagesIn(world.store), pagesOf(2, 2), "the pages");
      await world.checkLog(mark, left, "the log behind the mark, opened again");
    },
  },
  {
    rule: "covering: what is committed is at least the mark's zxid",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4);
      await world.checkpoint("covering", entries[2]!, pagesOf(1, 2));
      const found = await world.restarted();
      checkEqual(found.committed, entries[2]!.zxid, "what is committed");
    },
  },
  {
    rule: "an incoming checkpoint may come to a store with the first write",
    needs: [],
    run: async (world) => {
      await world.store.open();
      world.history.entries(4);
      const mark = world.history.last;
      await world.store.addPages(pagesOf(2, 2));
      await world.store.write({ hardState: HARD_STATE, checkpoint: markOf("incoming", mark, 2) });
      const found = await world.restarted();
      checkEqual([found.base, found.last, found.committed], [mark, mark, mark.zxid], "base, end and what is committed");
      checkEqual(await pagesIn(world.store), pagesOf(2, 2), "the pages");
    },
  },
  {
    rule: "until a checkpoint is durable, the one before it and its log are what a crash leaves",
    needs: ["crash"],
    run: async (world) => {
      const entries = await world.begin(3);
      await world.checkpoint("full", entries[0]!, pagesOf(2, 1), { committed: entries[0]!.zxid });
      world.history.nextEpoch();
      const mark = positionOf(world.history.entries(2)[1]!);
      await world.store.addPages(pagesOf(3, 2));
      void world.store.write({ checkpoint: markOf("incoming", mark, 3) }).catch(() => undefined);
      const found = await world.crashed();
      const isThere = found.base.zxid === mark.zxid;
      checkEqual(found.checkpoint?.zxid, isThere ? mark.zxid : entries[0]!.zxid, "the checkpoint");
      checkEqual(await pagesIn(world.store), isThere ? pagesOf(3, 2) : pagesOf(2, 1), "the pages");
      checkEqual(found.last, isThere ? mark : positionOf(entries[2]!), "the end of the log");
      await world.checkLog(found.base, isThere ? [] : entries, "the log");
    },
  },
];

function stored(at: { zxid: number; chainHash: number }, pageCount: number): object {
  return { zxid: at.zxid, chainHash: at.chainHash, digest: `digest-${at.zxid}`, pageCount };
}

async function opened(store: LogStorage): Promise<CheckpointReader> {
  const reader = await store.openCheckpoint();
  check(reader !== null, "there is a checkpoint to read");
  return reader;
}

const READER_CASES: readonly LogStorageCase[] = [
  {
    rule: "a reader gives pages in their order from `first` on, as many as fit and at least one",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      await world.checkpoint("full", entries[0]!, pagesOf(3, 1), { committed: entries[1]!.zxid });
      await world.checkpoint("delta", entries[1]!, pagesOf(2, 2));
      const pages = [...pagesOf(3, 1), ...pagesOf(2, 2)];
      const reader = await opened(world.store);
      for (let first = 0; first <= 5; first++) {
        for (const [sizeMaxBytes, count] of [
          [0, 1],
          [39, 1],
          [80, 2],
          [119, 2],
          [1000, 5],
        ] as const) {
          const found = await reader.read(first, sizeMaxBytes);
          checkEqual(found, pages.slice(first, first + count), `pages from ${first} on in ${sizeMaxBytes} bytes`);
        }
      }
      await reader.close();
    },
  },
  {
    rule: "a reader says which checkpoint it reads",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(1);
      await world.checkpoint("full", entries[0]!, pagesOf(2, 1));
      const reader = await opened(world.store);
      const expected = { ...stored(entries[0]!, 2), baseSizeBytes: 80, deltasSizeBytes: 0 };
      checkEqual(reader.checkpoint, expected, "the checkpoint of the reader");
      await reader.close();
    },
  },
  {
    rule: "pages stay until the reader is closed, whatever else is written",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(3);
      await world.checkpoint("full", entries[0]!, pagesOf(3, 1), { committed: entries[2]!.zxid });
      const first = await opened(world.store);
      await world.checkpoint("full", entries[1]!, pagesOf(2, 2));
      const second = await opened(world.store);
      world.history.nextEpoch();
      const mark = positionOf(world.history.entries(1)[0]!);
      await world.store.purge(entries[1]!.zxid);
      await world.checkpoint("incoming", mark, pagesOf(1, 3));
      await world.store.write({ append: world.history.entries(2) });
      checkEqual(await allPages(first), pagesOf(3, 1), "the pages of the first reader");
      await first.close();
      checkEqual(await allPages(second), pagesOf(2, 2), "the pages of the second reader");
      await second.close();
      checkEqual(await pagesIn(world.store), pagesOf(1, 3), "the pages of a reader opened now");
    },
  },
  {
    rule: "a reader opened before a delta does not see it",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      await world.checkpoint("full", entries[0]!, pagesOf(2, 1), { committed: entries[1]!.zxid });
      const reader = await opened(world.store);
      await world.checkpoint("delta", entries[1]!, pagesOf(2, 2));
      checkEqual(await allPages(reader), pagesOf(2, 1), "the pages of the reader");
      checkEqual(reader.checkpoint.pageCount, 2, "the page count of the reader");
      await reader.close();
    },
  },
  {
    rule: "several readers may be open; closing one leaves the others their pages",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      await world.checkpoint("full", entries[0]!, pagesOf(3, 1), { committed: entries[1]!.zxid });
      const [one, two] = [await opened(world.store), await opened(world.store)];
      await world.checkpoint("full", entries[1]!, pagesOf(1, 2));
      await one.close();
      await one.close();
      checkEqual(await allPages(two), pagesOf(3, 1), "the pages of the reader that is open");
      await two.close();
    },
  },
];

export const CHECKPOINTS: LogStorageGroup = { name: "checkpoints", cases: CASES };
export const READERS: LogStorageGroup = { name: "checkpoint readers", cases: READER_CASES };
