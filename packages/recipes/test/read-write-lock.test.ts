import { describe, expect, it } from "vitest";
import { createReadWriteLock } from "../src/index.ts";
import { FAULTS } from "./support/faulty-channel.ts";
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

  it("takes another place when its own, or the whole queue, is deleted (LK-08)", async () => {
    const world = new World();
    const [one, other, third] = [await world.open(), await world.open(), await world.open()];
    const write = await createReadWriteLock(one.session, PATH).write.acquire();
    const read = watched(createReadWriteLock(other.session, PATH).read.acquire());
    await world.settle();
    const name = world.names(PATH).find((each) => each.includes("READ"))!;
    await third.session.delete(`${PATH}/${name}`);
    await write.release();
    await world.settle();
    expect(read.value!.path).not.toBe(`${PATH}/${name}`);
    const waits = watched(createReadWriteLock(one.session, PATH).write.acquire());
    await world.settle();
    for (const each of world.names(PATH)) await third.session.delete(`${PATH}/${each}`);
    await third.session.delete(PATH);
    await world.settle();
    expect([read.value!.signal.aborted, waits.isOver]).toEqual([true, true]);
    expect(waits.value!.signal.aborted).toBe(false);
  });
});

/** A reader, or a writer, behind a writer: contends, holds and releases while one request goes wrong. */
async function contendWithFault(side: "read" | "write", at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [holder, one, other] = [await world.open(), await world.open(), await world.open()];
  const held = await createReadWriteLock(holder.session, PATH).write.acquire();
  one.channel.plan = { at, fault };
  const mine = watched(createReadWriteLock(one.session, PATH)[side].acquire());
  await world.settle();
  const theirs = watched(createReadWriteLock(other.session, PATH).write.acquire());
  await world.settle();
  await held.release();
  await world.settle();
  const isMine = mine.value !== undefined && !mine.value.signal.aborted;
  expect([mine.isOver, isMine, theirs.isOver]).toEqual([true, isMine, !isMine]);
  await mine.value?.release();
  await world.settle();
  expect(theirs.value?.signal.aborted).toBe(false);
  await theirs.value?.release();
  await world.settle();
  expect(world.names(PATH)).toEqual([]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a reader and a writer one of whose requests is %s", (fault) => {
  it.each(["read", "write"] as const)("exclude a writer, and leave nothing behind: %s", async (side) => {
    let at = 1;
    while (await contendWithFault(side, at, fault)) at += 1;
    expect(at).toBeGreaterThan(6);
  });
});
