import { CoterieError } from "@coterie/interface";
import { describe, expect, it, onTestFinished, vi } from "vitest";
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

describe("a mutex whose path is that of others", () => {
  it("does not take what a closing session has left for its own (LK-03)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const ids = vi.spyOn(crypto, "randomUUID").mockReturnValue("00000000-0000-4000-8000-000000000000");
    onTestFinished(() => ids.mockRestore());
    const hold = await createMutex(one.session, PATH).acquire();
    other.channel.plan = { at: 1, fault: "lost-before" };
    const waits = watched(createMutex(other.session, PATH).acquire());
    await world.settle();
    expect([waits.isOver, hold.signal.aborted]).toEqual([false, false]);
    expect(world.names(PATH)).toHaveLength(2);
    await one.session.close();
    await world.settle();
    expect(waits.value!.path).not.toBe(hold.path);
  });

  it("loses no wake-up where the one before it goes between the list and the watch (LK-07)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const hold = await createMutex(one.session, PATH).acquire();
    other.channel.holdsBack = ({ kind }) => kind === "addWatch";
    const waits = watched(createMutex(other.session, PATH).acquire());
    await world.settle();
    expect(other.channel.heldBackCount).toBe(1);
    await hold.release();
    other.channel.letGo();
    await world.settle();
    expect(waits.isOver).toBe(true);
  });

  it("takes a place once, whose create is answered behind a lost connection (LK-09)", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    await session.create(PATH, null, { parents: true });
    channel.plan = { at: channel.requestCount + 1, fault: "lost-after" };
    const hold = await createMutex(session, PATH).acquire();
    expect(world.names(PATH).map((name) => `${PATH}/${name}`)).toEqual([hold.path]);
  });

  it("understands numbers that have run over", async () => {
    const world = new World();
    const { session } = await world.open();
    const names = [
      "_c_a-lock-2147483647",
      "_c_b-lock--2147483648",
      "_c_c-lock--999999999",
      "_c_d-lock--000000001",
      "_c_e-lock-0000000000",
    ];
    await session.create(PATH, null, { parents: true });
    for (const name of [...names, "_c_f-lock-12345678901", "_c_g-lock--99999999", "other-0000000000"]) {
      await session.create(`${PATH}/${name}`);
    }
    const contenders = await createMutex(session, PATH).contenders();
    expect(new Set(contenders.map(({ path }) => path.slice(PATH.length + 1)))).toEqual(new Set(names));
    await session.delete(`${PATH}/${names[0]!}`);
    expect((await createMutex(session, PATH).holder())?.path).toBe(`${PATH}/${names[1]!}`);
  });
});

describe("a lock that is held", () => {
  it("is released when the connection is back, whose loss has met the release (LK-04)", async () => {
    for (const fault of ["lost-before", "lost-after"] as const) {
      const world = new World();
      const [one, other] = [await world.open(), await world.open()];
      const hold = await createMutex(one.session, PATH).acquire();
      const waits = watched(createMutex(other.session, PATH).acquire());
      await world.settle();
      one.channel.plan = { at: one.channel.requestCount + 1, fault, afterwards: "suspended" };
      const released = watched(hold.release());
      await world.settle();
      expect([released.isOver, hold.signal.aborted]).toEqual([false, true]);
      one.channel.reconnect();
      await world.settle();
      expect([released.isOver, released.error, waits.isOver]).toEqual([true, undefined, true]);
    }
  });

  it("is said to be lost first when the machine wakes up, while another one holds it (LK-02)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const hold = await createMutex(one.session, PATH).acquire();
    const waits = watched(createMutex(other.session, PATH).acquire());
    await world.settle();
    one.channel.suspend();
    const { sessionId } = one.channel;
    world.server.commit({ kind: "closeSession", id: sessionId }, { sessionId, identities: [] });
    await world.settle();
    expect([waits.value!.token > hold.token, hold.signal.aborted]).toEqual([true, false]);
    const told: string[] = [];
    hold.signal.addEventListener("abort", () => told.push("aborted"));
    const write = one.session.set("/", "late").catch(() => told.push("answered"));
    one.channel.expire();
    await write;
    expect(told).toEqual(["aborted", "answered"]);
  });

  it("guards transactions: they fail when it is held no more, also where its queue was made anew", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const hold = await createMutex(one.session, PATH).acquire();
    await one.session.create("/report");
    await hold.guard(one.session.transaction()).set("/report", "1").commit();
    // It is on its way before anybody hears.
    one.channel.holdsBack = ({ kind }) => kind === "multi";
    const late = watched(hold.guard(one.session.transaction()).set("/report", "2").commit());
    await world.settle();
    await other.session.delete(hold.path);
    await other.session.delete(PATH);
    const next = await createMutex(other.session, PATH).acquire();
    // The number is the same, the name is not.
    expect([next.path.slice(-10), next.path === hold.path]).toEqual([hold.path.slice(-10), false]);
    one.channel.letGo();
    await world.settle();
    expect(late.error).toMatchObject({ code: "NO_NODE", index: 0 });
    expect((await one.session.get("/report")).text()).toBe("1");
  });

  it("guards no transaction when it knows that it is held no more", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const hold = await createMutex(one.session, PATH).acquire();
    await other.session.delete(hold.path);
    await other.session.create(hold.path);
    await world.settle();
    expect(hold.signal.reason).toMatchObject({ code: "NOT_HELD", path: hold.path });
    expect(() => hold.guard(one.session.transaction())).toThrow(hold.signal.reason as CoterieError);
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

/** One tries while one request goes wrong; another one tries behind it. */
async function tryWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  one.channel.plan = { at, fault };
  const mine = watched(createMutex(one.session, PATH).tryAcquire());
  await world.settle();
  const isMine = mine.value !== undefined && mine.value !== null && !mine.value.signal.aborted;
  const theirs = await createMutex(other.session, PATH).tryAcquire();
  expect([mine.isOver, theirs === null]).toEqual([true, isMine]);
  await Promise.all([mine.value?.release(), theirs?.release()]);
  await world.settle();
  expect(world.names(PATH)).toEqual([]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a contender that tries, one of whose requests is %s", (fault) => {
  it("excludes the others, and leaves nothing behind, whichever request it is", async () => {
    let at = 1;
    while (await tryWithFault(at, fault)) at += 1;
    expect(at).toBeGreaterThan(4);
  });
});
