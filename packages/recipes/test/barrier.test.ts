import { describe, expect, it, vi } from "vitest";
import { createBarrier } from "../src/index.ts";
import { FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PARENT = "/gates";
const PATH = `${PARENT}/deploy`;

describe("a barrier", () => {
  it("lets everybody wait while it is set, and nobody while it is not", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const barrier = createBarrier(one.session, PATH);
    await createBarrier(other.session, PATH).wait();
    await barrier.set();
    const waiters = [one, other].map(({ session }) => watched(createBarrier(session, PATH).wait()));
    await world.settle();
    expect([await barrier.isSet(), ...waiters.map(({ isOver }) => isOver)]).toEqual([true, false, false]);
    await barrier.remove();
    await world.settle();
    expect([await barrier.isSet(), ...waiters.map(({ isOver }) => isOver)]).toEqual([false, true, true]);
  });

  it("is set and removed however often it is asked for, and leaves nothing beside it", async () => {
    const world = new World();
    const { session } = await world.open();
    const barrier = createBarrier(session, PATH);
    await barrier.remove();
    await barrier.set();
    await barrier.set();
    await world.settle();
    expect(world.names(PARENT)).toEqual(["deploy"]);
    await barrier.remove();
    await barrier.remove();
    await world.settle();
    expect(world.names(PARENT)).toEqual([]);
  });

  it("may stand at the top of the tree, and outlives who has set it", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await createBarrier(one.session, "/gate").set();
    await one.session.close();
    expect(await createBarrier(other.session, "/gate").isSet()).toBe(true);
    await createBarrier(other.session, "/gate").remove();
    expect(await createBarrier(other.session, "/gate").isSet()).toBe(false);
  });

  it("gives up a wait, and leaves nothing behind", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const barrier = createBarrier(session, PATH);
    await barrier.set();
    const giveUp = new AbortController();
    const aborted = watched(barrier.wait({ signal: giveUp.signal }));
    const late = watched(barrier.wait({ deadlineMs: 500 }));
    await world.settle();
    giveUp.abort(new Error("no longer wanted"));
    world.clock.advance(500);
    await world.settle();
    expect([aborted.error, late.error]).toMatchObject([
      { code: "ABORTED", cause: { message: "no longer wanted" } },
      { code: "OPERATION_TIMEOUT" },
    ]);
    await expect(barrier.set({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    channel.suspend();
    const set = watched(barrier.set({ deadlineMs: 500 }));
    await world.settle();
    world.clock.advance(500);
    await world.settle();
    expect(set.error).toMatchObject({ code: "OPERATION_TIMEOUT" });
    channel.reconnect();
    await world.settle();
    expect(world.names(PARENT)).toEqual(["deploy"]);
  });

  it("misses no removal between a look and the watch (LK-07), nor one while it was not connected (WA-02)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await createBarrier(one.session, PATH).set();
    const atOnce = watched(createBarrier(other.session, PATH).wait());
    await one.session.delete(PATH);
    await world.settle();
    expect(atOnce.isOver).toBe(true);
    await createBarrier(one.session, PATH).set();
    const apart = watched(createBarrier(other.session, PATH).wait());
    await world.settle();
    other.channel.suspend();
    await createBarrier(one.session, PATH).remove();
    await createBarrier(one.session, PATH).set();
    await createBarrier(one.session, PATH).remove();
    other.channel.reconnect();
    await world.settle();
    expect(apart.isOver).toBe(true);
  });

  it("lets nobody through whose server has not heard yet that it is set", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await createBarrier(one.session, PATH).set();
    const { channel } = other;
    const submit = channel.submit.bind(channel);
    let isBehind = true;
    // Until a sync, this one's server is as it was before.
    vi.spyOn(channel, "submit").mockImplementation((call) => {
      if (call.body.kind === "sync") isBehind = false;
      if (!isBehind || call.body.kind !== "exists") return submit(call);
      submit({
        body: call.body,
        sent: () => call.sent?.(),
        settle: (reply) => call.settle({ ...reply, code: "NO_NODE", body: null }),
      });
    });
    expect(await createBarrier(other.session, PATH).isSet()).toBe(false);
    const waits = watched(createBarrier(other.session, PATH).wait());
    await world.settle();
    expect(waits.isOver).toBe(false);
    await createBarrier(one.session, PATH).remove();
    await world.settle();
    expect(waits.isOver).toBe(true);
  });

  it("is set where all above it is deleted meanwhile, and is gone with it (LK-08)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await createBarrier(one.session, PATH).set();
    const waits = watched(createBarrier(other.session, PATH).wait());
    await world.settle();
    await one.session.delete(PATH);
    await one.session.delete(PARENT);
    await world.settle();
    expect(waits.isOver).toBe(true);
    await createBarrier(one.session, PATH).set();
    expect(await createBarrier(one.session, PATH).isSet()).toBe(true);
  });

  it("is not set again when its answer was lost and somebody has removed it since", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    // What is above it and the marker come first.
    one.channel.plan = { at: one.channel.requestCount + 3, fault: "lost-after", afterwards: "suspended" };
    const set = watched(createBarrier(one.session, PATH).set());
    await world.settle();
    expect([set.isOver, await createBarrier(other.session, PATH).isSet()]).toEqual([false, true]);
    await createBarrier(other.session, PATH).remove();
    one.channel.reconnect();
    await world.settle();
    expect([set.isOver, set.error]).toEqual([true, undefined]);
    expect(await createBarrier(other.session, PATH).isSet()).toBe(false);
  });

  it("is not removed again when its answer was lost and somebody has set it since", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await createBarrier(other.session, PATH).set();
    one.channel.plan = { at: one.channel.requestCount + 2, fault: "lost-after", afterwards: "suspended" };
    const removal = watched(createBarrier(one.session, PATH).remove());
    await world.settle();
    await createBarrier(other.session, PATH).set();
    one.channel.reconnect();
    await world.settle();
    expect([removal.isOver, removal.error]).toEqual([true, undefined]);
    expect(await createBarrier(other.session, PATH).isSet()).toBe(true);
  });
});

/** One sets, waits and removes while one request goes wrong; another waits. Gives whether there was such a request. */
async function gateWithFault(at: number, fault: (typeof FAULTS)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  one.channel.plan = { at, fault };
  const barrier = createBarrier(one.session, PATH);
  const set = watched(barrier.set());
  await world.settle();
  const isSet = await createBarrier(other.session, PATH).isSet();
  if (set.error === undefined) expect(isSet).toBe(true);
  else expect(set.error).toMatchObject({ outcome: isSet ? "unknown" : expect.any(String) });
  await createBarrier(other.session, PATH).set();
  const waits = watched(createBarrier(other.session, PATH).wait());
  const itself = watched(barrier.wait());
  await world.settle();
  expect(waits.isOver).toBe(false);
  const removal = watched(barrier.remove());
  await world.settle();
  const isLost = one.session.state === "lost";
  expect([set.isOver, itself.isOver, removal.isOver]).toEqual([true, true, true]);
  expect(isLost || (removal.error === undefined && itself.error === undefined)).toBe(true);
  if (removal.error === undefined) expect(waits.isOver).toBe(true);
  else expect(removal.error).toMatchObject({ outcome: waits.isOver ? "unknown" : expect.any(String) });
  await createBarrier(other.session, PATH).remove();
  await world.settle();
  expect([waits.isOver, world.names(PARENT)]).toEqual([true, []]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a barrier one of whose requests is %s", (fault) => {
  it("is set and removed, or says that it may not be, and leaves nothing behind, whichever request it is", async () => {
    let at = 1;
    while (await gateWithFault(at, fault)) at += 1;
    // Two markers with what is above, two changes, a watch and its look.
    expect(at).toBeGreaterThan(8);
  });
});
