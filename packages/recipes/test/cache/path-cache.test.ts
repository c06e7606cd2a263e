import { describe, expect, it } from "vitest";
import { createPathCache } from "../../src/index.ts";
import { FAULTS } from "../support/faulty-channel.ts";
import { watched, World } from "../support/world.ts";
import { hold, Replay, shown, shownTree } from "./support.ts";

const PATH = "/services";

describe("a path cache", () => {
  it("holds the children with their data, and follows them", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(`${PATH}/a`, "1", { parents: true });
    const cache = createPathCache(one.session, PATH);
    const replay = new Replay(cache.changes(), "name");
    expect([cache.isInitialised, cache.entries.size]).toEqual([false, 0]);
    await cache.ready;
    expect([cache.isInitialised, cache.get("a")?.text(), cache.get("b")]).toEqual([true, "1", null]);
    await other.session.create(`${PATH}/b`, "2");
    await other.session.set(`${PATH}/a`, "1");
    await other.session.create(`${PATH}/b/below`);
    await other.session.delete(`${PATH}/a`);
    await world.settle();
    expect(replay.news()).toEqual(["added a", "initialised", "added b", "changed a", "removed a"]);
    expect(shown(cache.entries)).toEqual(await shownTree(other.session, PATH, 1, 1));
    expect(shown(replay.entries)).toEqual(shown(cache.entries));
  });

  it("reads what has changed and nothing else", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    for (let index = 0; index < 50; index++) await other.session.create(`${PATH}/${index}`, "", { parents: true });
    const cache = createPathCache(one.session, PATH);
    await cache.ready;
    const before = one.channel.requestCount;
    await other.session.set(`${PATH}/7`, "seven");
    await other.session.create(`${PATH}/7/below`);
    await other.session.delete(`${PATH}/8`);
    await world.settle();
    expect([cache.get("7")?.text(), cache.entries.size]).toEqual(["seven", 49]);
    expect(one.channel.requestCount - before).toBe(1);
  });

  it("waits for a path that is not there, and outlives its removal (LK-08)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const cache = createPathCache(one.session, "/late/path");
    const replay = new Replay(cache.changes(), "name");
    await cache.ready;
    expect(replay.news()).toEqual(["initialised"]);
    for (let round = 0; round < 2; round++) {
      await other.session.create("/late/path/a", String(round), { parents: true });
      await world.settle();
      expect(cache.get("a")?.text()).toBe(String(round));
      await other.session.delete("/late/path/a");
      await other.session.delete("/late/path");
      await world.settle();
      expect(cache.entries.size).toBe(0);
    }
    expect(replay.news()).toEqual(["added a", "removed a", "added a", "removed a"]);
  });

  it("tells what was created anew in a gap as removed and added, though its version is the same (WA-03)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    for (const name of ["kept", "anew", "gone"]) await other.session.create(`${PATH}/${name}`, name, { parents: true });
    const cache = createPathCache(one.session, PATH);
    await cache.ready;
    const replay = new Replay(cache.changes(), "name");
    await world.settle();
    expect(replay.news()).toEqual(["reset to 3", "initialised"]);
    const old = cache.get("anew");
    one.channel.suspend();
    await other.session.delete(`${PATH}/anew`);
    await other.session.create(`${PATH}/anew`, "anew");
    await other.session.delete(`${PATH}/gone`);
    await other.session.create(`${PATH}/come`, "");
    await world.settle();
    expect(cache.get("anew")).toBe(old);
    one.channel.reconnect();
    await world.settle();
    expect(replay.news().toSorted()).toEqual(["added anew", "added come", "removed anew", "removed gone"]);
    expect(cache.get("anew")!.stat).toMatchObject({ version: 0, czxid: expect.any(Number) });
    expect(shown(cache.entries)).toEqual(await shownTree(other.session, PATH, 1, 1));
  });

  it("begins anew where something may have been missed before it was there", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(`${PATH}/a`, "", { parents: true });
    const list = hold(one.session, "children", PATH);
    const cache = createPathCache(one.session, PATH);
    await world.settle();
    one.channel.suspend();
    await other.session.create(`${PATH}/b`, "");
    await other.session.delete(`${PATH}/a`);
    one.channel.reconnect();
    await world.settle();
    expect(cache.isInitialised).toBe(false);
    list.letGo();
    await world.settle();
    expect([cache.isInitialised, [...cache.entries.keys()]]).toEqual([true, ["b"]]);
  });

  it("does not go back to what an answer says that was read before a deletion", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const cache = createPathCache(one.session, PATH);
    const replay = new Replay(cache.changes(), "name");
    await cache.ready;
    for (let round = 0; round < 20; round++) {
      await other.session.create(`${PATH}/a`, String(round), { parents: true });
      for (let turn = 0; turn < round; turn++) await Promise.resolve();
      await other.session.delete(`${PATH}/a`);
    }
    await world.settle();
    expect([cache.entries.size, replay.entries.size, replay.error]).toEqual([0, 0, undefined]);
  });

  it("has no more reads under way than it may", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    for (let index = 0; index < 20; index++) await other.session.create(`${PATH}/${index}`, "", { parents: true });
    let [underWay, most] = [0, 0];
    const get = one.session.get.bind(one.session);
    one.session.get = (path, options) => {
      underWay += 1;
      most = Math.max(most, underWay);
      return get(path, options).finally(() => (underWay -= 1));
    };
    const cache = createPathCache(one.session, PATH, { readsMax: 3 });
    await cache.ready;
    expect([cache.entries.size, most]).toEqual([20, 3]);
  });

  it("says which child it may not read, and goes on with the others", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const secret = [{ permissions: ["write", "delete", "admin"], scheme: "world", id: "anyone" }] as const;
    await other.session.create(`${PATH}/open`, "", { parents: true });
    await other.session.create(`${PATH}/secret`, "", { acl: secret });
    const cache = createPathCache(one.session, PATH);
    const replay = new Replay(cache.changes(), "name");
    await cache.ready;
    await world.settle();
    expect(replay.news().toSorted()).toEqual(["added open", "denied secret", "initialised"]);
    await other.session.create(`${PATH}/more`);
    one.channel.suspend();
    one.channel.reconnect();
    await world.settle();
    // Once is enough.
    expect(replay.news()).toEqual(["added more"]);
    await other.session.setAcl(`${PATH}/secret`, [{ permissions: "all", scheme: "world", id: "anyone" }]);
    await other.session.set(`${PATH}/secret`, "told");
    await world.settle();
    expect(replay.news()).toEqual(["added secret"]);
    await other.session.setAcl(`${PATH}/secret`, secret);
    one.channel.suspend();
    one.channel.reconnect();
    await world.settle();
    expect(replay.news()).toEqual(["removed secret", "denied secret"]);
    expect(cache.signal.aborted).toBe(false);
  });

  it("counts what it may not read among what it may hold", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const secret = [{ permissions: ["write", "delete", "admin"], scheme: "world", id: "anyone" }] as const;
    for (const name of ["a", "b"]) await other.session.create(`${PATH}/${name}`, "", { acl: secret, parents: true });
    const cache = createPathCache(one.session, PATH, { znodesMax: 2 });
    await cache.ready;
    expect([cache.entries.size, cache.signal.aborted]).toEqual([0, false]);
    await other.session.create(`${PATH}/open`, "");
    await world.settle();
    expect(cache.signal.reason).toMatchObject({ code: "QUOTA_EXCEEDED" });
  });

  it("ends if the path itself may not be read", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(PATH, "", { acl: [{ permissions: ["create"], scheme: "world", id: "anyone" }] });
    const cache = createPathCache(one.session, PATH);
    await expect(cache.ready).rejects.toMatchObject({ code: "NO_AUTH", path: PATH });
    expect(cache.signal.reason).toMatchObject({ code: "NO_AUTH" });
  });

  it("waits before it asks a server again that could take no more", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(`${PATH}/a`, "1", { parents: true });
    const { CoterieError } = await import("@coterie/interface");
    const get = one.session.get.bind(one.session);
    let asked = 0;
    one.session.get = (path, options) => {
      asked += 1;
      return asked <= 2 ? Promise.reject(new CoterieError("THROTTLED_OP")) : get(path, options);
    };
    const cache = createPathCache(one.session, PATH);
    await world.settle();
    expect([asked, cache.isInitialised]).toEqual([1, false]);
    for (let pause = 0; pause < 2; pause++) {
      world.clock.advance(100);
      await world.settle();
    }
    expect([asked, cache.isInitialised, cache.get("a")?.text()]).toEqual([3, true, "1"]);
  });
});

describe("a cache that has ended", () => {
  it("says so before any later call of a lost session is answered, and keeps what it held", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    await session.create(`${PATH}/a`, "1", { parents: true });
    const cache = createPathCache(session, PATH);
    const replay = new Replay(cache.changes(), "name");
    await cache.ready;
    const told: string[] = [];
    cache.signal.addEventListener("abort", () => told.push("aborted"));
    const call = session.get("/").catch(() => told.push("answered"));
    channel.expire();
    await call;
    await world.settle();
    expect(told).toEqual(["aborted", "answered"]);
    expect(cache.signal.reason).toMatchObject({ code: "SESSION_EXPIRED" });
    expect([replay.isOver, replay.error]).toEqual([true, cache.signal.reason]);
    expect(cache.get("a")?.text()).toBe("1");
    const late = createPathCache(session, PATH);
    await expect(late.ready).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    expect(late.signal.aborted).toBe(true);
  });

  it.each(["close", "dispose", "abort", "session"] as const)("by %s leaves nothing behind", async (how) => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(`${PATH}/a`, "1", { parents: true });
    const listeners = one.session.listenerCount("state");
    const giveUp = new AbortController();
    const cache = createPathCache(one.session, PATH, { signal: giveUp.signal });
    const replay = new Replay(cache.changes(), "name");
    await cache.ready;
    if (how === "close") await cache.close();
    if (how === "dispose") await cache[Symbol.asyncDispose]();
    if (how === "abort") giveUp.abort(new Error("no longer wanted"));
    if (how === "session") await one.session.close();
    await other.session.set(`${PATH}/a`, "2");
    await world.settle();
    expect([cache.get("a")?.text(), replay.isOver]).toEqual(["1", true]);
    expect(one.session.listenerCount("state")).toBe(listeners);
    expect(cache.signal.reason).toMatchObject({ code: how === "session" ? "SESSION_EXPIRED" : "ABORTED" });
    const isOwn = how === "close" || how === "dispose";
    expect(replay.error).toBe(isOwn ? undefined : cache.signal.reason);
    expect(world.server.machine.statistics.watchedPathCount).toBe(0);
  });

  it("rejects ready where it was given up before", async () => {
    const world = new World();
    const { session } = await world.open();
    const cache = createPathCache(session, PATH);
    const ready = watched(cache.ready);
    await cache.close();
    await world.settle();
    expect(ready.error).toMatchObject({ code: "ABORTED" });
    const given = createPathCache(session, PATH, { signal: AbortSignal.abort("why") });
    await expect(given.ready).rejects.toMatchObject({ code: "ABORTED", cause: "why" });
  });

  it.each([
    ["znodesMax", { znodesMax: 3 }],
    ["bytesMax", { bytesMax: 100 }],
  ])("because of %s says so", async (name, limits) => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    for (const child of ["a", "b", "c"]) await other.session.create(`${PATH}/${child}`, "12", { parents: true });
    const cache = createPathCache(one.session, PATH, limits);
    await cache.ready;
    await other.session.set(`${PATH}/c`, "34");
    await world.settle();
    expect(cache.signal.aborted).toBe(false);
    await other.session.create(`${PATH}/d`, new Uint8Array(80));
    await world.settle();
    expect(cache.signal.reason).toMatchObject({
      code: "QUOTA_EXCEEDED",
      message: expect.stringContaining(name) as string,
    });
  });
});

describe("the readers of a cache", () => {
  it("read at their own pace, and those who are behind begin anew", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const cache = createPathCache(one.session, PATH);
    const quick = new Replay(cache.changes(), "name");
    const slow = cache.changes({ waitingMax: 2 });
    await cache.ready;
    for (const name of ["a", "b"]) await other.session.create(`${PATH}/${name}`, "", { parents: true });
    await other.session.delete(`${PATH}/a`);
    await world.settle();
    expect(quick.news()).toEqual(["initialised", "added a", "added b", "removed a"]);
    const reset = (await slow.next()).value;
    expect(reset).toMatchObject({ kind: "reset", entries: new Map([["b", cache.get("b")]]) });
    expect((await slow.next()).value).toMatchObject({ kind: "initialised" });
    await other.session.delete(`${PATH}/b`);
    expect((await slow.next()).value).toMatchObject({ kind: "removed", name: "b", path: `${PATH}/b` });
    const waits = slow.next();
    await expect(slow.next()).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await slow.return?.();
    expect(await waits).toEqual({ done: true, value: undefined });
    expect(await slow.next()).toEqual({ done: true, value: undefined });
  });

  it("may be given up one by one, and find the end where they come late", async () => {
    const world = new World();
    const { session } = await world.open();
    const cache = createPathCache(session, PATH);
    const giveUp = new AbortController();
    const given = cache.changes({ signal: giveUp.signal });
    const givenUpBefore = cache.changes({ signal: AbortSignal.abort(new Error("before")) });
    await expect(givenUpBefore.next()).rejects.toThrow("before");
    expect(await givenUpBefore.next()).toEqual({ done: true, value: undefined });
    const reason = new Error("no longer wanted");
    giveUp.abort(reason);
    await expect(given.next()).rejects.toBe(reason);
    expect(await given.next()).toMatchObject({ done: true });
    await cache.ready;
    await cache.close();
    const late = cache.changes();
    expect(await late.next()).toMatchObject({ value: { kind: "reset" } });
    expect(await late.next()).toMatchObject({ value: { kind: "initialised" } });
    expect(await late.next()).toMatchObject({ done: true });
  });

  it("have to say what means something", async () => {
    const world = new World();
    const { session } = await world.open();
    const cache = createPathCache(session, PATH);
    for (const options of [{ waitingMax: 0 }, { waitingMax: 1.5 }, { signal: {} }, { other: 1 }]) {
      expect(() => cache.changes(options as never)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
    }
    for (const options of [
      { readsMax: 0 },
      { znodesMax: -1 },
      { bytesMax: "1" },
      { signal: 1 },
      { depthMax: 1 },
      null,
    ]) {
      expect(() => createPathCache(session, PATH, options as never)).toThrow(
        expect.objectContaining({ code: "BAD_ARGUMENTS" }),
      );
    }
    expect(() => createPathCache(session, "services")).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
  });
});

/** A cache follows changes while one of its requests goes wrong. Gives whether there was such a request. */
async function followWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  for (const name of ["a", "b"]) await other.session.create(`${PATH}/${name}`, "1", { parents: true });
  one.channel.plan = { at, fault };
  const cache = createPathCache(one.session, PATH, { readsMax: 1 });
  const replay = new Replay(cache.changes(), "name");
  const ready = watched(cache.ready);
  await world.settle();
  await other.session.set(`${PATH}/a`, "2");
  await other.session.delete(`${PATH}/b`);
  await other.session.create(`${PATH}/b`, "3");
  await world.settle();
  await other.session.create(`${PATH}/c`);
  await world.settle();
  const isMet = one.channel.requestCount >= at;
  const isLost = isMet && fault.startsWith("expired");
  expect([ready.isOver, cache.signal.aborted, replay.isOver]).toEqual([true, isLost, isLost]);
  if (!isLost) expect(shown(cache.entries)).toEqual(await shownTree(other.session, PATH, 1, 1));
  expect(shown(replay.entries)).toEqual(shown(cache.entries));
  return isMet;
}

describe.each(FAULTS)("a path cache one of whose requests is %s", (fault) => {
  it("is as the tree is, or says that it has ended, whichever request it is", async () => {
    let at = 1;
    while (await followWithFault(at, fault)) at += 1;
    // The watch, the list, two children, and three that change.
    expect(at).toBeGreaterThan(7);
  });
});
