import { describe, expect, it } from "vitest";
import { createSemaphore } from "../src/index.ts";
import { FAULTS } from "./support/faulty-channel.ts";
import { type Application, watched, World } from "./support/world.ts";

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
      expect(() => createSemaphore(session, PATH, { leases })).toThrow(/leases must be an integer in 1\.\./);
    }
  });
});

/** Somebody deletes what is there of a semaphore's door. */
async function breakDoor(world: World, { session }: Application): Promise<void> {
  for (const name of world.names(`${PATH}/locks`)) await session.delete(`${PATH}/locks/${name}`);
}

describe("a semaphore whose door was broken", () => {
  it("gives its only lease to one, where another one tries meanwhile", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    one.channel.holdsBack = (body) => "path" in body && body.path.includes("-lease-");
    const tries = watched(createSemaphore(one.session, PATH, { leases: 1 }).tryAcquire());
    await world.settle();
    expect(one.channel.heldBackCount).toBe(1);
    await breakDoor(world, other);
    const hold = await createSemaphore(other.session, PATH, { leases: 1 }).acquire();
    one.channel.letGo();
    await world.settle();
    expect([tries.isOver, tries.value, hold.signal.aborted]).toEqual([true, null, false]);
    expect(world.names(`${PATH}/leases`)).toHaveLength(1);
  });

  it("lets those go on who wait inside, one after the other", async () => {
    const world = new World();
    const [holder, one, other] = [await world.open(), await world.open(), await world.open()];
    const hold = await createSemaphore(holder.session, PATH, { leases: 1 }).acquire();
    const first = watched(createSemaphore(one.session, PATH, { leases: 1 }).acquire());
    await world.settle();
    await breakDoor(world, holder);
    const second = watched(createSemaphore(other.session, PATH, { leases: 1 }).acquire());
    await world.settle();
    expect(world.names(`${PATH}/leases`)).toHaveLength(3);
    await hold.release();
    await world.settle();
    expect([first.isOver, second.isOver]).toEqual([true, false]);
    await first.value!.release();
    await world.settle();
    expect(second.isOver).toBe(true);
  });
});

describe("a semaphore whose door nobody may shut", () => {
  it.each(["acquire", "tryAcquire"] as const)("gives back the lease that %s has taken", async (call) => {
    const world = new World();
    const { session } = await world.open();
    const acl = [{ scheme: "world", id: "anyone", permissions: ["read", "write", "create", "admin"] }] as const;
    await session.create(`${PATH}/locks`, null, { parents: true });
    await session.setAcl(`${PATH}/locks`, acl);
    await expect(createSemaphore(session, PATH, { leases: 1 })[call]()).rejects.toMatchObject({ code: "NO_AUTH" });
    await world.settle();
    expect(world.names(`${PATH}/leases`)).toEqual([]);
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

/** One tries while one request goes wrong; another one tries behind it. */
async function tryWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  one.channel.plan = { at, fault };
  const mine = watched(createSemaphore(one.session, PATH, { leases: 1 }).tryAcquire());
  await world.settle();
  const isMine = mine.value !== undefined && mine.value !== null && !mine.value.signal.aborted;
  const theirs = await createSemaphore(other.session, PATH, { leases: 1 }).tryAcquire();
  expect([mine.isOver, theirs === null]).toEqual([true, isMine]);
  await Promise.all([mine.value?.release(), theirs?.release()]);
  await world.settle();
  expect([world.names(`${PATH}/leases`), world.names(`${PATH}/locks`)]).toEqual([[], []]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a semaphore that is tried, one of whose requests is %s", (fault) => {
  it("gives no lease too many, and loses none", async () => {
    let at = 1;
    while (await tryWithFault(at, fault)) at += 1;
    expect(at).toBeGreaterThan(8);
  });
});
