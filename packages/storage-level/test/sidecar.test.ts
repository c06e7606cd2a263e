import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Epoch, LogPosition } from "@coterie/interface";
import {
  createFileSidecar,
  createLevelStorage,
  NODE_FILES,
  type SidecarContent,
  type SidecarFiles,
} from "@coterie/storage-level";
import { decodeSlot, encodeSlot, SLOT_BYTES } from "../src/sidecar/slots.ts";
import { entries, HARD_STATE, positionOf, START } from "./support/log.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { createMedium, type Medium } from "./support/memory-store.ts";

function standing(stateNumber: number): SidecarContent {
  const watermark = { zxid: 77, chainHash: -5 } as unknown as LogPosition;
  return { kind: "standing", state: { hardState: HARD_STATE, watermark, stateNumber } };
}

/** A file in memory; a write may be torn after some bytes. */
class MemoryFiles implements SidecarFiles {
  file: Buffer | null = null;
  tearAfterBytes: number | null = null;

  async read(_: string, sizeMaxBytes: number): Promise<Uint8Array | null> {
    return this.file?.subarray(0, sizeMaxBytes) ?? null;
  }

  async create(_: string, bytes: Uint8Array): Promise<void> {
    if (this.file !== null) throw Object.assign(new Error("exists"), { code: "EEXIST" });
    this.file = Buffer.from(bytes);
  }

  async open(): ReturnType<SidecarFiles["open"]> {
    return {
      write: async (bytes, at) => {
        this.file!.set(bytes.subarray(0, this.tearAfterBytes ?? bytes.length), at);
        if (this.tearAfterBytes !== null) throw new Error("the power is gone");
      },
      close: async () => undefined,
    };
  }
}

describe("a sidecar in a file", () => {
  test("gives back what was written last, after each of many writes", async () => {
    const files = new MemoryFiles();
    const sidecar = createFileSidecar({ path: "sidecar", files });
    expect(await sidecar.read()).toEqual({ kind: "missing" });
    await sidecar.create({ kind: "creating" });
    for (let number = 1; number <= 5; number++) {
      await sidecar.write(standing(number));
      expect(await createFileSidecar({ path: "sidecar", files }).read()).toEqual(standing(number));
    }
  });

  test("reads no more of a file than its slots, however long somebody has made it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sidecar-"));
    const path = join(folder, "sidecar");
    const sidecar = createFileSidecar({ path });
    await sidecar.create({ kind: "creating" });
    await sidecar.write(standing(1));
    await sidecar.close();
    await truncate(path, 2 ** 40).catch(async () => truncate(path, 2 ** 30));
    expect(await NODE_FILES.read(path, 100)).toHaveLength(100);
    expect(await createFileSidecar({ path }).read()).toEqual(standing(1));
    await truncate(path, 50);
    expect(await NODE_FILES.read(path, 100)).toHaveLength(50);
    await rm(folder, { recursive: true });
  });

  test.each([0, 1, 20, 60, 100, 511, 512, 4095])(
    "a write that is torn after %d bytes leaves the last one",
    async (bytes) => {
      const files = new MemoryFiles();
      const sidecar = createFileSidecar({ path: "sidecar", files });
      await sidecar.create({ kind: "creating" });
      await sidecar.write(standing(1));
      await sidecar.write(standing(2));
      files.tearAfterBytes = bytes;
      await expect(sidecar.write(standing(3))).rejects.toThrow("power");
      const found = await createFileSidecar({ path: "sidecar", files }).read();
      // Zeros fill a slot, so most of it can be torn off without a loss.
      expect([standing(2), standing(3)]).toContainEqual(found);
      if (bytes < 60) expect(found).toEqual(standing(2));
    },
  );

  test("one bad slot leaves the other, older or newer; two are damage", async () => {
    const files = new MemoryFiles();
    const sidecar = createFileSidecar({ path: "sidecar", files });
    await sidecar.create(standing(1));
    await sidecar.write(standing(2));
    const sound = Buffer.from(files.file!);
    files.file![10]! ^= 1;
    expect(await sidecar.read()).toEqual(standing(2));
    files.file!.set(sound);
    files.file![SLOT_BYTES + 10]! ^= 1;
    expect(await sidecar.read()).toEqual(standing(1));
    files.file![10]! ^= 1;
    expect(await sidecar.read()).toEqual({ kind: "damaged" });
    await sidecar.write(standing(3));
    expect(await createFileSidecar({ path: "sidecar", files }).read()).toEqual(standing(3));
  });

  test("is not created over another one, and made anew where it is missing", async () => {
    const files = new MemoryFiles();
    await createFileSidecar({ path: "sidecar", files }).create(standing(1));
    const other = createFileSidecar({ path: "sidecar", files });
    await expect(other.create(standing(2))).rejects.toMatchObject({ code: "STORE_LOCKED" });
    files.file = null;
    await createFileSidecar({ path: "sidecar", files }).write(standing(3));
    expect(await other.read()).toEqual(standing(3));
  });

  test("a slot of another format is named, whatever the other slot says", async () => {
    const files = new MemoryFiles();
    const slot = encodeSlot({ number: 9, content: standing(1) });
    expect(decodeSlot(slot)).toEqual({ number: 9, content: standing(1) });
    expect(decodeSlot(encodeSlot({ number: 9, content: standing(1) }, 2))).toEqual({ number: 9, content: standing(1) });
    const { crc32 } = await import("node:zlib");
    const sizeBytes = slot.readUInt16LE(0);
    slot.writeUInt16LE(3, 2 + "COTERIE-SIDECAR".length);
    slot.writeUInt32LE(crc32(slot.subarray(0, 2 + sizeBytes)), 2 + sizeBytes);
    files.file = Buffer.concat([encodeSlot({ number: 8, content: standing(1) }), slot]);
    expect(await createFileSidecar({ path: "sidecar", files }).read()).toEqual({ kind: "unknown", format: 3 });
  });
});

async function begin(): Promise<{
  readonly medium: Medium;
  readonly clock: ManualClock;
  readonly store: ReturnType<typeof createLevelStorage>;
}> {
  const medium = createMedium();
  const clock = new ManualClock();
  const store = createLevelStorage({ ...medium, durable: true, clock });
  await store.open();
  await store.write({ hardState: HARD_STATE });
  return { medium, clock, store };
}

function watermarkOf({ sidecar }: Medium): LogPosition {
  if (sidecar.content.kind !== "standing") throw new Error("it stands");
  return sidecar.content.state.watermark;
}

describe("the second copy", () => {
  test("follows the log off the way of a write, at most 100 ms behind, and at a clean close", async () => {
    const { medium, clock, store } = await begin();
    const log = entries(START, 1, 1, 4);
    await store.write({ append: log.slice(0, 2) });
    expect(watermarkOf(medium)).toEqual(START);
    clock.advance(100);
    await store.read({ after: START.zxid, upTo: log[3]!.zxid }, 1000);
    expect(watermarkOf(medium)).toEqual(positionOf(log[1]!));
    await store.write({ append: log.slice(2) });
    await store.close();
    expect(watermarkOf(medium)).toEqual(positionOf(log[3]!));
  });

  test("holds a promise before its write resolves, and after the database has it", async () => {
    const { medium, store } = await begin();
    const acceptedEpoch = 9 as Epoch;
    const { database } = medium.place;
    const before = [...(await database!.get(Buffer.from("state")))!];
    let isFirst: boolean | null = null;
    medium.sidecar.onWrite = () => {
      isFirst = Buffer.compare(database!.getSync(Buffer.from("state"))!, Buffer.from(before)) !== 0;
    };
    await store.write({ hardState: { ...HARD_STATE, acceptedEpoch } });
    expect(isFirst).toBe(true);
    expect(medium.sidecar.content).toMatchObject({ state: { hardState: { acceptedEpoch } } });
    await store.close();
  });

  test("is lowered before the log is cut off, and not raised again by what was under way", async () => {
    const { medium, clock, store } = await begin();
    const log = entries(START, 1, 1, 6);
    await store.write({ append: log });
    clock.advance(100);
    await store.read({ after: START.zxid, upTo: log[3]!.zxid }, 1000);
    expect(watermarkOf(medium)).toEqual(positionOf(log[5]!));
    const { database } = medium.place;
    const keysBefore = (await database!.keys().all()).length;
    const lowered: { readonly at: LogPosition; readonly isCut: boolean }[] = [];
    medium.sidecar.write = async (content) => {
      if (content.kind === "standing") {
        const isCut = (await database!.keys().all()).length !== keysBefore;
        const state = (await database!.get(Buffer.from("state")))!;
        lowered.push({ at: content.state.watermark, isCut: isCut || state.length === 0 });
      }
      medium.sidecar.content = content;
    };
    await store.write({ truncateAfter: log[2]!.zxid, append: entries(log[2]!, 2, 1, 1) });
    expect(lowered[0]).toEqual({ at: positionOf(log[2]!), isCut: false });
    await store.close();
    expect(watermarkOf(medium).zxid).toBeGreaterThan(log[5]!.zxid);
  });

  test("amnesia that was found stands there before a lower watermark could hide it", async () => {
    const { medium, store } = await begin();
    const log = entries(START, 1, 1, 6);
    await store.write({ append: log.slice(0, 3) });
    await store.write({ append: log.slice(3) });
    await store.close();
    await medium.place.database!.open();
    const keys = await medium.place.database!.keys({ gte: Buffer.from("l"), lt: Buffer.from("m") }).all();
    await medium.place.database!.del(keys.at(-1)!);
    await medium.place.database!.close();
    const again = createLevelStorage({ ...medium, durable: true });
    expect(await again.open()).toMatchObject({ hardState: { isAmnesiac: true } });
    await again.write({ truncateAfter: log[1]!.zxid });
    const first = medium.sidecar.written.at(-2);
    expect(first).toMatchObject({ state: { hardState: { isAmnesiac: true }, watermark: positionOf(log[1]!) } });
    await again.close();
  });

  test("that fails off the way of a write poisons the store, and is not tried again", async () => {
    const { medium, clock, store } = await begin();
    await store.write({ append: entries(START, 1, 1, 1) });
    medium.sidecar.failure = Object.assign(new Error("input/output error"), { code: "EIO" });
    let tries = 0;
    medium.sidecar.onWrite = () => tries++;
    clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(store.write({ notes: new Uint8Array(0) })).rejects.toMatchObject({ code: "STORE_FAILED" });
    await store.close();
    expect(tries).toBe(1);
  });

  test("that fails while a promise is written makes the outcome unknown", async () => {
    const { medium, store } = await begin();
    medium.sidecar.failure = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    await expect(store.write({ hardState: HARD_STATE })).rejects.toMatchObject({ code: "STORE_FULL" });
    await expect(store.read({ after: START.zxid, upTo: START.zxid }, 1)).rejects.toMatchObject({
      code: "STORE_FAILED",
    });
    await store.close();
  });
});
