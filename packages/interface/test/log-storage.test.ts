import { describe, expect, it } from "vitest";
import {
  CHAIN_HASH_NONE,
  chainHash,
  type CheckpointMark,
  createZxid,
  type Epoch,
  type HardState,
  LOG_LIMITS,
  type LogEntry,
  type LogPosition,
  type LogStorage,
  type PeerId,
  type RecoveredLog,
  type Zxid,
  ZXID_NONE,
} from "../src/index.ts";
import { MemoryLogStorage } from "./memory-log-storage.ts";

const START: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };
const HARD_STATE: HardState = {
  clusterId: "c0ffee",
  peerId: 1 as PeerId,
  incarnation: 0,
  acceptedEpoch: 1 as Epoch,
  currentEpoch: 1 as Epoch,
  isAmnesiac: false,
};

function at(counter: number, epoch = 1): Zxid {
  return createZxid(epoch, counter);
}

/** Entries with one byte each that follow `previous`. */
function entriesAfter(previous: LogPosition, zxids: readonly Zxid[]): LogEntry[] {
  let last = previous.chainHash;
  return zxids.map((zxid, index) => {
    const bytes = Uint8Array.of(index);
    last = chainHash(last, zxid, 0, bytes);
    return { zxid, tag: 0, bytes, chainHash: last };
  });
}

const FIVE = entriesAfter(START, [at(1), at(2), at(3), at(4), at(5)]);
const positionOf = ({ zxid, chainHash: hash }: LogPosition): LogPosition => ({ zxid, chainHash: hash });
const everything = { after: ZXID_NONE, upTo: at(100, 9) };

function mark(kind: CheckpointMark["kind"], position: LogPosition, pageCount: number): CheckpointMark {
  return { kind, ...positionOf(position), digest: "0123456789abcdef", pageCount };
}

async function openWithFive(): Promise<LogStorage> {
  const storage = new MemoryLogStorage();
  await storage.open();
  await storage.write({ hardState: HARD_STATE, append: FIVE, committed: at(3) });
  return storage;
}

async function reopen(storage: LogStorage): Promise<Extract<RecoveredLog, { kind: "open" }>> {
  await storage.close();
  const recovered = await storage.open();
  if (recovered.kind !== "open") throw new Error("the store should not be blank");
  return recovered;
}

async function zxidsOf(storage: LogStorage): Promise<Zxid[]> {
  const { base } = await reopen(storage);
  const reading = await storage.read({ ...everything, after: base.zxid }, LOG_LIMITS.batchSizeMaxBytes);
  return reading.kind === "entries" ? reading.entries.map((entry) => entry.zxid) : [];
}

/** That the seam can be implemented, and says enough to write these down without looking at an implementation. */
describe("a log storage", () => {
  it("is blank until the first write, which says whose it is", async () => {
    const storage: LogStorage = new MemoryLogStorage();
    await expect(storage.write({})).rejects.toMatchObject({ code: "STORE_CLOSED" });
    expect(await storage.open()).toEqual({ kind: "blank" });
    await expect(storage.open()).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await expect(storage.write({ append: FIVE })).rejects.toMatchObject({ code: "ASSERTION" });
    await storage.close();
    expect(await storage.open()).toEqual({ kind: "blank" });
    await storage.write({ hardState: HARD_STATE, notes: Uint8Array.of(1), append: FIVE, committed: at(3) });
    expect(await reopen(storage)).toEqual({
      kind: "open",
      hardState: HARD_STATE,
      notes: Uint8Array.of(1),
      base: START,
      last: FIVE[4],
      epochEnds: [positionOf(FIVE[4]!)],
      committed: at(3),
      checkpoint: null,
      faults: [],
      droppedTailCount: 0,
    });
  });

  it("reads a range by size, at least one entry at a time", async () => {
    const storage = await openWithFive();
    expect(await storage.read({ after: at(1), upTo: at(4) }, 2)).toEqual({
      kind: "entries",
      entries: FIVE.slice(1, 3),
    });
    expect(await storage.read({ after: at(3), upTo: at(9) }, 0)).toEqual({ kind: "entries", entries: [FIVE[3]] });
    expect(await storage.read({ after: at(5), upTo: at(9) }, 9)).toEqual({ kind: "entries", entries: [] });
  });

  it("truncates and appends in one batch, and refuses a batch as a whole", async () => {
    const storage = await openWithFive();
    const newer = entriesAfter(FIVE[2]!, [at(1, 2), at(2, 2)]);
    await storage.write({ truncateAfter: at(3), append: newer, committed: at(1, 2) });
    expect(await zxidsOf(storage)).toEqual([at(1), at(2), at(3), at(1, 2), at(2, 2)]);
    const hole = entriesAfter(FIVE[2]!, [at(3, 2)]);
    for (const batch of [
      { truncateAfter: at(3) },
      { truncateAfter: at(9, 2) },
      { append: hole },
      { committed: at(1) },
      { hardState: { ...HARD_STATE, incarnation: 7 }, committed: at(9, 2) },
    ]) {
      await expect(storage.write(batch)).rejects.toMatchObject({ code: "ASSERTION" });
    }
    expect(await reopen(storage)).toMatchObject({ hardState: HARD_STATE, last: newer[1], committed: at(1, 2) });
  });

  it("says where each epoch ends in the log", async () => {
    const storage = new MemoryLogStorage();
    const entries = entriesAfter(START, [at(1, 0), at(1), at(2), at(7, 3), at(8, 3), at(1, 4)]);
    await storage.open();
    await storage.write({ hardState: HARD_STATE });
    expect(await reopen(storage)).toMatchObject({ last: START, epochEnds: [] });
    await storage.write({ append: entries, committed: at(2) });
    const ends = [entries[0]!, entries[2]!, entries[4]!, entries[5]!].map(positionOf);
    expect((await reopen(storage)).epochEnds).toEqual(ends);
    await storage.addPages([Uint8Array.of(1)]);
    await storage.write({ truncateAfter: at(7, 3), checkpoint: mark("full", entries[2]!, 1) });
    await storage.purge(at(2));
    expect((await reopen(storage)).epochEnds).toEqual([positionOf(entries[3]!)]);
  });

  it("keeps a checkpoint once it is marked, adds deltas to it, and purges up to it", async () => {
    const storage = await openWithFive();
    await storage.addPages([Uint8Array.of(1, 1), Uint8Array.of(2)]);
    expect(await storage.openCheckpoint()).toBeNull();
    await storage.write({ checkpoint: mark("full", FIVE[1]!, 2) });
    await storage.addPages([Uint8Array.of(9)]);
    await storage.dropPages();
    await storage.addPages([Uint8Array.of(3)]);
    const before = await storage.openCheckpoint();
    await storage.write({ checkpoint: mark("delta", FIVE[2]!, 1) });
    expect(await before?.read(0, 100)).toHaveLength(2);
    await before?.close();
    const reader = await storage.openCheckpoint();
    expect(reader?.checkpoint).toEqual({
      ...positionOf(FIVE[2]!),
      digest: "0123456789abcdef",
      pageCount: 3,
      baseSizeBytes: 3,
      deltasSizeBytes: 1,
    });
    expect(await reader?.read(1, 100)).toEqual([Uint8Array.of(2), Uint8Array.of(3)]);
    expect(await reader?.read(3, 100)).toEqual([]);
    await expect(storage.purge(at(4))).rejects.toMatchObject({ code: "ASSERTION" });
    expect(positionOf(await storage.purge(at(3)))).toEqual(positionOf(FIVE[2]!));
    expect(await storage.read(everything, 100)).toMatchObject({ kind: "purged", base: positionOf(FIVE[2]!) });
    expect(await zxidsOf(storage)).toEqual([at(4), at(5)]);
  });

  it("starts the log anew at an incoming checkpoint, wherever that is", async () => {
    const storage = await openWithFive();
    await storage.addPages([Uint8Array.of(1)]);
    const forgetful = { ...HARD_STATE, isAmnesiac: true };
    const inside = positionOf(FIVE[1]!);
    await storage.write({ hardState: forgetful, checkpoint: mark("incoming", inside, 1) });
    expect(await reopen(storage)).toMatchObject({
      hardState: forgetful,
      base: inside,
      last: inside,
      epochEnds: [],
      committed: at(2),
    });
    expect(await zxidsOf(storage)).toEqual([]);

    const elsewhere: LogPosition = { ...positionOf(FIVE[4]!), zxid: at(8, 2) };
    const next = entriesAfter(elsewhere, [at(9, 2)]);
    const promoted = { ...HARD_STATE, acceptedEpoch: 2 as Epoch, currentEpoch: 2 as Epoch };
    await storage.addPages([Uint8Array.of(1), Uint8Array.of(2)]);
    await expect(storage.write({ checkpoint: mark("full", elsewhere, 2) })).rejects.toMatchObject({
      code: "ASSERTION",
    });
    await storage.write({ hardState: promoted, checkpoint: mark("incoming", elsewhere, 2), append: next });
    const recovered = await reopen(storage);
    expect(recovered).toMatchObject({ hardState: promoted, base: elsewhere, last: next[0], committed: at(8, 2) });
    expect(recovered.checkpoint).toMatchObject({ ...elsewhere, pageCount: 2 });
  });
});
