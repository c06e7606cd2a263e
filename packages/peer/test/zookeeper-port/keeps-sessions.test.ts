import { describe, expect, it } from "vitest";
import { PortWorld } from "./port-world.ts";

/** Sessions that were touched since this was asked last. */
function touchedOf(world: PortWorld): Set<bigint> {
  return new Set(world.engine.touched.splice(0));
}

describe("a port that keeps sessions", () => {
  it("touches them for as long as they are connected, often enough for the shortest", async () => {
    const world = await new PortWorld().open({ keepsSessions: true });
    const long = world.connect({ timeoutMs: 30_000 });
    const short = world.connect({ timeoutMs: 6_000 });
    const [longId, shortId] = [long.session.sessionId, short.session.sessionId];
    touchedOf(world);
    world.pass(1_999);
    expect(touchedOf(world)).toEqual(new Set());
    world.pass(1);
    expect(touchedOf(world)).toEqual(new Set([longId, shortId]));
    world.pass(2_000);
    expect(touchedOf(world)).toEqual(new Set([longId, shortId]));
    short.connection!.abort();
    world.settle();
    world.pass(2_000);
    expect(touchedOf(world)).toEqual(new Set([longId]));
    world.pass(9_999);
    expect(touchedOf(world)).toEqual(new Set());
    world.pass(1);
    expect(touchedOf(world)).toEqual(new Set([longId]));
  });

  it("does nothing without one, and none behind its end", async () => {
    const world = await new PortWorld().open({ keepsSessions: true });
    world.dial();
    const client = world.connect({ timeoutMs: 6_000 });
    client.connection!.abort();
    world.settle();
    touchedOf(world);
    world.pass(2_000);
    const turns = world.engine.turnCount;
    world.pass(60_000);
    expect(touchedOf(world)).toEqual(new Set());
    // The connection that never asked for a session ends meanwhile, in one turn.
    expect(world.engine.turnCount).toBeLessThanOrEqual(turns + 2);
    world.connect({ timeoutMs: 6_000 });
    const closed = world.port!.close();
    world.settle();
    await closed;
    touchedOf(world);
    world.pass(60_000);
    expect(touchedOf(world)).toEqual(new Set());
  });

  it("takes up its work again with the next session", async () => {
    const world = await new PortWorld().open({ keepsSessions: true });
    world.connect({ timeoutMs: 6_000 }).connection!.abort();
    world.pass(60_000);
    const { session } = world.connect({ timeoutMs: 9_000 });
    touchedOf(world);
    world.pass(3_000);
    expect(touchedOf(world)).toEqual(new Set([session.sessionId]));
  });
});

it("other ports leave that to their clients", async () => {
  const world = await new PortWorld().open();
  world.connect({ timeoutMs: 6_000 });
  touchedOf(world);
  world.pass(4_000);
  expect(touchedOf(world)).toEqual(new Set());
});
