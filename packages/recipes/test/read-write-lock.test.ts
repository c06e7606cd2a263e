import { describe, expect, it } from "vitest";
import { createReadWriteLock } from "../src/index.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/locks/table";

describe("a read-write lock", () => {
  it("lets readers in together, and a writer alone, in the order in which they have come", async () => {
    const world = new World();
    const applications = [await world.open(), await world.open(), await world.open(), await world.open()];
    const [reader, other, writer, late] = applications.map(({ session }) => createReadWriteLock(session, PATH));
    const reads = [await reader!.read.acquire(), await other!.read.acquire()];
    const write = watched(writer!.write.acquire());
    await world.settle();
    // It has come behind a writer that waits, and would keep it waiting for ever otherwise.
    const lateRead = watched(late!.read.acquire());
    await world.settle();
    await reads[0]!.release();
    await world.settle();
    expect([write.isOver, lateRead.isOver]).toEqual([false, false]);
    await reads[1]!.release();
    await world.settle();
    expect([write.isOver, lateRead.isOver]).toEqual([true, false]);
    await write.value!.release();
    await world.settle();
    expect(lateRead.isOver).toBe(true);
    await lateRead.value!.release();
    expect(world.names(PATH)).toEqual([]);
  });

  it("tries without waiting", async () => {
    const world = new World();
    const { session } = await world.open();
    const lock = createReadWriteLock(session, PATH);
    const read = await lock.read.acquire();
    expect(await lock.write.tryAcquire()).toBeNull();
    const again = await lock.read.tryAcquire();
    expect(again).not.toBeNull();
    await Promise.all([read.release(), again!.release()]);
    const write = await lock.write.tryAcquire();
    expect(write).not.toBeNull();
    expect(await lock.read.tryAcquire()).toBeNull();
    await write!.release();
    expect(world.names(PATH)).toEqual([]);
  });
});
