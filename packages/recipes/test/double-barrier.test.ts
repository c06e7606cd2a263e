import { describe, expect, it, vi } from "vitest";
import { type BarrierEntry, createDoubleBarrier } from "../src/index.ts";
import { type Fault, FAULTS } from "./support/faulty-channel.ts";
import { type Application, watched, World } from "./support/world.ts";

const PATH = "/jobs/import";

function enter({ session }: Application, participants: number, options = {}): ReturnType<typeof watched<BarrierEntry>> {
  return watched(createDoubleBarrier(session, PATH, { participants }).enter(options));
}

function leave(entry: BarrierEntry | undefined): ReturnType<typeof watched<void>> {
  return watched(entry!.leave());
}

describe("a double barrier", () => {
  it("lets so many begin together, and end together", async () => {
    const world = new World();
    const all = [await world.open(), await world.open(), await world.open()];
    const [first, second] = [enter(all[0]!, 3), enter(all[1]!, 3)];
    await world.settle();
    expect([first.isOver, second.isOver]).toEqual([false, false]);
    const third = enter(all[2]!, 3);
    await world.settle();
    const entries = [first, second, third];
    expect(entries.map(({ isOver }) => isOver)).toEqual([true, true, true]);
    expect(new Set(entries.map(({ value }) => value!.token)).size).toBe(3);
    const leaving = [leave(third.value), leave(first.value)];
    await world.settle();
    expect(leaving.map(({ isOver }) => isOver)).toEqual([false, false]);
    expect([third.value!.signal.aborted, second.value!.signal.aborted]).toEqual([true, false]);
    leaving.push(leave(second.value));
    await world.settle();
    expect(leaving.map(({ isOver, error }) => [isOver, error])).toEqual(leaving.map(() => [true, undefined]));
    expect(world.names(PATH)).toEqual([]);
  });

  it("may be used again at once by who has left, while others still leave", async () => {
    const world = new World();
    const all = [await world.open(), await world.open()];
    for (let round = 0; round < 3; round++) {
      const entries = all.map((each) => enter(each, 2));
      await world.settle();
      const slow = leave(entries[1]!.value);
      await world.settle();
      // Of the one that is about to leave no event arrives for now.
      all[1]!.channel.suspend();
      const quick = leave(entries[0]!.value);
      await world.settle();
      const again = enter(all[0]!, 2);
      await world.settle();
      expect([slow.isOver, quick.isOver, again.isOver]).toEqual([false, true, false]);
      all[1]!.channel.reconnect();
      await world.settle();
      expect([slow.isOver, slow.error, again.isOver]).toEqual([true, undefined, false]);
      const other = enter(all[1]!, 2);
      await world.settle();
      expect([again.isOver, other.isOver]).toEqual([true, true]);
      const both = [leave(again.value), leave(other.value)];
      await world.settle();
      expect(both.map(({ isOver }) => isOver)).toEqual([true, true]);
      expect(world.names(PATH)).toEqual([]);
    }
  });

  it("takes what a round has left behind whose maker has died for nothing", async () => {
    const world = new World();
    const old = [await world.open(), await world.open()];
    const entries = old.map((each) => enter(each, 2));
    await world.settle();
    expect(entries.map(({ isOver }) => isOver)).toEqual([true, true]);
    for (const { session } of old) await session.close();
    expect(world.names(PATH)).toEqual(["ready"]);
    const [one, other] = [await world.open(), await world.open()];
    const first = enter(one, 2);
    await world.settle();
    expect(first.isOver).toBe(false);
    const second = enter(other, 2);
    await world.settle();
    expect([first.isOver, second.isOver]).toEqual([true, true]);
    const leaving = [leave(first.value), leave(second.value)];
    await world.settle();
    expect([leaving.map(({ isOver }) => isOver), world.names(PATH)]).toEqual([[true, true], []]);
  });

  it("lets one that comes late join the round that is under way", async () => {
    const world = new World();
    const all = [await world.open(), await world.open(), await world.open()];
    const [first, second] = [enter(all[0]!, 2), enter(all[1]!, 2)];
    await world.settle();
    await second.value!.release();
    const late = enter(all[2]!, 2);
    await world.settle();
    expect([first.isOver, late.isOver]).toEqual([true, true]);
    const leaving = leave(first.value);
    await world.settle();
    expect(leaving.isOver).toBe(false);
    await late.value!.release();
    await world.settle();
    expect(leaving.isOver).toBe(true);
  });

  it("waits for no one that has died, neither to begin nor to end", async () => {
    const world = new World();
    const all = [await world.open(), await world.open(), await world.open()];
    const dies = enter(all[0]!, 2);
    await world.settle();
    all[0]!.channel.expire();
    const first = enter(all[1]!, 2);
    await world.settle();
    expect([dies.error, first.isOver]).toMatchObject([{ code: "SESSION_EXPIRED" }, false]);
    const second = enter(all[2]!, 2);
    await world.settle();
    const leaving = leave(first.value);
    await world.settle();
    expect([second.isOver, leaving.isOver]).toEqual([true, false]);
    all[2]!.channel.expire();
    await world.settle();
    expect([leaving.isOver, leaving.error, second.value!.signal.reason]).toMatchObject([
      true,
      undefined,
      { code: "NOT_HELD", cause: { code: "SESSION_EXPIRED" } },
    ]);
    await expect(second.value!.leave()).rejects.toMatchObject({ code: "NOT_HELD" });
  });

  it("does not count who has given up, and leaves nothing of it (LK-05)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const giveUp = new AbortController();
    const aborted = enter(one, 3, { signal: giveUp.signal });
    const late = enter(other, 3, { deadlineMs: 500 });
    await world.settle();
    expect(world.names(PATH)).toHaveLength(2);
    giveUp.abort(new Error("no longer wanted"));
    world.clock.advance(500);
    await world.settle();
    expect([aborted.error, late.error, world.names(PATH)]).toMatchObject([
      { code: "ABORTED", cause: { message: "no longer wanted" } },
      { code: "OPERATION_TIMEOUT" },
      [],
    ]);
    const [first, second] = [enter(one, 3), enter(other, 3)];
    await world.settle();
    expect([first.isOver, second.isOver]).toEqual([false, false]);
  });

  it("begins with nobody who has given up since it was listed", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const first = enter(one, 2);
    await world.settle();
    const [gone] = world.names(PATH);
    const { channel } = other;
    const submit = channel.submit.bind(channel);
    let isGone = false;
    // Whatever makes `ready` arrives behind the end of the one that was there.
    vi.spyOn(channel, "submit").mockImplementation((call) => {
      if (!isGone && world.names(PATH).length === 2 && (call.body.kind === "create2" || call.body.kind === "multi")) {
        isGone = true;
        one.channel.expire();
      }
      submit(call);
    });
    const second = enter(other, 2);
    await world.settle();
    expect([isGone, first.error, second.isOver]).toMatchObject([true, { code: "SESSION_EXPIRED" }, false]);
    expect(world.names(PATH)).not.toContain(gone);
    expect(world.names(PATH)).toHaveLength(1);
    const third = enter(await world.open(), 2);
    await world.settle();
    expect([second.isOver, third.isOver]).toEqual([true, true]);
  });

  it("counts so many of those who are in, where there are more, and none that has gone", async () => {
    const world = new World();
    const all = await Promise.all(Array.from({ length: 4 }, () => world.open()));
    const waits = all.slice(0, 3).map((each) => enter(each, 5));
    await world.settle();
    const { channel } = all[3]!;
    const submit = channel.submit.bind(channel);
    let isGone = false;
    vi.spyOn(channel, "submit").mockImplementation((call) => {
      if (!isGone && call.body.kind === "multi") {
        isGone = true;
        for (const each of all.slice(0, 2)) each.channel.expire();
      }
      submit(call);
    });
    // Says 2 where the others say 5: with the one that is left, there are enough.
    const second = enter(all[3]!, 2);
    await world.settle();
    expect([isGone, second.isOver, waits[2]!.isOver]).toEqual([true, true, true]);
  });

  it("has left where the wait for the others is given up", async () => {
    const world = new World();
    const all = [await world.open(), await world.open()];
    const [first, second] = all.map((each) => enter(each, 2));
    await world.settle();
    const late = watched(first!.value!.leave({ deadlineMs: 500 }));
    await world.settle();
    world.clock.advance(500);
    await world.settle();
    expect([late.error, first!.value!.signal.aborted]).toMatchObject([{ code: "OPERATION_TIMEOUT" }, true]);
    const [again, last] = [leave(first!.value), leave(second!.value)];
    await world.settle();
    expect([again.isOver, again.error, last.isOver, world.names(PATH)]).toEqual([true, undefined, true, []]);
  });

  it("has left also where it could not even see for whom to wait", async () => {
    const world = new World();
    const all = [await world.open(), await world.open()];
    const [first, second] = all.map((each) => enter(each, 2));
    await world.settle();
    all[0]!.channel.suspend();
    const late = watched(first!.value!.leave({ deadlineMs: 500 }));
    await world.settle();
    world.clock.advance(500);
    await world.settle();
    all[0]!.channel.reconnect();
    await world.settle();
    const leaving = leave(second!.value);
    await world.settle();
    expect([late.error, leaving.isOver]).toMatchObject([{ code: "OPERATION_TIMEOUT" }, true]);
  });

  it.each([{ signal: AbortSignal.abort(new Error("enough")) }, { deadlineMs: 0 }])(
    "has left where the wait is over before it begins: %o",
    async (options) => {
      const world = new World();
      const all = [await world.open(), await world.open()];
      const [first, second] = all.map((each) => enter(each, 2));
      await world.settle();
      await expect(first!.value!.leave({ deadlineMS: 0 } as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
      expect(first!.value!.signal.aborted).toBe(false);
      const code = options.signal === undefined ? "OPERATION_TIMEOUT" : "ABORTED";
      await expect(first!.value!.leave(options)).rejects.toMatchObject({ code });
      expect(first!.value!.signal.aborted).toBe(true);
      const leaving = leave(second!.value);
      await world.settle();
      expect([leaving.isOver, leaving.error, world.names(PATH)]).toEqual([true, undefined, ["ready"]]);
      await expect(first!.value!.leave()).rejects.toMatchObject({ code: "NOT_HELD" });
    },
  );

  it("enters anew where its znode, or all of them, are deleted (LK-08)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const first = enter(one, 2);
    await world.settle();
    for (const name of world.names(PATH)) await other.session.delete(`${PATH}/${name}`);
    await other.session.delete(PATH);
    await world.settle();
    expect([first.isOver, world.names(PATH).length]).toEqual([false, 1]);
    const second = enter(other, 2);
    await world.settle();
    expect([first.isOver, second.isOver]).toEqual([true, true]);
    expect([first.value!.signal.aborted, second.value!.signal.aborted]).toEqual([false, false]);
  });

  it("refuses what it cannot count", async () => {
    const world = new World();
    const { session } = await world.open();
    for (const participants of [0, 1.5, "2" as never, undefined as never]) {
      expect(() => createDoubleBarrier(session, PATH, { participants })).toThrow(/participants/);
    }
    expect(() => createDoubleBarrier(session, PATH, { participants: 2, count: 2 } as never)).toThrow(/no option/);
  });
});

/** One enters and leaves while one request goes wrong; two others are there. Gives whether there was such a request. */
async function takePartWithFault(at: number, fault: Fault): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  one.channel.plan = { at, fault };
  const [mine, theirs] = [enter(one, 2), enter(other, 2)];
  await world.settle();
  const entered = [mine, theirs];
  if (mine.value === undefined || mine.value.signal.aborted) {
    expect(one.session.state).toBe("lost");
    entered.push(enter(await world.open(), 2));
    await world.settle();
  }
  expect(entered.map(({ isOver }) => isOver)).toEqual(entered.map(() => true));
  const left = mine.value === undefined ? undefined : leave(mine.value);
  await world.settle();
  if (left !== undefined && left.error === undefined) expect(left.isOver).toBe(false);
  const others = entered.slice(1).map(({ value }) => leave(value));
  await world.settle();
  expect(others.map(({ isOver, error }) => [isOver, error])).toEqual(others.map(() => [true, undefined]));
  const isLost = one.session.state === "lost";
  expect([left?.isOver ?? true, left?.error === undefined || isLost]).toEqual([true, true]);
  // Whose maker has died stays, and is nobody's obstacle.
  expect(world.names(PATH)).toEqual(isLost && world.names(PATH).length > 0 ? ["ready"] : []);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a participant one of whose requests is %s", (fault) => {
  it("begins and ends with the others, or is counted no more, whichever request it is", async () => {
    let at = 1;
    while (await takePartWithFault(at, fault)) at += 1;
    // Its place, the parent, a watch, two looks, the list, the release, the list again, a look at the last of them.
    expect(at).toBeGreaterThan(8);
  });
});
