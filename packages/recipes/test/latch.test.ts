import { describe, expect, it } from "vitest";
import { createLatch } from "../src/index.ts";
import { type Fault, FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/jobs/loaded";

describe("a latch", () => {
  it("opens when it was counted down so often, and stays open", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [latch, theirs] = [one, other].map(({ session }) => createLatch(session, PATH, { count: 3 }));
    const waits = watched(theirs!.wait());
    await world.settle();
    expect([await latch!.count(), waits.isOver]).toEqual([3, false]);
    expect([await latch!.countDown(), await theirs!.countDown()]).toEqual([2, 1]);
    await world.settle();
    expect(waits.isOver).toBe(false);
    await one.session.close();
    expect(await theirs!.countDown()).toBe(0);
    await world.settle();
    expect(waits.isOver).toBe(true);
    expect([await theirs!.countDown(), await theirs!.count(), world.names(PATH).length]).toEqual([0, 0, 3]);
    await theirs!.wait();
  });

  it("counts what has a name once, also from another session", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [latch, theirs] = [one, other].map(({ session }) => createLatch(session, PATH, { count: 2 }));
    expect(await latch!.countDown({ id: "part-1" })).toBe(1);
    await one.session.close();
    expect([await theirs!.countDown({ id: "part-1" }), await theirs!.countDown({ id: "part-2" })]).toEqual([1, 0]);
  });

  it("is of one count for all, or none", async () => {
    const world = new World();
    const { session } = await world.open();
    await createLatch(session, PATH, { count: 2 }).countDown();
    const wrong = createLatch(session, PATH, { count: 3 });
    for (const call of [wrong.count(), wrong.countDown(), wrong.wait()]) {
      await expect(call).rejects.toMatchObject({ code: "BAD_DATA", path: PATH });
    }
    expect(world.names(PATH)).toHaveLength(1);
  });

  it("counts only what was counted down, and begins where an empty znode stands", async () => {
    const world = new World();
    const { session } = await world.open();
    await session.create("/round");
    await session.create("/round/gate");
    await session.create("/round/members");
    const latch = createLatch(session, "/round", { count: 2 });
    const waits = watched(latch.wait());
    await world.settle();
    expect([await latch.count(), waits.isOver]).toEqual([2, false]);
    expect(await latch.countDown({ id: "gate" })).toBe(1);
    expect((await session.get("/round")).text()).toBe("2");
    await expect(createLatch(session, "/round", { count: 3 }).countDown()).rejects.toMatchObject({ code: "BAD_DATA" });
    await world.settle();
    expect(waits.isOver).toBe(false);
    expect(await latch.countDown({ id: "members" })).toBe(0);
    await world.settle();
    expect(waits.isOver).toBe(true);
  });

  it("may be at the root, which has other children", async () => {
    const { session } = await new World().open();
    await session.create("/zoo");
    const latch = createLatch(session, "/", { count: 1 });
    expect([await latch.count(), await latch.countDown(), (await session.get("/")).text()]).toEqual([1, 0, "1"]);
  });

  it("is of one count, also where two who say different ones begin it at the same time", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const both = [
      watched(createLatch(one.session, PATH, { count: 2 }).countDown()),
      watched(createLatch(other.session, PATH, { count: 3 }).countDown()),
    ];
    await world.settle();
    expect(both.map(({ value, error }) => value ?? (error as { code: string }).code)).toContain("BAD_DATA");
    expect(world.names(PATH)).toHaveLength(1);
  });

  it("refuses what it cannot count, and names that are none", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const before = channel.requestCount;
    for (const count of [0, 1.5, 10_001, "2" as never]) {
      expect(() => createLatch(session, PATH, { count })).toThrow(/count/);
    }
    expect(() => createLatch(session, PATH, { count: 1, initial: 1 } as never)).toThrow(/no option of a latch/);
    const latch = createLatch(session, PATH, { count: 1 });
    for (const id of ["", ".", "..", "a/b", 1 as never]) {
      await expect(latch.countDown({ id })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    }
    expect(channel.requestCount).toBe(before);
  });

  it("gives up", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const latch = createLatch(session, PATH, { count: 2 });
    const giveUp = new AbortController();
    const [aborted, late] = [watched(latch.wait({ signal: giveUp.signal })), watched(latch.wait({ deadlineMs: 500 }))];
    await world.settle();
    giveUp.abort(new Error("no longer wanted"));
    channel.suspend();
    const counted = watched(latch.countDown({ deadlineMs: 500 }));
    await world.settle();
    world.clock.advance(500);
    await world.settle();
    expect([aborted.error, late.error, counted.error]).toMatchObject([
      { code: "ABORTED", cause: { message: "no longer wanted" } },
      { code: "OPERATION_TIMEOUT" },
      { code: "OPERATION_TIMEOUT" },
    ]);
    channel.reconnect();
    await world.settle();
    expect(await latch.count()).toBe(2);
  });

  it("begins anew where it is deleted as a whole (LK-08), and misses nothing meanwhile (WA-02)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [latch, theirs] = [one, other].map(({ session }) => createLatch(session, PATH, { count: 1 }));
    const waits = watched(createLatch(other.session, PATH, { count: 2 }).wait());
    await createLatch(one.session, PATH, { count: 2 }).countDown({ id: "old" });
    await one.session.delete(`${PATH}/down-old`);
    await one.session.delete(PATH);
    await one.session.delete("/jobs");
    await world.settle();
    expect(waits.isOver).toBe(false);
    other.channel.suspend();
    const opens = watched(theirs!.wait());
    expect(await latch!.countDown()).toBe(0);
    other.channel.reconnect();
    await world.settle();
    expect([opens.isOver, opens.error, waits.error]).toMatchObject([true, undefined, { code: "BAD_DATA" }]);
  });
});

/** One counts down twice while one request goes wrong, another one once. Gives whether there was such a request. */
async function countDownWithFault(at: number, fault: Fault): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  const [latch, theirs] = [one, other].map(({ session }) => createLatch(session, PATH, { count: 4 }));
  one.channel.plan = { at, fault };
  const waits = [watched(latch!.wait()), watched(theirs!.wait())];
  const counted = [watched(latch!.countDown())];
  await world.settle();
  counted.push(watched(latch!.countDown()), watched(theirs!.countDown()));
  await world.settle();
  expect(counted.map(({ isOver }) => isOver)).toEqual([true, true, true]);
  const sure = counted.filter(({ error }) => error === undefined).length;
  const unknown = counted.filter(
    ({ error }) => (error as { outcome?: string } | undefined)?.outcome === "unknown",
  ).length;
  const times = world.names(PATH).length;
  expect([sure <= times, times <= sure + unknown]).toEqual([true, true]);
  if (fault.startsWith("lost")) expect([sure, times]).toEqual([3, 3]);
  while ((await theirs!.count()) > 0) {
    expect(waits[1]!.isOver).toBe(false);
    await theirs!.countDown();
  }
  await world.settle();
  expect(waits.map(({ isOver }) => isOver)).toEqual([true, true]);
  expect([waits[0]!.error === undefined || one.session.state === "lost", waits[1]!.error]).toEqual([true, undefined]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a latch one of whose requests is %s", (fault) => {
  it("is counted down as often as it says, whichever request it is", async () => {
    let at = 1;
    while (await countDownWithFault(at, fault)) at += 1;
    // A watch, a look for each, three creates, and a look behind each.
    expect(at).toBeGreaterThan(8);
  });
});
