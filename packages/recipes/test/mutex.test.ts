import { CoterieError } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { createMutex } from "../src/index.ts";
import { FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/locks/report";

describe("a mutex", () => {
  it("is held by one at a time, first come, first served", async () => {
    const world = new World();
    const all = [await world.open(), await world.open(), await world.open()];
    const [first, second, third] = all.map(({ session }) => watched(createMutex(session, PATH).acquire()));
    await world.settle();
    expect([first!.isOver, second!.isOver, third!.isOver]).toEqual([true, false, false]);
    await first!.value!.release();
    await world.settle();
    expect([second!.isOver, third!.isOver]).toEqual([true, false]);
    expect(second!.value!.token).toBeGreaterThan(first!.value!.token);
    await all[1]!.session.close();
    await world.settle();
    expect(third!.isOver).toBe(true);
    await third!.value!.release();
    expect(world.names(PATH)).toEqual([]);
  });

  it("says who holds it, and who waits", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [mine, theirs] = [one, other].map(({ session }, index) =>
      createMutex(session, PATH, { data: `application ${index}` }),
    );
    expect([await mine!.holder(), await mine!.contenders()]).toEqual([null, []]);
    const hold = await mine!.acquire();
    const waits = watched(theirs!.acquire());
    await world.settle();
    const { path, token } = hold;
    const holder = { path, token, data: "application 0", sessionId: one.session.id };
    expect(await theirs!.holder()).toEqual(holder);
    expect(await theirs!.contenders()).toEqual([holder, expect.objectContaining({ data: "application 1" })]);
    await hold.release();
    await world.settle();
    expect(await mine!.holder()).toMatchObject({ path: waits.value!.path, data: "application 1" });
  });

  it("excludes two handles of one session (LK-10)", async () => {
    const world = new World();
    const { session } = await world.open();
    const mutex = createMutex(session, PATH);
    const one = await mutex.acquire();
    const other = watched(mutex.acquire());
    await world.settle();
    expect([other.isOver, await mutex.tryAcquire()]).toEqual([false, null]);
    await one.release();
    await world.settle();
    expect(other.isOver).toBe(true);
    expect(world.names(PATH)).toHaveLength(1);
  });

  it("says who contends, the holder first", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    expect(await createMutex(one.session, PATH).contenders()).toEqual([]);
    const hold = await createMutex(one.session, PATH, { data: "host-1" }).acquire();
    watched(createMutex(other.session, PATH, { data: "host-2" }).acquire());
    await world.settle();
    expect(await createMutex(other.session, PATH).contenders()).toEqual([
      { path: hold.path, data: "host-1", token: hold.token, sessionId: one.session.id },
      expect.objectContaining({ data: "host-2", sessionId: other.session.id }),
    ]);
  });

  it("leaves no contender behind where a wait is given up (LK-05)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const hold = await createMutex(one.session, PATH).acquire();
    const giveUp = new AbortController();
    const aborted = watched(createMutex(other.session, PATH).acquire({ signal: giveUp.signal }));
    const late = watched(createMutex(other.session, PATH).acquire({ deadlineMs: 500 }));
    await world.settle();
    expect(world.names(PATH)).toHaveLength(3);
    giveUp.abort(new Error("no longer wanted"));
    world.clock.advance(500);
    await world.settle();
    expect([aborted.error, late.error]).toMatchObject([
      { code: "ABORTED", cause: { message: "no longer wanted" } },
      { code: "OPERATION_TIMEOUT" },
    ]);
    expect(world.names(PATH)).toHaveLength(1);
    await hold.release();
    expect(world.names(PATH)).toEqual([]);
    await expect(createMutex(one.session, PATH).acquire({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it("wakes one waiter, however many there are (LK-06)", async () => {
    const world = new World();
    const holder = await world.open();
    const hold = await createMutex(holder.session, PATH).acquire();
    const waiters = await Promise.all(Array.from({ length: 12 }, () => world.open()));
    for (const { session } of waiters) watched(createMutex(session, PATH).acquire());
    await world.settle();
    const before = waiters.map(({ channel }) => channel.requestCount);
    await hold.release();
    await world.settle();
    const asked = waiters.map(({ channel }, index) => channel.requestCount - before[index]!);
    expect(asked.filter((count) => count > 0)).toHaveLength(1);
  });

  it("takes another place when the whole queue is deleted (LK-08)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const hold = await createMutex(one.session, PATH).acquire();
    const waits = watched(createMutex(other.session, PATH).acquire());
    await world.settle();
    for (const name of world.names(PATH)) await one.session.delete(`${PATH}/${name}`);
    await one.session.delete(PATH);
    await world.settle();
    expect([hold.signal.aborted, waits.isOver]).toEqual([true, true]);
    expect(waits.value!.signal.aborted).toBe(false);
  });

  it("understands kazoo's contenders", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const kazoo = await one.session.create(`${PATH}/0f__lock__`, null, { mode: "ephemeral-sequential", parents: true });
    const waits = watched(createMutex(other.session, PATH).acquire());
    await world.settle();
    expect(waits.isOver).toBe(false);
    await one.session.delete(kazoo.path);
    await world.settle();
    expect(waits.isOver).toBe(true);
  });
});

describe("a lock that is held", () => {
  it("guards transactions: they fail when it is held no more, also with a znode of that path created anew", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const hold = await createMutex(one.session, PATH).acquire();
    await one.session.create("/report");
    await hold.guard(one.session.transaction()).set("/report", "1").commit();
    await other.session.delete(hold.path);
    await world.settle();
    expect(hold.signal.reason).toMatchObject({ code: "NOT_HELD", path: hold.path });
    await expect(hold.guard(one.session.transaction()).set("/report", "2").commit()).rejects.toMatchObject({
      code: "NO_NODE",
    });
    expect((await one.session.get("/report")).text()).toBe("1");
  });

  it("says that it is held no more before any call of a lost session is answered (LK-01)", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const hold = await createMutex(session, PATH).acquire();
    const told: string[] = [];
    hold.signal.addEventListener("abort", () => told.push("aborted"));
    const call = session.get("/").catch(() => told.push("answered"));
    channel.expire();
    await call;
    expect(told[0]).toBe("aborted");
    expect(hold.signal.reason).toMatchObject({ code: "NOT_HELD", cause: { code: "SESSION_EXPIRED" } });
    await expect(hold.release()).resolves.toBeUndefined();
  });

  it("stays held over a lost connection, and notices what was deleted meanwhile", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const hold = await createMutex(one.session, PATH).acquire();
    await world.settle();
    one.channel.suspend();
    await world.settle();
    one.channel.reconnect();
    await world.settle();
    expect(hold.signal.aborted).toBe(false);
    one.channel.suspend();
    await other.session.delete(hold.path);
    one.channel.reconnect();
    await world.settle();
    expect(hold.signal.aborted).toBe(true);
  });

  it("is released once, and its signal says so", async () => {
    const world = new World();
    const { session } = await world.open();
    const hold = await createMutex(session, PATH).acquire();
    await Promise.all([hold.release(), hold.release(), hold[Symbol.asyncDispose]()]);
    expect(hold.signal.reason).toBeInstanceOf(CoterieError);
    expect(world.names(PATH)).toEqual([]);
  });
});

/** One contends, holds and releases while one request goes wrong; another waits behind it. Gives whether there was such a request. */
async function contendWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [holder, one, other] = [await world.open(), await world.open(), await world.open()];
  const held = await createMutex(holder.session, PATH).acquire();
  one.channel.plan = { at, fault };
  const mine = watched(createMutex(one.session, PATH).acquire());
  await world.settle();
  const theirs = watched(createMutex(other.session, PATH).acquire());
  await world.settle();
  await held.release();
  await world.settle();
  expect(mine.isOver).toBe(true);
  const isMine = mine.value !== undefined && !mine.value.signal.aborted;
  // At most one, and never nobody.
  expect([isMine, theirs.isOver]).toEqual(isMine ? [true, false] : [false, true]);
  await mine.value?.release();
  await world.settle();
  expect(theirs.value?.signal.aborted).toBe(false);
  await theirs.value?.release();
  await world.settle();
  expect(world.names(PATH)).toEqual([]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a contender one of whose requests is %s", (fault) => {
  it("excludes the others, lets them go on, and leaves nothing behind, whichever request it is", async () => {
    let at = 1;
    while (await contendWithFault(at, fault)) at += 1;
    // Its place, the parent, the list, a watch, a look, the list again, the watch of its own place, and the release.
    expect(at).toBeGreaterThan(6);
  });
});
