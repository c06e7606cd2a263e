import { describe, expect, it } from "vitest";
import { NEXT_LEADING } from "./fake-engine.ts";
import { create, get, ServingWorld, type TestClient } from "./serving-world.ts";

const PING = { kind: "ping" } as const;
const TIMEOUT_MS = 10_000;

function connected(): { readonly world: ServingWorld; readonly client: TestClient } {
  const world = new ServingWorld();
  const client = world.connect({ timeoutMs: TIMEOUT_MS });
  client.told.length = 0;
  world.engine.holdsConfirms = true;
  return { world, client };
}

function submit(
  world: ServingWorld,
  client: TestClient,
  tag: number,
  body: Parameters<ServingWorld["askOne"]>[1],
): void {
  world.act(() => client.served!.submit(tag, body));
}

function confirm({ engine }: ServingWorld): void {
  engine.holdsConfirms = false;
  engine.wake();
  engine.run();
  engine.holdsConfirms = true;
}

describe("a ping", () => {
  it("is answered when the leader has heard of the session, and holds up nothing meanwhile", () => {
    const { world, client } = connected();
    submit(world, client, 1, PING);
    submit(world, client, 2, get("/"));
    expect(client.told).toEqual([2]);
    confirm(world);
    expect(client.told).toEqual([2, 1]);
    expect(client.replies[1]).toEqual({ tag: 1, zxid: world.engine.machine.lastAppliedZxid, code: null, body: PING });
    expect(world.serving.traffic.outstandingCount).toBe(0);
  });

  it("that has come behind the question waits for the next one", () => {
    const { world, client } = connected();
    submit(world, client, 1, PING);
    world.clock.advance(1);
    submit(world, client, 2, PING);
    expect(world.engine.confirms).toHaveLength(1);
    const asked = world.engine.confirms;
    world.engine.confirms = [];
    world.serving.confirmed(asked.map(({ id }) => id));
    expect(client.told).toEqual([1]);
    confirm(world);
    expect(client.told).toEqual([1, 2]);
  });

  it("does not wait for a sync before it, nor for what that holds up", () => {
    const { world, client } = connected();
    submit(world, client, 1, { kind: "sync", path: "/" });
    submit(world, client, 2, get("/"));
    submit(world, client, 3, PING);
    const { confirms } = world.engine;
    world.serving.confirmed(confirms.filter(({ target }) => target === "committed").map(({ id }) => id));
    world.engine.wake();
    world.engine.run();
    expect(client.replies).toEqual([{ tag: 3, zxid: world.engine.machine.lastAppliedZxid, code: null, body: PING }]);
    confirm(world);
    expect(client.told).toEqual([3, 1, 2]);
    expect(world.serving.traffic.outstandingCount).toBe(0);
  });

  it("does not wait for a write that waits for a leader", () => {
    const { world, client } = connected();
    world.engine.loseLeader();
    submit(world, client, 1, create("/a"));
    submit(world, client, 2, PING);
    expect(client.replies).toEqual([{ tag: 2, zxid: -1, code: null, body: PING }]);
    world.engine.become(NEXT_LEADING);
    world.engine.run();
    expect(client.told).toEqual([2, 1]);
  });

  it("counts among the requests that wait: a client is not read that sends too many", () => {
    const world = new ServingWorld({ sessionRequestsMax: 4 });
    const client = world.connect();
    world.engine.holdsConfirms = true;
    const taken: boolean[] = [];
    world.act(() => {
      for (let tag = 1; tag <= 4; tag++) taken.push(client.served!.submit(tag, PING));
    });
    expect([taken, client.drainedCount]).toEqual([[true, true, true, false], 0]);
    confirm(world);
    expect([client.replies.length, client.drainedCount]).toEqual([4, 1]);
  });

  it("has its question put beside that of syncs where many are on their way", () => {
    const { world, client } = connected();
    const { engine } = world;
    const sync = { kind: "sync", path: "/" } as const;
    for (let count = 0; engine.confirms.length === count; count++) submit(world, client, count, sync);
    const before = engine.confirms.length;
    submit(world, client, 1_000, PING);
    expect(engine.confirms).toHaveLength(before);
    world.serving.confirmed([engine.confirms.shift()!.id]);
    engine.run();
    expect(engine.confirms.slice(before - 1).map(({ target }) => target)).toEqual(["proposed", "committed"]);
  });

  it("shares its question with those of other sessions", () => {
    const { world, client } = connected();
    const others = [world.connect(), world.connect()];
    world.act(() => {
      for (const { served } of [client, ...others]) served!.submit(1, PING);
    });
    expect(world.engine.confirms).toHaveLength(1);
  });

  it.each(["the leader is lost", "the question is refused"])("proves nothing when %s", (what) => {
    const { world, client } = connected();
    submit(world, client, 1, PING);
    if (what === "the leader is lost") world.engine.loseLeader();
    else world.engine.refuseConfirms();
    world.engine.run();
    expect([client.told, client.replies[0]!.zxid, client.end]).toEqual([[1], -1, null]);
  });

  it("is answered while there is no leader, and proves nothing", () => {
    const { world, client } = connected();
    world.engine.loseLeader();
    submit(world, client, 1, PING);
    expect(client.replies).toEqual([{ tag: 1, zxid: -1, code: null, body: PING }]);
    world.engine.become(NEXT_LEADING);
    submit(world, client, 2, PING);
    confirm(world);
    expect(client.replies[1]!.zxid).toBe(world.engine.machine.lastAppliedZxid);
  });
});

describe("a connection that nobody can tell to be alive", () => {
  it("ends a timeout after its session was last known to live, and reads on until then", () => {
    const { world, client } = connected();
    let tag = 0;
    while (client.end === null && tag < 100) {
      world.clock.advance(500);
      submit(world, client, ++tag, get("/"));
    }
    expect(client.end).toBe("abandoned");
    expect(world.clock.nowMs()).toBe(TIMEOUT_MS);
    expect(client.told).toEqual([...Array.from({ length: 19 }, (_, index) => index + 1), "abandoned"]);
  });

  it("is asked for although it never pings, and goes on if the leader answers", () => {
    const { world, client } = connected();
    world.engine.holdsConfirms = false;
    for (let tag = 1; tag < 100; tag++) {
      world.clock.advance(500);
      submit(world, client, tag, tag % 2 === 0 ? get("/") : create(`/${tag}`));
    }
    expect([client.end, client.told.length]).toEqual([null, 99]);
  });

  it("is asked for first where it was silent for as long, or its peer was", () => {
    const { world, client } = connected();
    world.clock.advance(2 * TIMEOUT_MS);
    submit(world, client, 1, get("/"));
    expect([client.told, world.engine.confirms.length]).toEqual([[1], 1]);
    world.clock.advance(1);
    submit(world, client, 2, get("/"));
    expect(client.told).toEqual([1, "abandoned"]);
  });
});
