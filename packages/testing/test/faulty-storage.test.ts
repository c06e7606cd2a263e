import { CHAIN_HASH_NONE, type HardState, type LogBatch, type PeerId, type Epoch } from "@coterie/interface";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { type LogStorageFixture, testLogStorage } from "@coterie/compliance";
import { describe, expect, it } from "vitest";
import { createFaultyStorage, type FaultyStorage } from "../src/index.ts";

const hardState: HardState = {
  clusterId: "cluster",
  peerId: 1 as PeerId,
  incarnation: 1,
  acceptedEpoch: 0 as Epoch,
  currentEpoch: 0 as Epoch,
  isAmnesiac: false,
};
const BATCH: LogBatch = { hardState };

async function open(): Promise<FaultyStorage> {
  const storage = createFaultyStorage(createMemoryLevelStorage());
  await storage.open();
  return storage;
}

const fixture: LogStorageFixture<FaultyStorage> = {
  supports: { durable: false },
  createPlace: async () => createFaultyStorage(createMemoryLevelStorage()),
  createStore: (storage) => storage,
  removePlace: async () => undefined,
};

describe("a faulty storage without faults", () => testLogStorage({ describe, it }, fixture));

describe("a faulty storage", () => {
  it.each(["STORE_FAILED", "STORE_FULL"] as const)(
    "fails one write with %s, and everything until it is opened again",
    async (code) => {
      const storage = await open();
      storage.failNextWrite(code);
      await expect(storage.write(BATCH)).rejects.toMatchObject({ code });
      await expect(storage.write(BATCH)).rejects.toMatchObject({ code: "STORE_FAILED", cause: { code } });
      const range = { after: 0, upTo: 0 } as Parameters<FaultyStorage["read"]>[0];
      for (const call of [
        storage.read(range, 1),
        storage.openCheckpoint(),
        storage.dropPages(),
        storage.addPages([]),
      ]) {
        await expect(call).rejects.toMatchObject({ code: "STORE_FAILED" });
      }
      await storage.close();
      expect(await storage.open()).toEqual({ kind: "blank" });
      await storage.write(BATCH);
      await storage.close();
      expect(await storage.open()).toMatchObject({ kind: "open", base: { chainHash: CHAIN_HASH_NONE } });
    },
  );

  it("keeps writes waiting until it is told to go on", async () => {
    const storage = await open();
    storage.stallWrites();
    let isWritten = false;
    const write = storage.write(BATCH).then(() => (isWritten = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isWritten).toBe(false);
    storage.resumeWrites();
    await write;
    await storage.close();
  });

  it("loses a write that waits when it is closed", async () => {
    const storage = await open();
    storage.stallWrites();
    const lost = storage.write(BATCH).catch((error: unknown) => error);
    await storage.close();
    expect(await lost).toMatchObject({ code: "STORE_FAILED" });
    expect(await storage.open()).toEqual({ kind: "blank" });
  });
});
