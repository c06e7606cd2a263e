import { describe, expect, it } from "vitest";
import { type Counter, createCounter } from "../src/index.ts";
import { TURNS_WAITING_MAX } from "../src/once/in-turn.ts";
import { type Fault, FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/counters/orders";
const LARGEST = Number.MAX_SAFE_INTEGER;

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => "no error",
    (error: { readonly code: unknown }) => error.code,
  );
}

describe("a counter", () => {
  it("counts what all sessions add, and gives each call the value that it has made", async () => {
    const world = new World();
    const all = [await world.open(), await world.open(), await world.open()];
    const counters = all.map(({ session }) => createCounter(session, PATH));
    expect(await counters[0]!.get()).toBe(0);
    const adding = Array.from({ length: 60 }, (_, index) => watched(counters[index % 3]!.add(1)));
    await everyPause(world, () => adding.every(({ isOver }) => isOver));
    const values = adding.map(({ value }) => value!).toSorted((one, other) => one - other);
    expect(values).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(await counters[1]!.add(-70)).toBe(-10);
    expect(await counters[2]!.get()).toBe(-10);
  });

  it("is set and compared", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [counter, theirs] = [createCounter(one.session, PATH), createCounter(other.session, PATH)];
    await counter.set(7);
    expect([await theirs.compareAndSet(6, 9), await theirs.get()]).toEqual([false, 7]);
    expect([await theirs.compareAndSet(7, 9), await counter.get()]).toEqual([true, 9]);
    // What it remembers of its own last change is not the truth any more.
    expect(await counter.compareAndSet(7, 1)).toBe(false);
    expect(await counter.compareAndSet(9, 1)).toBe(true);
  });

  it("counts from where it is told to", async () => {
    const world = new World();
    const { session } = await world.open();
    const counter = createCounter(session, PATH, { initial: 100 });
    expect([await counter.get(), await counter.add(5), await counter.get()]).toEqual([100, 105, 105]);
    await session.create("/empty", "");
    expect(await createCounter(session, "/empty", { initial: -1 }).add(0)).toBe(-1);
  });

  it("stands as decimal text, or as Curator's eight bytes", async () => {
    const world = new World();
    const { session } = await world.open();
    await createCounter(session, "/text").add(-42);
    expect((await session.get("/text")).text()).toBe("-42");
    const binary = createCounter(session, "/binary", { format: "int64" });
    await binary.add(-2);
    expect((await session.get("/binary")).data).toEqual(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 254));
    await session.set("/binary", Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0));
    expect([await binary.get(), await binary.add(1)]).toEqual([2 ** 32, 2 ** 32 + 1]);
  });

  it.each(["1.5", "one", "9007199254740992", " 1", "0x10"])("takes %j for no value of its own", async (text) => {
    const world = new World();
    const { session } = await world.open();
    await session.create("/text", text);
    const counter = createCounter(session, "/text");
    await expect(counter.get()).rejects.toMatchObject({ code: "BAD_DATA", path: "/text" });
    expect(await codeOf(counter.add(1))).toBe("BAD_DATA");
    expect(await codeOf(createCounter(session, "/text", { format: "int64" }).add(1))).toBe("BAD_DATA");
    expect((await session.get("/text")).text()).toBe(text);
  });

  it("takes eight bytes beyond its range for no value of its own", async () => {
    const world = new World();
    const { session } = await world.open();
    await session.create("/binary", Uint8Array.of(127, 0, 0, 0, 0, 0, 0, 0));
    expect(await codeOf(createCounter(session, "/binary", { format: "int64" }).get())).toBe("BAD_DATA");
  });

  it("does not leave its range, and says so by the value that there is", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const counter = createCounter(one.session, PATH);
    await counter.set(LARGEST);
    await expect(counter.add(1)).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
    await createCounter(other.session, PATH).set(1);
    expect(await counter.add(LARGEST - 1)).toBe(LARGEST);
    expect(await codeOf(counter.add(LARGEST))).toBe("BAD_ARGUMENTS");
    expect(await counter.add(-LARGEST)).toBe(0);
  });

  it("is not made where nothing is changed", async () => {
    const world = new World();
    const { session } = await world.open();
    const counter = createCounter(session, PATH, { initial: 5 });
    expect(await counter.compareAndSet(4, 1)).toBe(false);
    await expect(counter.add(LARGEST)).rejects.toMatchObject({ code: "BAD_ARGUMENTS", message: /holds 5/ });
    await world.settle();
    expect(world.names("/")).not.toContain("counters");
    expect(await counter.compareAndSet(5, 1)).toBe(true);
    expect(await counter.get()).toBe(1);
  });

  it("refuses what is no integer, and no option", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const counter = createCounter(session, PATH);
    const before = channel.requestCount;
    for (const bad of [1.5, Number.NaN, LARGEST + 1, "1" as never]) {
      expect(await codeOf(counter.add(bad))).toBe("BAD_ARGUMENTS");
      expect(await codeOf(counter.set(bad))).toBe("BAD_ARGUMENTS");
      expect(await codeOf(counter.compareAndSet(bad, 0))).toBe("BAD_ARGUMENTS");
      expect(() => createCounter(session, PATH, { initial: bad })).toThrow(/initial/);
    }
    expect(() => createCounter(session, PATH, { format: "int32" as never })).toThrow(/text, int64/);
    expect(() => createCounter(session, PATH, { from: 1 } as never)).toThrow(/"from" is no option of a counter/);
    expect(await codeOf(counter.add(1, { timeoutMs: 1 } as never))).toBe("BAD_ARGUMENTS");
    expect(channel.requestCount).toBe(before);
  });

  it("leaves its marker for the next change, and takes it away when none comes", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const counter = createCounter(session, PATH);
    await counter.add(1);
    expect(world.names(PATH)).toHaveLength(1);
    const before = channel.requestCount;
    await counter.add(1);
    expect(channel.requestCount - before).toBe(1);
    world.clock.advance(4_000);
    await counter.add(1);
    world.clock.advance(4_000);
    await world.settle();
    expect(world.names(PATH)).toHaveLength(1);
    world.clock.advance(1_000);
    await world.settle();
    expect(world.names(PATH)).toEqual([]);
    expect(await counter.add(1)).toBe(4);
  });

  it("goes on from what stands there when it is deleted and made anew, also at the same version", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const counter = createCounter(one.session, PATH);
    await counter.add(5);
    for (const name of world.names(PATH)) await other.session.delete(`${PATH}/${name}`);
    await other.session.delete(PATH);
    await other.session.create(PATH, "40");
    await other.session.set(PATH, "41");
    expect(await counter.add(1)).toBe(42);
    for (const name of world.names(PATH)) await other.session.delete(`${PATH}/${name}`);
    await other.session.delete(PATH);
    await other.session.delete("/counters");
    expect(await counter.add(1)).toBe(1);
  });

  it("gives up a change that waits for an earlier one, and changes nothing then", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const counter = createCounter(session, PATH);
    await counter.add(1);
    channel.suspend();
    const giveUp = new AbortController();
    const [first, second] = [watched(counter.add(10)), watched(counter.add(100, { signal: giveUp.signal }))];
    const third = watched(counter.add(1_000, { deadlineMs: 50 }));
    await world.settle();
    giveUp.abort(new Error("no longer wanted"));
    world.clock.advance(50);
    await world.settle();
    expect([first.isOver, second.error, third.error]).toMatchObject([
      false,
      { code: "ABORTED", cause: { message: "no longer wanted" } },
      { code: "OPERATION_TIMEOUT" },
    ]);
    channel.reconnect();
    await world.settle();
    expect([first.value, await counter.add(10_000)]).toEqual([11, 10_011]);
  });

  it("lets so many wait, and refuses one more without having begun it", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const counter = createCounter(session, PATH);
    await counter.add(1);
    channel.suspend();
    const giveUp = new AbortController();
    const first = watched(counter.add(1));
    const others = Array.from({ length: TURNS_WAITING_MAX }, () =>
      watched(counter.add(100, { signal: giveUp.signal })),
    );
    const refused = watched(counter.add(1_000));
    await world.settle();
    expect(refused.error).toMatchObject({ code: "THROTTLED_OP", outcome: "not-applied", retryable: true });
    expect(others.some(({ isOver }) => isOver)).toBe(false);
    giveUp.abort(new Error("enough"));
    const last = watched(counter.add(10));
    await world.settle();
    expect([others.every(({ error }) => error !== undefined), last.isOver]).toEqual([true, false]);
    channel.reconnect();
    await world.settle();
    expect([first.value, last.value]).toEqual([2, 12]);
  });

  it("finds out that it was counted when others have counted since", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [counter, theirs] = [createCounter(one.session, PATH), createCounter(other.session, PATH)];
    await counter.add(1);
    one.channel.plan = { at: one.channel.requestCount + 1, fault: "lost-after", afterwards: "suspended" };
    const added = watched(counter.add(1));
    await world.settle();
    expect([added.isOver, await theirs.add(1)]).toEqual([false, 3]);
    one.channel.reconnect();
    await world.settle();
    expect([added.value, await theirs.get()]).toEqual([2, 3]);
  });

  it("does not say that it knows where its marker was deleted meanwhile", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const counter = createCounter(one.session, PATH);
    await counter.add(1);
    one.channel.plan = { at: one.channel.requestCount + 1, fault: "lost-after", afterwards: "suspended" };
    const added = watched(counter.add(1));
    await world.settle();
    for (const name of world.names(PATH)) await other.session.delete(`${PATH}/${name}`);
    one.channel.reconnect();
    await world.settle();
    expect(added.error).toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
    expect(await counter.add(1)).toBe(3);
  });
});

/** Lets time pass for those that pause, until it is enough. */
async function everyPause(world: World, isEnough: () => boolean): Promise<void> {
  for (let round = 0; round < 200 && !isEnough(); round++) {
    await world.settle();
    world.clock.advance(20);
  }
  expect(isEnough()).toBe(true);
}

const ADDS = 4;

/** One adds 1 while one request goes wrong, another one adds 100 in between. Gives whether there was such a request. */
async function countWithFault(at: number, fault: Fault): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  const [mine, theirs]: Counter[] = [createCounter(one.session, PATH), createCounter(other.session, PATH)];
  one.channel.plan = { at, fault };
  const adding = Array.from({ length: ADDS }, () => watched(mine!.add(1)));
  const added = [watched(theirs!.add(100)), watched(theirs!.add(100))];
  await everyPause(world, () => [...adding, ...added].every(({ isOver }) => isOver));
  const counted = (await theirs!.get()) - 200;
  const successes = adding.filter(({ error }) => error === undefined).length;
  const unknowns = adding.filter(
    ({ error }) => (error as { outcome?: string } | undefined)?.outcome === "unknown",
  ).length;
  expect(added.map(({ error }) => error)).toEqual([undefined, undefined]);
  expect([successes <= counted, counted <= successes + unknowns]).toEqual([true, true]);
  if (fault.startsWith("lost")) expect([successes, counted]).toEqual([ADDS, ADDS]);
  else expect(unknowns).toBeLessThanOrEqual(1);
  const values = adding.flatMap(({ value }) => value ?? []);
  expect(new Set(values).size).toBe(successes);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a counter one of whose requests is %s", (fault) => {
  it("counts once what it says, nothing that it denies, and says where it does not know", async () => {
    let at = 1;
    while (await countWithFault(at, fault)) at += 1;
    // The parents and the marker, a look, and the changes, some of them in vain.
    expect(at).toBeGreaterThan(4 + ADDS);
  });
});
