import { describe, expect, it } from "vitest";
import { createLiveConfig } from "../../src/index.ts";
import { FAULTS } from "../support/faulty-channel.ts";
import { watched, World } from "../support/world.ts";
import { counts, Gate, laterCounts } from "./support.ts";

const PATH = "/config/app";

describe("an update of a configuration", () => {
  it("is there when it resolves, and leaves nothing else behind", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [mine, theirs] = [one, other].map(({ session }) => createLiveConfig(session, PATH, { schema: counts }));
    expect(await mine!.update({ count: 1 })).toEqual({ count: 1, label: "none" });
    expect(mine!.value).toEqual({ count: 1, label: "none" });
    // What is written is what was given, not what the schema has made of it.
    expect((await other.session.get(PATH)).text()).toBe('{"count":1}');
    expect(await mine!.update(({ count }) => ({ count: count + 1, label: "two" }))).toEqual({ count: 2, label: "two" });
    await world.settle();
    expect([theirs!.value, mine!.error]).toEqual([{ count: 2, label: "two" }, null]);
    expect([world.names("/config"), world.names(PATH)]).toEqual([["app"], []]);
  });

  it("is made of what stands there, however many update at once", async () => {
    const world = new World();
    const all = [await world.open(), await world.open(), await world.open()];
    const configs = all.map(({ session }) => createLiveConfig(session, PATH, { schema: counts }));
    await configs[0]!.update({ count: 0 });
    const updates = configs.flatMap((config) =>
      Array.from({ length: 5 }, () => config.update(({ count }) => ({ count: count + 1 }))),
    );
    const all15 = watched(Promise.all(updates));
    while (!all15.isOver) {
      world.clock.advance(200);
      await world.settle();
    }
    expect(all15.error).toBeUndefined();
    expect(all15.value!.map(({ count }) => count).toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 15 }, (_, index) => index + 1),
    );
    expect(configs.map(({ value }) => value.count)).toEqual([15, 15, 15]);
  });

  it("is not written where the schema refuses it, or its maker fails", async () => {
    const world = new World();
    const { session } = await world.open();
    const config = createLiveConfig(session, PATH, { schema: counts });
    await expect(config.update(({ count }) => ({ count }))).rejects.toMatchObject({ code: "NO_NODE" });
    await expect(config.update({ count: "two" } as never)).rejects.toMatchObject({ code: "BAD_DATA" });
    await world.settle();
    expect(world.names("/")).not.toContain("config");
    await config.update({ count: 1 });
    await expect(config.update({ count: "two" } as never)).rejects.toMatchObject({ code: "BAD_DATA" });
    await expect(config.update({ count: 1n } as never)).rejects.toMatchObject({ code: "BAD_DATA" });
    await expect(config.update(undefined as never)).rejects.toMatchObject({ code: "BAD_DATA" });
    // As it will be read: JSON has no such number.
    await expect(config.update({ count: Infinity })).rejects.toMatchObject({ code: "BAD_DATA" });
    const failure = new Error("no idea");
    await expect(config.update(() => Promise.reject(failure))).rejects.toBe(failure);
    await world.settle();
    expect([await session.get(PATH), config.value.count]).toMatchObject([{ stat: { version: 0 } }, 1]);
    expect(world.names(PATH)).toEqual([]);
  });

  it("of a value mends what is bad; of a function does not", async () => {
    const world = new World();
    const { session } = await world.open();
    await session.create(PATH, "{", { parents: true });
    const config = createLiveConfig(session, PATH, { schema: counts });
    await expect(config.update(({ count }) => ({ count }))).rejects.toMatchObject({ code: "BAD_DATA" });
    expect(await config.update({ count: 1 })).toMatchObject({ count: 1 });
    expect(config.error).toBeNull();
  });

  it("may be given up, and then nothing is written", async () => {
    const world = new World();
    const { session } = await world.open();
    const gate = new Gate();
    const config = createLiveConfig(session, PATH, { schema: laterCounts(gate) });
    const giveUp = new AbortController();
    const given = watched(config.update({ count: 1 }, { signal: giveUp.signal }));
    const late = watched(config.update({ count: 2 }, { deadlineMs: 500 }));
    await world.settle();
    expect(gate.waiting).toEqual([1]);
    giveUp.abort();
    world.clock.advance(500);
    await world.settle();
    expect([given.error, late.error]).toMatchObject([{ code: "ABORTED" }, { code: "OPERATION_TIMEOUT" }]);
    gate.open(1);
    await world.settle();
    expect([await session.exists(PATH), world.names("/config")]).toEqual([null, []]);
    await expect(config.update({ count: 1 }, { deadline: 1 } as never)).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
    });
  });

  it("stays with the znode that it was made of: another one in its place is another", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await one.session.create(PATH, '{"count":1}', { parents: true });
    const config = createLiveConfig(one.session, PATH, { schema: counts });
    let asked = 0;
    const update = config.update(async ({ count }) => {
      asked += 1;
      if (asked === 1) {
        for (const name of world.names(PATH)) await other.session.delete(`${PATH}/${name}`);
        await other.session.delete(PATH);
        await other.session.create(PATH, '{"count":10}');
      }
      return { count: count + 1 };
    });
    expect([await update, asked]).toEqual([{ count: 11, label: "none" }, 2]);
  });
});

/** Adds one to what stands there while one request goes wrong, and others add, too. Gives whether there was such a request. */
async function addWithFault(at: number, fault: (typeof FAULTS)[number], isThere: boolean): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  const theirs = createLiveConfig(other.session, PATH, { schema: counts });
  if (isThere) await theirs.update({ count: 0 });
  const before = await (isThere ? other.session.exists(PATH) : null);
  const mine = createLiveConfig(one.session, PATH, { schema: counts });
  await world.settle();
  one.channel.requestCount = 0;
  one.channel.plan = { at, fault };
  const added = watched(mine.update(isThere ? ({ count }) => ({ count: count + 1 }) : { count: 1 }));
  // Whatever was applied is written over at once.
  const over = async (): Promise<void> => {
    await theirs.update(({ count }) => ({ count: count + 10 })).catch(() => undefined);
  };
  await Promise.all([over(), over()]);
  await world.settle();
  world.clock.advance(1_000);
  await world.settle();
  expect(added.isOver).toBe(true);
  const isMet = one.channel.requestCount >= at;
  const { count } = await other.session.get(PATH).then(
    (znode) => znode.json<{ count: number }>(),
    () => ({ count: 0 }),
  );
  const isApplied = count % 10 === 1;
  if (added.error === undefined) expect([added.value?.count !== undefined, isApplied]).toEqual([true, true]);
  else if ((added.error as { outcome: string }).outcome === "not-applied") expect(isApplied).toBe(false);
  if (!isMet || fault.startsWith("lost")) expect(added.error).toBeUndefined();
  if (before !== null) expect(Math.floor(count / 10)).toBe(2);
  await world.settle();
  expect(world.names(PATH)).toEqual([]);
  expect(world.names("/config").filter((name) => name !== "app")).toEqual([]);
  return isMet;
}

describe.each(FAULTS)("an update one of whose requests is %s", (fault) => {
  it.each([
    ["changes what is there", true],
    ["creates what is not", false],
  ])("%s exactly once, or says that it is not known", async (_, isThere) => {
    let at = 1;
    while (await addWithFault(at, fault, isThere)) at += 1;
    // The marker, the read, the transaction, and the end of the marker.
    expect(at).toBeGreaterThan(4);
  });
});
