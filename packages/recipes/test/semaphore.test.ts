import { describe, expect, it } from "vitest";
import { createSemaphore } from "../src/index.ts";
import { FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/limits/workers";

describe("a semaphore", () => {
  it("gives so many leases, first come, first served", async () => {
    const world = new World();
    const applications = await Promise.all(Array.from({ length: 4 }, () => world.open()));
    const asked = applications.map(({ session }) => watched(createSemaphore(session, PATH, { leases: 2 }).acquire()));
    await world.settle();
    expect(asked.map(({ isOver }) => isOver)).toEqual([true, true, false, false]);
    await asked[1]!.value!.release();
    await world.settle();
    expect(asked.map(({ isOver }) => isOver)).toEqual([true, true, true, false]);
    await applications[0]!.session.close();
    await world.settle();
    expect(asked[3]!.isOver).toBe(true);
  });

  it("says who holds a lease, and tries without waiting", async () => {
    const world = new World();
    const { session } = await world.open();
    const semaphore = createSemaphore(session, PATH, { leases: 1, data: "host-1" });
    expect(await semaphore.holders()).toEqual([]);
    const hold = await semaphore.tryAcquire();
    expect(await semaphore.tryAcquire()).toBeNull();
    expect(await semaphore.holders()).toMatchObject([{ data: "host-1", path: hold!.path, token: hold!.token }]);
    await hold!.release();
    const again = await semaphore.tryAcquire();
    expect(again!.token).toBeGreaterThan(hold!.token);
  });

  it("leaves nothing behind where a wait is given up", async () => {
    const world = new World();
    const { session } = await world.open();
    const semaphore = createSemaphore(session, PATH, { leases: 1 });
    const hold = await semaphore.acquire();
    const inside = watched(semaphore.acquire({ deadlineMs: 100 }));
    const outside = watched(semaphore.acquire({ deadlineMs: 100 }));
    await world.settle();
    expect([world.names(`${PATH}/leases`).length, world.names(`${PATH}/locks`).length]).toEqual([2, 2]);
    world.clock.advance(100);
    await world.settle();
    expect([inside.error, outside.error]).toMatchObject([{ code: "OPERATION_TIMEOUT" }, { code: "OPERATION_TIMEOUT" }]);
    await hold.release();
    expect([world.names(`${PATH}/leases`), world.names(`${PATH}/locks`)]).toEqual([[], []]);
  });

  it("refuses a number of leases that is none", async () => {
    const world = new World();
    const { session } = await world.open();
    for (const leases of [0, 1.5, Number.NaN]) {
      expect(() => createSemaphore(session, PATH, { leases })).toThrow(/leases is an integer from 1 on/);
    }
  });
});

/** One takes a lease while one request goes wrong; another waits behind it. */
async function shareWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  one.channel.plan = { at, fault };
  const mine = watched(createSemaphore(one.session, PATH, { leases: 1 }).acquire());
  await world.settle();
  const theirs = watched(createSemaphore(other.session, PATH, { leases: 1 }).acquire());
  await world.settle();
  const isMine = mine.value !== undefined && !mine.value.signal.aborted;
  expect([mine.isOver, isMine, theirs.isOver]).toEqual([true, isMine, !isMine]);
  await mine.value?.release();
  await world.settle();
  await theirs.value!.release();
  await world.settle();
  expect([world.names(`${PATH}/leases`), world.names(`${PATH}/locks`)]).toEqual([[], []]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a semaphore one of whose requests is %s", (fault) => {
  it("gives no lease too many, and loses none", async () => {
    let at = 1;
    while (await shareWithFault(at, fault)) at += 1;
    expect(at).toBeGreaterThan(10);
  });
});
