import type { LogEntry, LogReading, Zxid } from "@coterie/interface";
import { check, checkEqual } from "../../runner/check.ts";
import { LOG_START, pagesOf, positionOf, ZXID_FAR } from "../history.ts";
import { type LogStorageCase, type LogStorageGroup, type LogWorld, SIZE_MAX_BYTES } from "../world.ts";

/** Ten entries of ten bytes, in batches of three, five and two. */
async function beginWithTen(world: LogWorld): Promise<LogEntry[]> {
  const entries = Array.from({ length: 10 }, (_, index) => world.history.entry(new Uint8Array(10).fill(index)));
  await world.begin(0, { append: entries.slice(0, 3) });
  await world.store.write({ append: entries.slice(3, 8) });
  await world.store.write({ append: entries.slice(8) });
  return entries;
}

const CASES: readonly LogStorageCase[] = [
  {
    rule: "read gives the entries above `after`, up to and including `upTo`, in zxid order",
    needs: [],
    run: async (world) => {
      const entries = await beginWithTen(world);
      for (let first = 0; first < 10; first++) {
        for (let end = first; end <= 10; end++) {
          const after = first === 0 ? LOG_START.zxid : entries[first - 1]!.zxid;
          const upTo = end === 0 ? LOG_START.zxid : entries[end - 1]!.zxid;
          const reading = await world.store.read({ after, upTo }, SIZE_MAX_BYTES);
          checkEqual(reading, { kind: "entries", entries: entries.slice(first, end) }, `entries ${first} to ${end}`);
        }
      }
    },
  },
  {
    rule: "neither end of a range need be an entry",
    needs: [],
    run: async (world) => {
      const first = await world.begin(2);
      world.history.nextEpoch();
      const second = world.history.entries(2);
      await world.store.write({ append: second });
      const between = (first[1]!.zxid + 10) as Zxid;
      const read = async (after: Zxid, upTo: Zxid): Promise<LogReading> => world.store.read({ after, upTo }, 1000);
      checkEqual(await read(between, ZXID_FAR), { kind: "entries", entries: second }, "from between two entries on");
      checkEqual(await read(LOG_START.zxid, between), { kind: "entries", entries: first }, "up to between two entries");
      checkEqual(await read(between, (between + 5) as Zxid), { kind: "entries", entries: [] }, "between two entries");
      checkEqual(await read(second[1]!.zxid, ZXID_FAR), { kind: "entries", entries: [] }, "behind the end");
    },
  },
  {
    rule: "read gives as many entries as fit into sizeMaxBytes, and at least one",
    needs: [],
    run: async (world) => {
      const entries = await beginWithTen(world);
      const sizes = [0, 1, 9, 10, 19, 20, 35, 70, 99, 100];
      for (const sizeMaxBytes of sizes) {
        const count = Math.max(1, Math.floor(sizeMaxBytes / 10));
        const reading = await world.store.read({ after: LOG_START.zxid, upTo: ZXID_FAR }, sizeMaxBytes);
        checkEqual(reading, { kind: "entries", entries: entries.slice(0, count) }, `entries in ${sizeMaxBytes} bytes`);
      }
      const inside = await world.store.read({ after: entries[4]!.zxid, upTo: entries[8]!.zxid }, 25);
      checkEqual(inside, { kind: "entries", entries: entries.slice(5, 7) }, "entries in 25 bytes, from inside a batch");
    },
  },
  {
    rule: "a reading goes on where the one before it ended",
    needs: [],
    run: async (world) => {
      const entries = await beginWithTen(world);
      const found: LogEntry[] = [];
      let after: Zxid = LOG_START.zxid;
      for (let rounds = 0; rounds < 11; rounds++) {
        const reading = await world.store.read({ after, upTo: ZXID_FAR }, 30);
        check(reading.kind === "entries", "a sound log is read as entries");
        if (reading.entries.length === 0) break;
        found.push(...reading.entries);
        after = reading.entries.at(-1)!.zxid;
      }
      checkEqual(found, entries, "all entries, piece by piece");
    },
  },
  {
    rule: "what read gives was there, whole, at one moment: beside a truncation",
    needs: [],
    run: async (world) => {
      const entries = await world.begin(2);
      const old = world.history.entries(4);
      await world.writeEach(old);
      const append = world.history.fork(positionOf(entries[1]!)).entries(4);
      const range = { after: LOG_START.zxid, upTo: ZXID_FAR };
      const before = world.store.read(range, SIZE_MAX_BYTES);
      const writing = world.store.write({ truncateAfter: entries[1]!.zxid, append });
      const [first, second] = await Promise.all([before, world.store.read(range, SIZE_MAX_BYTES), writing]);
      for (const reading of [first, second]) {
        check(reading.kind === "entries", "a sound log is read as entries");
        const isNew = reading.entries.some(({ zxid }) => zxid === append[0]!.zxid);
        checkEqual(reading.entries, [...entries, ...(isNew ? append : old)], "a reading beside a truncation");
      }
      await world.checkLog(LOG_START, [...entries, ...append], "a reading after the truncation");
    },
  },
  {
    rule: "what read gives was there, whole, at one moment: beside a purge (ST-27)",
    needs: [],
    run: async (world) => {
      const entries = await beginWithTen(world);
      await world.checkpoint("full", entries[7]!, pagesOf(1, 1), { committed: entries[7]!.zxid });
      const range = { after: LOG_START.zxid, upTo: ZXID_FAR };
      const before = world.store.read(range, SIZE_MAX_BYTES);
      const purging = world.store.purge(entries[7]!.zxid);
      const beside = world.store.read(range, SIZE_MAX_BYTES);
      const [first, reading, base] = await Promise.all([before, beside, purging]);
      checkEqual(first, { kind: "entries", entries }, "a reading that had begun before the purge");
      if (reading.kind === "purged") checkEqual(reading.base, base, "the base that a reading beside a purge names");
      else checkEqual(reading, { kind: "entries", entries }, "a reading beside a purge");
    },
  },
];

export const READING: LogStorageGroup = { name: "read", cases: CASES };
