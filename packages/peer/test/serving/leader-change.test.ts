import type { Epoch } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { LEADER_CHANGE_MAX_MS } from "../../src/serving/create-serving.ts";
import { LEADING, NEXT_LEADING } from "./fake-engine.ts";
import { create, get, ServingWorld, type TestClient } from "./serving-world.ts";

const SYNC = { kind: "sync", path: "/" } as const;

/** A connection whose requests are on their way to a leader that is lost; the next one has the first `inHistory` of them. */
function loseLeader(inHistory: number): { readonly world: ServingWorld; readonly client: TestClient } {
  const world = new ServingWorld();
  const client = world.connect();
  world.engine.holdsRequests = true;
  world.engine.holdsConfirms = true;
  world.act(() => {
    client.served!.submit(1, create("/a-", 2));
    client.served!.submit(2, create("/a-", 2));
    client.served!.submit(3, get("/a-0000000001"));
  });
  world.engine.loseLeader(inHistory);
  world.engine.run();
  return { world, client };
}

function findLeader(world: ServingWorld): void {
  world.engine.holdsRequests = false;
  world.engine.holdsConfirms = false;
  world.engine.findLeader();
  world.engine.run();
}

describe("a connection whose leader is lost", () => {
  it.each([0, 1, 2])(
    "has each request carried out once, in order, with %i of two in the next one's history",
    (inHistory) => {
      const { world, client } = loseLeader(inHistory);
      expect(client.told).toEqual(["connected"]);
      findLeader(world);
      expect(client.told).toEqual(["connected", 1, 2, 3]);
      expect(client.replies.map(({ body }) => body)).toMatchObject([
        { kind: "create", path: "/a-0000000000" },
        { kind: "create", path: "/a-0000000001" },
        { kind: "getData" },
      ]);
      const { body } = world.askOne(client, { kind: "getChildren", path: "/", watch: false });
      const children = body?.kind === "getChildren" ? body.children : [];
      expect([...children].toSorted()).toEqual(["a-0000000000", "a-0000000001", "zookeeper"]);
    },
  );

  it("reads on, while what needs a leader waits, and what is behind that", () => {
    const { world, client } = loseLeader(0);
    const other = world.serving.table;
    expect(other.isSuspended).toBe(true);
    const idle = new ServingWorld();
    const reader = idle.connect();
    idle.engine.loseLeader();
    idle.engine.run();
    expect(idle.ask(reader, get("/"), SYNC, get("/")).map(({ tag }) => tag)).toEqual([1]);
    findLeader(idle);
    expect(reader.replies.map(({ tag, code }) => [tag, code])).toEqual([
      [1, null],
      [2, null],
      [3, null],
    ]);
    expect(client.end).toBeNull();
  });

  it("has the questions to a quorum put anew", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsConfirms = true;
    world.act(() => {
      client.served!.submit(1, SYNC);
      client.served!.submit(2, get("/"));
    });
    world.engine.loseLeader();
    world.engine.run();
    expect(client.told).toEqual(["connected"]);
    findLeader(world);
    expect(client.replies.map(({ tag, code }) => [tag, code])).toEqual([
      [1, null],
      [2, null],
    ]);
  });

  it("keeps its watches", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.ask(client, get("/", true));
    world.engine.loseLeader();
    world.engine.run();
    findLeader(world);
    world.engine.write({ kind: "setData", path: "/", data: null, version: -1 });
    expect(client.told.at(-1)).toMatch(/^3 \/ @/);
  });

  it("gets its session although that was only asked for", () => {
    const world = new ServingWorld();
    world.engine.holdsRequests = true;
    const client = world.begin();
    world.engine.run();
    world.engine.loseLeader();
    world.engine.run();
    findLeader(world);
    expect(client.told).toEqual(["connected"]);
    expect(world.engine.machine.statistics.sessionCount).toBe(1);
  });

  it("is ended when no leader comes in time, so that its client looks for another peer", () => {
    const { world, client } = loseLeader(2);
    world.clock.advance(LEADER_CHANGE_MAX_MS - 1);
    world.engine.run();
    expect(client.end).toBeNull();
    world.clock.advance(1);
    world.engine.run();
    expect(client.told).toEqual(["connected", "abandoned"]);
    world.engine.holdsRequests = false;
    world.engine.become(NEXT_LEADING);
    expect(world.reconnect(client).told).toEqual(["connected"]);
  });

  it("ends if its peer comes back to the leader that still has what it had asked for", () => {
    const world = new ServingWorld();
    const [client, idle] = [world.connect(), world.connect()];
    world.engine.holdsRequests = true;
    world.act(() => client.served!.submit(1, create("/a-", 2)));
    const onTheWay = world.engine.requests;
    world.engine.loseLeader();
    world.engine.run();
    world.engine.requests = onTheWay;
    world.engine.holdsRequests = false;
    world.engine.become(LEADING);
    world.engine.run();
    expect(client.told).toEqual(["connected", "abandoned"]);
    // Once, although nobody could tell.
    const [reply] = world.ask(idle, get("/a-0000000000"), get("/a-0000000001"));
    expect(reply).toMatchObject({ code: null });
    expect(idle.replies.at(-1)).toMatchObject({ code: "NO_NODE" });
    expect(idle.told).toEqual(["connected", 1, 2]);
  });

  it("ends if its peer comes back to the leader that may still give it its session, which nobody holds then", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsRequests = true;
    const [opening, attaching] = [world.begin(), world.begin({ session: client.session })];
    world.engine.run();
    const onTheWay = world.engine.requests;
    world.engine.loseLeader();
    world.engine.run();
    world.engine.requests = onTheWay;
    world.engine.holdsRequests = false;
    world.engine.become(LEADING);
    world.engine.run();
    expect([opening.told, attaching.told]).toEqual([["abandoned"], ["abandoned"]]);
    expect([client.told, world.serving.connectedCount]).toEqual([["connected", "moved"], 0]);
    expect(world.reconnect(client).told).toEqual(["connected"]);
  });

  it.each([
    ["is not", 0],
    ["is", 1],
  ])("lives through two changes in a row, its attachment %s in the second one's history", (_, inHistory) => {
    const { world, client } = loseLeader(0);
    const idle = world.serving.table.connectedCount;
    world.engine.become(NEXT_LEADING);
    world.engine.run();
    world.engine.loseLeader(inHistory);
    world.engine.run();
    world.engine.holdsRequests = false;
    world.engine.holdsConfirms = false;
    world.engine.findLeader({ ...NEXT_LEADING, epoch: 3 as Epoch });
    world.engine.run();
    expect(client.told).toEqual(["connected", 1, 2, 3]);
    expect(world.serving.connectedCount).toBe(idle);
  });

  it("lives through a link to its leader that is lost twice", () => {
    const world = new ServingWorld();
    const idle = world.connect();
    world.engine.holdsRequests = true;
    for (let loss = 0; loss < 2; loss++) {
      const onTheWay = world.engine.requests;
      world.engine.loseLeader();
      world.engine.run();
      world.engine.requests = onTheWay;
      world.engine.become(LEADING);
      world.engine.run();
    }
    expect(world.engine.requests.map(({ kind }) => kind)).toEqual(["attach", "attach"]);
    world.engine.holdsRequests = false;
    expect(world.ask(idle, create("/a")).map(({ code }) => code)).toEqual([null]);
    expect(idle.told).toEqual(["connected", 1]);
  });

  it("ends when a later one of this peer has taken its session, although that is gone", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsRequests = true;
    const later = world.begin({ session: client.session });
    world.engine.run();
    world.act(() => later.served!.drop());
    world.engine.holdsRequests = false;
    world.act(() => undefined);
    expect(client.told).toEqual(["connected", "moved"]);
  });

  it("ends if the next leader does not take its attachment", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.loseLeader();
    world.engine.holdsRequests = true;
    world.engine.findLeader();
    world.engine.run();
    world.engine.refuseRequests();
    world.engine.run();
    expect(client.told).toEqual(["connected", "abandoned"]);
  });

  it("has a sync answered that was asked before the session was there", () => {
    const world = new ServingWorld();
    world.engine.holdsRequests = true;
    world.engine.holdsConfirms = true;
    const client = world.begin();
    world.later(() => {
      client.served!.submit(1, SYNC);
      client.served!.submit(2, get("/"));
    });
    world.engine.run();
    world.engine.loseLeader();
    world.engine.run();
    findLeader(world);
    expect(client.told).toEqual(["connected", 1, 2]);
  });

  it("does not take the session back from where its client has gone meanwhile, and asks for nothing of what it had", () => {
    const { world, client } = loseLeader(0);
    world.engine.holdsRequests = true;
    world.engine.findLeader();
    world.engine.attachElsewhere(client.id);
    world.engine.holdsRequests = false;
    world.engine.run();
    expect(client.told).toEqual(["connected", "moved"]);
    expect(world.engine.machine.statistics.znodeCount).toBe(new ServingWorld().engine.machine.statistics.znodeCount);
  });

  it("is told when its session has expired in the history", () => {
    const { world, client } = loseLeader(0);
    world.engine.expire(client.id);
    findLeader(world);
    expect(client.told).toEqual(["connected", "expired"]);
  });

  it("ends if requests were refused and the leader is the same", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsRequests = true;
    world.act(() => client.served!.submit(1, create("/a")));
    world.engine.refuseRequests();
    world.engine.run();
    expect(client.told).toEqual(["connected", "abandoned"]);
  });

  it("goes on if requests were refused as the leader was lost", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsRequests = true;
    world.act(() => client.served!.submit(1, create("/a")));
    world.engine.refuseRequests();
    world.engine.loseLeader();
    world.engine.run();
    findLeader(world);
    expect(client.told).toEqual(["connected", 1]);
  });
});
