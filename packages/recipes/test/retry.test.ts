import { CoterieError, type ErrorCode } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { persist } from "../src/calls/retry.ts";
import { watched, World } from "./support/world.ts";

const PAUSE_MS = 100;

/** Fails with `codes`, one after another, and then gives how often it was called. */
function failing(codes: readonly ErrorCode[]): { call(): Promise<number>; readonly count: number } {
  const calls = {
    count: 0,
    call: (): Promise<number> => {
      const code = codes[calls.count];
      calls.count += 1;
      return code === undefined ? Promise.resolve(calls.count) : Promise.reject(new CoterieError(code));
    },
  };
  return calls;
}

describe("what persists", () => {
  it("asks a server that could take no more again after a pause, and not before", async () => {
    const world = new World();
    const { session } = await world.open();
    const asked = failing(["THROTTLED_OP", "THROTTLED_OP"]);
    const result = watched(persist(session, () => asked.call()));
    for (const count of [1, 2]) {
      await world.settle();
      world.clock.advance(PAUSE_MS - 1);
      await world.settle();
      expect(asked.count).toBe(count);
      world.clock.advance(1);
    }
    await world.settle();
    expect(result.value).toBe(3);
  });

  it("asks at once where the connection was lost and is there again: that has taken its time", async () => {
    const world = new World();
    const { session } = await world.open();
    const asked = failing(["CONNECTION_LOSS", "OPERATION_TIMEOUT"]);
    expect(await persist(session, () => asked.call())).toBe(3);
  });

  it("waits for the connection, without asking", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const asked = failing(["CONNECTION_LOSS"]);
    channel.suspend();
    const result = watched(persist(session, () => asked.call()));
    world.clock.advance(60_000);
    await world.settle();
    expect([asked.count, result.isOver]).toEqual([1, false]);
    channel.reconnect();
    await world.settle();
    expect(result.value).toBe(2);
  });

  it("ends with the last error when the session is over, also within the pause", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const asked = failing(["THROTTLED_OP"]);
    const result = watched(persist(session, () => asked.call()));
    await world.settle();
    channel.expire();
    world.clock.advance(PAUSE_MS);
    await world.settle();
    expect([asked.count, result.error]).toEqual([1, expect.objectContaining({ code: "THROTTLED_OP" })]);
  });

  it.each(["NO_AUTH", "NO_NODE", "ABORTED"] as const)("does not repeat %s", async (code) => {
    const { session } = await new World().open();
    const asked = failing([code]);
    await expect(persist(session, () => asked.call())).rejects.toMatchObject({ code });
    expect(asked.count).toBe(1);
  });
});
