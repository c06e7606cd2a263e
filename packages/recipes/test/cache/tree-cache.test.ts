import { describe, expect, it } from "vitest";
import { createTreeCache } from "../../src/index.ts";
import { FAULTS } from "../support/faulty-channel.ts";
import { watched, World } from "../support/world.ts";
import { hold, Replay, shown, shownTree } from "./support.ts";

const PATH = "/tree";

describe("a tree cache", () => {
  it("holds a znode and everything below it, and follows both", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(`${PATH}/a/b`, "1", { parents: true });
    const cache = createTreeCache(one.session, PATH);
    const replay = new Replay(cache.changes(), "path");
    await cache.ready;
    expect([cache.get(PATH)?.text(), cache.get(`${PATH}/a/b`)?.text()]).toEqual(["", "1"]);
    expect([cache.children(PATH), cache.children(`${PATH}/a`), cache.children(`${PATH}/a/b`)]).toEqual([
      ["a"],
      ["b"],
      [],
    ]);
    await other.session.create(`${PATH}/a/c/d`, "2", { parents: true });
    await other.session.set(PATH, "root");
    await other.session.delete(`${PATH}/a/b`);
    await world.settle();
    expect(cache.children(`${PATH}/a`)).toEqual(["c"]);
    expect(replay.news().slice(-5)).toEqual([
      "initialised",
      `added ${PATH}/a/c`,
      `added ${PATH}/a/c/d`,
      `changed ${PATH}`,
      `removed ${PATH}/a/b`,
    ]);
    expect(shown(cache.entries)).toEqual(await shownTree(other.session, PATH, 0, 9));
    expect(shown(replay.entries)).toEqual(shown(cache.entries));
  });

  it("keeps as many levels as it is told to", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(`${PATH}/a/b/c`, "", { parents: true });
    const caches = [0, 1, 2].map((depthMax) => createTreeCache(one.session, PATH, { depthMax }));
    await Promise.all(caches.map(({ ready }) => ready));
    await other.session.create(`${PATH}/a/b2/c2`, "", { parents: true });
    await world.settle();
    expect(caches.map(({ entries }) => entries.size)).toEqual([1, 2, 4]);
    for (const [depthMax, { entries }] of caches.entries()) {
      expect(shown(entries)).toEqual(await shownTree(other.session, PATH, 0, depthMax));
    }
  });

  it("may be of the whole tree", async () => {
    const world = new World();
    const { session } = await world.open();
    const cache = createTreeCache(session, "/");
    await cache.ready;
    await session.create("/a/b", "", { parents: true });
    await world.settle();
    expect(cache.children("/")).toContain("a");
    expect(cache.children("/a")).toEqual(["b"]);
    expect(cache.get("/")).not.toBeNull();
  });

  it("finds what was created below something new while the connection was lost, though an event came first", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(`${PATH}/a`, "", { parents: true });
    const cache = createTreeCache(one.session, PATH);
    await cache.ready;
    const list = hold(one.session, "children", `${PATH}/a`);
    one.channel.suspend();
    await other.session.create(`${PATH}/a/new/below`, "", { parents: true });
    one.channel.reconnect();
    await world.settle();
    await other.session.set(`${PATH}/a/new`, "read for its event");
    await world.settle();
    expect(cache.get(`${PATH}/a/new`)).not.toBeNull();
    list.letGo();
    await world.settle();
    expect(shown(cache.entries)).toEqual(await shownTree(other.session, PATH, 0, 9));
    expect(cache.entries.size).toBe(4);
  });

  it("does not hold what is below a znode that was removed in a gap", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(`${PATH}/a/b`, "", { parents: true });
    const cache = createTreeCache(one.session, PATH);
    const replay = new Replay(cache.changes(), "path");
    await cache.ready;
    one.channel.suspend();
    for (const path of [`${PATH}/a/b`, `${PATH}/a`, PATH]) await other.session.delete(path);
    one.channel.reconnect();
    await world.settle();
    expect([cache.entries.size, replay.entries.size, cache.children(PATH)]).toEqual([0, 0, []]);
  });

  it("ends where it would hold more than it may, also at the start", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    for (const name of ["a", "b", "c"]) await other.session.create(`${PATH}/${name}`, "", { parents: true });
    const cache = createTreeCache(one.session, PATH, { znodesMax: 3 });
    const replay = new Replay(cache.changes(), "path");
    await expect(cache.ready).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", path: PATH });
    await world.settle();
    expect([replay.isOver, replay.error]).toEqual([true, cache.signal.reason]);
    const crowd = createTreeCache(one.session, PATH, { znodesMax: 1, readsMax: 1 });
    await expect(crowd.ready).rejects.toMatchObject({ code: "QUOTA_EXCEEDED" });
  });

  it("has to be told what means something", async () => {
    const world = new World();
    const { session } = await world.open();
    for (const options of [{ depthMax: -1 }, { depthMax: 0.5 }, { depth: 1 }, null]) {
      expect(() => createTreeCache(session, PATH, options as never)).toThrow(
        expect.objectContaining({ code: "BAD_ARGUMENTS" }),
      );
    }
  });
});

/** A cache follows changes while one of its requests goes wrong. Gives whether there was such a request. */
async function followWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  for (const name of ["a/b", "c"]) await other.session.create(`${PATH}/${name}`, "1", { parents: true });
  one.channel.plan = { at, fault };
  const cache = createTreeCache(one.session, PATH, { readsMax: 2 });
  const replay = new Replay(cache.changes(), "path");
  const ready = watched(cache.ready);
  await world.settle();
  await other.session.set(`${PATH}/a`, "2");
  await other.session.delete(`${PATH}/a/b`);
  await other.session.create(`${PATH}/a/b/d`, "3", { parents: true });
  await world.settle();
  await other.session.create(`${PATH}/e`);
  await world.settle();
  const isMet = one.channel.requestCount >= at;
  const isLost = isMet && fault.startsWith("expired");
  expect([ready.isOver, cache.signal.aborted, replay.isOver]).toEqual([true, isLost, isLost]);
  if (!isLost) expect(shown(cache.entries)).toEqual(await shownTree(other.session, PATH, 0, 9));
  expect(shown(replay.entries)).toEqual(shown(cache.entries));
  return isMet;
}

describe.each(FAULTS)("a tree cache one of whose requests is %s", (fault) => {
  it("is as the tree is, or says that it has ended, whichever request it is", async () => {
    let at = 1;
    while (await followWithFault(at, fault)) at += 1;
    // The watch, four znodes, the children of two, and four that change.
    expect(at).toBeGreaterThan(11);
  });
});
