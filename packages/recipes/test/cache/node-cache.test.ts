import { describe, expect, it } from "vitest";
import { createNodeCache } from "../../src/index.ts";
import { FAULTS } from "../support/faulty-channel.ts";
import { watched, World } from "../support/world.ts";
import { Replay, shown, shownTree } from "./support.ts";

const PATH = "/config";

describe("a node cache", () => {
  it("holds one znode, be it there or not, and follows it alone", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const cache = createNodeCache(one.session, PATH);
    const replay = new Replay(cache.changes(), "path");
    await cache.ready;
    expect([cache.value, cache.isInitialised]).toEqual([null, true]);
    await other.session.create(PATH, "1");
    await world.settle();
    expect(cache.value?.text()).toBe("1");
    const before = one.channel.requestCount;
    await other.session.create(`${PATH}/below`, "");
    await other.session.set(PATH, "2");
    await world.settle();
    expect([cache.value?.text(), one.channel.requestCount - before]).toEqual(["2", 1]);
    await other.session.delete(`${PATH}/below`);
    await other.session.delete(PATH);
    await world.settle();
    expect(cache.value).toBeNull();
    expect(replay.news()).toEqual(["initialised", `added ${PATH}`, `changed ${PATH}`, `removed ${PATH}`]);
  });

  it("says by czxid that it was created anew in a gap (WA-03)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(PATH, "1");
    const cache = createNodeCache(one.session, PATH);
    const replay = new Replay(cache.changes(), "path");
    await cache.ready;
    one.channel.suspend();
    await other.session.delete(PATH);
    await other.session.create(PATH, "1");
    one.channel.reconnect();
    await world.settle();
    expect(replay.news()).toEqual([`added ${PATH}`, "initialised", `removed ${PATH}`, `added ${PATH}`]);
  });

  it("has no limits to set, and ends where the znode may not be read", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    expect(() => createNodeCache(one.session, PATH, { znodesMax: 1 } as never)).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENTS" }),
    );
    await other.session.create(PATH, "1", { acl: [{ permissions: ["write"], scheme: "world", id: "anyone" }] });
    await expect(createNodeCache(one.session, PATH).ready).rejects.toMatchObject({ code: "NO_AUTH" });
  });
});

async function followWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  await other.session.create(PATH, "1");
  one.channel.plan = { at, fault };
  const cache = createNodeCache(one.session, PATH);
  const replay = new Replay(cache.changes(), "path");
  const ready = watched(cache.ready);
  await world.settle();
  await other.session.set(PATH, "2");
  await world.settle();
  await other.session.delete(PATH);
  await other.session.create(PATH, "3");
  await world.settle();
  const isMet = one.channel.requestCount >= at;
  const isLost = isMet && fault.startsWith("expired");
  expect([ready.isOver, cache.signal.aborted, replay.isOver]).toEqual([true, isLost, isLost]);
  if (!isLost) expect(shown(cache.entries)).toEqual(await shownTree(other.session, PATH, 0, 0));
  expect(shown(replay.entries)).toEqual(shown(cache.entries));
  return isMet;
}

describe.each(FAULTS)("a node cache one of whose requests is %s", (fault) => {
  it("is as the znode is, or says that it has ended, whichever request it is", async () => {
    let at = 1;
    while (await followWithFault(at, fault)) at += 1;
    // The watch, the read, and two changes.
    expect(at).toBeGreaterThan(4);
  });
});
