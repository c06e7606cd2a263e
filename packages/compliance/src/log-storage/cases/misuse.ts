import { chainHash, type HardState, type LogBatch, type LogEntry, type Zxid } from "@coterie/interface";
import { checkEqual, checkRejects } from "../../runner/check.ts";
import { LOG_START, pagesOf, positionOf, ZXID_FAR } from "../history.ts";
import {
  checkEnds,
  HARD_STATE,
  type LogStorageCase,
  type LogStorageGroup,
  type LogWorld,
  markOf,
  pagesIn,
} from "../world.ts";

const CODES = ["ASSERTION"];
const NOTES = Uint8Array.of(4, 5);

/** A call that breaks a rule of the contract, in a world as `checkHarmless` makes it. */
type Misuse = (world: LogWorld, entries: readonly LogEntry[]) => readonly (readonly [string, LogBatch])[];

/** Each batch is refused, together with parts that are sound, and nothing of it is there, now or later. */
function harmless(rule: string, misuse: Misuse): LogStorageCase {
  return {
    rule: `misuse rejects with AssertionError and changes nothing: ${rule}`,
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4, { notes: NOTES });
      await world.checkpoint("full", entries[0]!, pagesOf(2, 1), { committed: entries[1]!.zxid });
      for (const [what, batch] of misuse(world, entries)) {
        // Parts that come before the wrong one in the order of fields must not take effect either.
        const sound: LogBatch = { hardState: { ...HARD_STATE, incarnation: 99 }, notes: Uint8Array.of(6) };
        await checkRejects(() => world.store.write({ ...sound, ...batch }), CODES, what);
      }
      await checkUnchanged(world, entries);
    },
  };
}

async function checkUnchanged(world: LogWorld, entries: readonly LogEntry[]): Promise<void> {
  await world.checkLog(LOG_START, entries, "the log after misuse");
  const found = await world.reopened();
  checkEnds(found, LOG_START, entries.at(-1)!, "the ends of the log after misuse");
  checkEqual(found.hardState, HARD_STATE, "the hard state after misuse");
  checkEqual(found.notes, NOTES, "the notes after misuse");
  checkEqual(found.committed, entries[1]!.zxid, "what is committed after misuse");
  checkEqual(found.checkpoint?.zxid, entries[0]!.zxid, "the checkpoint after misuse");
  checkEqual(await pagesIn(world.store), pagesOf(2, 1), "the pages after misuse");
  await world.checkLog(LOG_START, entries, "the log after misuse, opened again");
  const append = world.history.fork(positionOf(entries.at(-1)!)).entries(1);
  await world.store.write({ append });
  await world.checkLog(LOG_START, [...entries, ...append], "the log that goes on after misuse");
}

const BATCH_CASES: readonly LogStorageCase[] = [
  harmless("append that goes back, or stands still", (_, entries) => {
    const last = entries.at(-1)!;
    const at = (zxid: Zxid): LogEntry => ({ ...last, zxid, chainHash: chainHash(last.chainHash, zxid, 0, last.bytes) });
    return [
      ["an entry with the zxid of the last one", { append: [at(last.zxid)] }],
      ["an entry below the last one", { append: [at(entries[1]!.zxid)] }],
    ];
  }),
  harmless("append whose entries go back among themselves", ({ history }) => {
    const [one, two] = history.entries(2);
    return [["two entries in the wrong order", { append: [two!, one!] }]];
  }),
  harmless("append that leaves a hole or breaks the chain", ({ history }) => {
    const [one, two, three] = history.entries(3);
    return [
      ["an entry whose predecessor is missing", { append: [two!] }],
      ["a batch with a hole", { append: [one!, three!] }],
      ["an entry with other bytes than its hash says", { append: [{ ...one!, bytes: Uint8Array.of(1) }] }],
      ["an entry with another tag than its hash says", { append: [{ ...one!, tag: one!.tag ^ 1 }] }],
    ];
  }),
  harmless("truncateAfter that names no entry", (_, entries) => [
    ["a zxid above the end", { truncateAfter: (entries.at(-1)!.zxid + 1) as Zxid }],
    ["a zxid of a later epoch", { truncateAfter: ZXID_FAR }],
  ]),
  harmless("truncateAfter below what is committed", (_, entries) => [
    ["an entry below what is committed", { truncateAfter: entries[0]!.zxid }],
    ["the base", { truncateAfter: LOG_START.zxid }],
  ]),
  harmless("committed that goes down", (_, entries) => [["the entry before", { committed: entries[0]!.zxid }]]),
  harmless("committed above the log's end as the batch leaves it", ({ history }, entries) => {
    const append = history.entries(1);
    return [
      ["a zxid above the end", { committed: append[0]!.zxid }],
      ["an entry that the batch removes", { truncateAfter: entries[2]!.zxid, committed: entries[3]!.zxid }],
    ];
  }),
  harmless("a full or delta checkpoint that stands at no position of this log", ({ history }, entries) => {
    const beyond = history.entries(1)[0]!;
    const other = { zxid: entries[2]!.zxid, chainHash: beyond.chainHash };
    return [
      ["a full one beyond the end", { checkpoint: markOf("full", beyond, 0) }],
      ["a delta with another hash", { checkpoint: markOf("delta", other, 0) }],
    ];
  }),
  harmless("a mark that counts other pages than the draft has", (_, entries) => [
    ["a page too many", { checkpoint: markOf("full", entries[1]!, 1) }],
    ["a page too many for a delta", { checkpoint: markOf("delta", entries[1]!, 3) }],
  ]),
  harmless("a digest that is not 1..64 ASCII characters", (_, entries) =>
    ["", "x".repeat(65), "\u00e9"].map((digest) => [
      `the digest ${JSON.stringify(digest)}`,
      { checkpoint: { ...markOf("full", entries[1]!, 0), digest } },
    ]),
  ),
  harmless("a hard state out of range", () => {
    const wrong: Record<string, unknown>[] = [
      { clusterId: "" },
      { clusterId: "x".repeat(65) },
      { clusterId: "a\nb" },
      { clusterId: "\u00e9" },
      { peerId: 0 },
      { peerId: 255 },
      { incarnation: -1 },
      { incarnation: 0.5 },
      { incarnation: 2 ** 53 },
      { acceptedEpoch: 2 ** 21 },
      { currentEpoch: -1 },
    ];
    return wrong.map((part) => [
      `a hard state with ${JSON.stringify(part)}`,
      { hardState: { ...HARD_STATE, ...(part as Partial<HardState>) } },
    ]);
  }),
  harmless("an entry whose tag is not 0..255", ({ history }, entries) =>
    [-1, 256, 0.5].map((tag) => {
      const entry = history.fork(positionOf(entries.at(-1)!)).entry(Uint8Array.of(1), tag);
      return [`the tag ${tag}`, { append: [entry] }];
    }),
  ),
];

const CALL_CASES: readonly LogStorageCase[] = [
  {
    rule: "misuse rejects with AssertionError and changes nothing: a first write without a hard state",
    needs: [],
    run: async (world) => {
      await world.store.open();
      const append = world.history.entries(1);
      await checkRejects(() => world.store.write({ append }), CODES, "a first write without a hard state");
      checkEqual(await world.reopen(), { kind: "blank" }, "the place after it");
    },
  },
  {
    rule: "misuse rejects with AssertionError and changes nothing: truncateAfter between two entries",
    needs: [],
    run: async (world) => {
      const first = await world.begin(2);
      world.history.nextEpoch();
      const second = world.history.entries(1);
      await world.store.write({ append: second });
      const truncateAfter = (first[1]!.zxid + 5) as Zxid;
      await checkRejects(() => world.store.write({ truncateAfter }), CODES, "truncateAfter between two entries");
      await world.reopened();
      await world.checkLog(LOG_START, [...first, ...second], "the log after it");
    },
  },
  {
    rule: "misuse rejects with AssertionError and changes nothing: purge above the checkpoint, or without one",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(4);
      const purge = async (index: number): Promise<unknown> => world.store.purge(entries[index]!.zxid);
      await checkRejects(() => purge(0), CODES, "a purge with no checkpoint");
      await world.checkpoint("full", entries[1]!, pagesOf(1, 1), { committed: entries[3]!.zxid });
      await checkRejects(() => purge(2), CODES, "a purge above the checkpoint");
      await world.checkLog(LOG_START, entries, "the log after it");
    },
  },
  {
    rule: "misuse rejects with AssertionError and changes nothing: a page index outside 0..pageCount",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(1);
      await world.checkpoint("full", entries[0]!, pagesOf(2, 1));
      const reader = (await world.store.openCheckpoint())!;
      for (const first of [-1, 3, 0.5])
        await checkRejects(() => reader.read(first, 1000), CODES, `the page index ${first}`);
      checkEqual(await reader.read(1, 1000), pagesOf(2, 1).slice(1), "the pages after it");
      await reader.close();
    },
  },
  {
    rule: "a write is called when the one before it has settled: one too early is refused, or comes after it",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(1);
      const [one, two] = [world.history.entries(2), world.history.entries(2)];
      const first = world.store.write({ append: one });
      const isTaken = await world.store.write({ append: two }).then(
        () => true,
        (error: { code?: unknown }) => {
          checkEqual(error.code, "ASSERTION", "the code of the refusal");
          return false;
        },
      );
      await first;
      await world.reopened();
      await world.checkLog(LOG_START, [...entries, ...one, ...(isTaken ? two : [])], "the log after it");
    },
  },
];

export const MISUSE: LogStorageGroup = { name: "misuse", cases: [...BATCH_CASES, ...CALL_CASES] };
