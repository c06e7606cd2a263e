import type { RequestBody } from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import {
  CONNECTION_REQUESTS_MAX_BYTES,
  READS_BEFORE_WRITE_MAX,
  READS_TOGETHER_MAX,
  WRITES_UNDER_WAY_MAX_BYTES,
} from "../../src/limits.ts";
import { WritesUnderWay } from "../../src/serving/writes-under-way.ts";
import { create, get, OPEN_ACL, ServingWorld, type TestClient } from "./serving-world.ts";

const WRITE_SIZE_BYTES = 2 ** 20;
/** A create's flag. */
const SEQUENTIAL = 2;

function set(path: string, value: number, sizeBytes = 1): RequestBody {
  return { kind: "setData", path, data: new Uint8Array(sizeBytes).fill(value), version: -1 };
}

function tagsOf({ replies }: TestClient): number[] {
  return replies.map(({ tag }) => tag);
}

function valuesOf({ replies }: TestClient): (number | undefined)[] {
  return replies.flatMap(({ body }) => (body?.kind === "getData" ? [body.data?.[0]] : []));
}

function pathOf({ replies }: TestClient): string | null {
  const body = replies[0]?.body;
  return body?.kind === "create" ? body.path : null;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_value, index) => index + 1);
}

describe("a client that has enough to read", () => {
  it("is told what its writes became, and waits for reads behind them", () => {
    const world = new ServingWorld();
    const client = world.connect();
    client.isFull = true;
    // What stands between two writes must not see the second.
    world.ask(client, create("/a"), get("/a"), set("/a", 8), get("/a"), get("/"));
    expect([tagsOf(client), valuesOf(client)]).toEqual([[1, 2, 3], [7]]);
    client.isFull = false;
    world.act(() => client.served!.goOn());
    expect([tagsOf(client), valuesOf(client)]).toEqual([upTo(5), [7, 8, undefined]]);
    expect(world.serving.traffic.outstandingCount).toBe(0);
  });

  it("gets no answer more, also of those that are looked up together: each may be as large as a frame", () => {
    const world = new ServingWorld();
    const client = world.connect();
    let left = 2 * READS_TOGETHER_MAX;
    const { replied } = client;
    client.replied = (...reply) => {
      replied.apply(client, reply);
      left -= 1;
      client.isFull = left <= 0;
    };
    const reads = Array.from({ length: 100 }, () => get("/"));
    world.ask(client, create("/a"), ...reads);
    expect(client.replies.length).toBe(2 * READS_TOGETHER_MAX);
    left = 5;
    client.isFull = false;
    world.act(() => client.served!.goOn());
    expect(client.replies.length).toBe(2 * READS_TOGETHER_MAX + 5);
    left = 1_000;
    client.isFull = false;
    world.act(() => client.served!.goOn());
    expect(tagsOf(client)).toEqual(upTo(101));
  });

  it("hears of a change before the answer that it had no room for, which is of the state behind the change", () => {
    const world = new ServingWorld();
    const [client, other] = [world.connect(), world.connect()];
    world.ask(client, create("/a"));
    const { replied } = client;
    client.replied = (...reply) => {
      replied.apply(client, reply);
      client.isFull = true;
    };
    const watched: RequestBody = { kind: "getData", path: "/a", watch: true };
    world.ask(client, get("/"), watched);
    expect(client.replies).toHaveLength(1);
    world.ask(other, set("/a", 8));
    client.isFull = false;
    world.act(() => client.served!.goOn());
    expect(valuesOf(client)).toEqual([undefined, 8]);
    const changed = expect.stringMatching(/^3 \/a @/);
    expect(client.told).toEqual(["connected", 1, 1, changed, 2]);
    world.ask(other, set("/a", 9));
    expect(client.told).toEqual(["connected", 1, 1, changed, 2, changed]);
  });

  it("gets one list at a time, however many it asks for: a list may be as large as the tree", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const { replied } = client;
    client.replied = (...reply) => {
      replied.apply(client, reply);
      client.isFull = true;
    };
    const lists: RequestBody[] = [
      { kind: "getChildren", path: "/", watch: false },
      { kind: "getChildren2", path: "/", watch: false },
      { kind: "getEphemerals", prefixPath: "/" },
      { kind: "multiRead", ops: [{ kind: "getChildren", path: "/", watch: false }] },
    ];
    world.ask(client, ...lists);
    for (let answered = 1; answered <= lists.length; answered++) {
      expect(tagsOf(client)).toEqual(upTo(answered));
      client.isFull = false;
      world.act(() => client.served!.goOn());
    }
  });

  it("gets nothing looked up any more once its connection is over, not even what may not wait", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const { replied } = client;
    client.replied = (...reply) => {
      replied.apply(client, reply);
      client.isOver = client.replies.length >= 3;
    };
    const list: RequestBody = { kind: "getChildren", path: "/", watch: false };
    world.ask(client, create("/a"), ...Array.from({ length: 10 }, () => list), set("/a", 8));
    expect(tagsOf(client)).toEqual([1, 2, 3, 12]);
  });

  it("has its syncs wait, too, each behind the reads before it", () => {
    const world = new ServingWorld();
    const client = world.connect();
    client.isFull = true;
    const sync: RequestBody = { kind: "sync", path: "/" };
    world.ask(client, sync, get("/"), sync, get("/"));
    expect(tagsOf(client)).toEqual([1]);
    client.isFull = false;
    world.act(() => client.served!.goOn());
    expect(tagsOf(client)).toEqual(upTo(4));
  });

  it("has a write wait that stands behind many reads, which do not see it", () => {
    const world = new ServingWorld();
    const client = world.connect();
    client.isFull = true;
    const count = READS_BEFORE_WRITE_MAX + 1;
    const reads = Array.from({ length: count }, () => get("/a"));
    world.ask(client, create("/a"), ...reads, set("/a", 8), get("/a"));
    expect(tagsOf(client)).toEqual([1]);
    client.isFull = false;
    world.act(() => client.served!.goOn());
    expect(tagsOf(client)).toEqual(upTo(count + 3));
    expect(valuesOf(client)).toEqual([...reads.map(() => 7), 8]);
  });
});

describe("requests that wait", () => {
  it("are stopped by their bytes, not by their number alone", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsRequests = true;
    const countMax = CONNECTION_REQUESTS_MAX_BYTES / WRITE_SIZE_BYTES;
    const taken: boolean[] = [];
    world.act(() => {
      for (const tag of upTo(countMax)) taken.push(client.served!.submit(tag, set("/", tag, WRITE_SIZE_BYTES)));
    });
    expect(taken.indexOf(false)).toBe(countMax - 1);
    expect(client.drainedCount).toBe(0);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.engine.run();
    expect([tagsOf(client), client.drainedCount]).toEqual([upTo(countMax), 1]);
  });

  it("count what the connection has proved to be", () => {
    const world = new ServingWorld();
    const client = world.connect({ identities: [{ scheme: "x509", id: "n".repeat(CONNECTION_REQUESTS_MAX_BYTES) }] });
    const taken: boolean[] = [];
    world.act(() => void taken.push(client.served!.submit(1, create("/a"))));
    expect(taken).toEqual([false]);
  });

  it("wait at their connections beyond what a peer has on its way, and none is refused or lost", () => {
    const world = new ServingWorld();
    const perClient = 3;
    const count = Math.ceil(WRITES_UNDER_WAY_MAX_BYTES / WRITE_SIZE_BYTES / perClient) + 2;
    const clients = Array.from({ length: count }, () => world.connect());
    world.engine.holdsRequests = true;
    world.act(() => {
      for (const client of clients) {
        for (const tag of upTo(perClient)) client.served!.submit(tag, set("/", tag, WRITE_SIZE_BYTES));
      }
    });
    expect(world.engine.requests.length).toBe(WRITES_UNDER_WAY_MAX_BYTES / WRITE_SIZE_BYTES);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.engine.run();
    expect(clients.map(tagsOf)).toEqual(clients.map(() => upTo(perClient)));
  });

  it("keep their turn: who comes later does not take what room becomes free", () => {
    const world = new ServingWorld();
    const { engine } = world;
    const [busy, waits, late] = [world.connect(), world.connect(), world.connect()];
    engine.holdsRequests = true;
    const count = WRITES_UNDER_WAY_MAX_BYTES / WRITE_SIZE_BYTES;
    world.act(() => {
      for (const tag of upTo(count)) busy.served!.submit(tag, set("/", tag, WRITE_SIZE_BYTES));
      waits.served!.submit(1, create("/n-", SEQUENTIAL));
    });
    const rest = engine.requests.splice(1);
    engine.commitAll();
    engine.requests = rest;
    world.act(() => late.served!.submit(1, create("/n-", SEQUENTIAL)));
    expect([tagsOf(busy), engine.requests.length]).toEqual([[1], count - 1]);
    engine.holdsRequests = false;
    engine.wake();
    engine.run();
    expect([waits, late].map(pathOf)).toEqual(["/n-0000000000", "/n-0000000001"]);
  });

  it("leave their room to others when their connection ends", () => {
    const world = new ServingWorld();
    const [one, two] = [world.connect(), world.connect()];
    world.engine.holdsRequests = true;
    const count = WRITES_UNDER_WAY_MAX_BYTES / WRITE_SIZE_BYTES;
    world.act(() => {
      for (const tag of upTo(count)) one.served!.submit(tag, set("/", tag, WRITE_SIZE_BYTES));
      two.served!.submit(1, create("/two"));
    });
    expect(world.engine.requests.length).toBe(count);
    world.act(() => one.served!.drop());
    expect(world.engine.requests.length).toBe(count + 1);
  });

  it("are refused here where no leader would take them, in their order", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const acl = OPEN_ACL;
    const data = new Uint8Array(40 * 2 ** 20);
    const asked = world.engine.machine.lastAppliedZxid;
    const replies = world.ask(
      client,
      create("/a"),
      { kind: "create", path: "/big", data, acl, flags: 0 },
      { kind: "multi", ops: [{ kind: "setData", path: "/a", data, version: -1 }] },
      get("/a"),
    );
    expect(replies.map(({ tag, code }) => [tag, code])).toEqual([
      [1, null],
      [2, "BAD_ARGUMENTS"],
      [3, "BAD_ARGUMENTS"],
      [4, null],
    ]);
    expect(world.engine.machine.lastAppliedZxid).toBe(asked + 1);
    expect(client.end).toBeNull();
  });
});

describe("WritesUnderWay", () => {
  it("gives room away when half of it is free, first to who came first", () => {
    const told: string[] = [];
    const writes = new WritesUnderWay<string>((waiter) => void told.push(waiter), 4, 100);
    for (let count = 0; count < 4; count++) {
      expect(writes.hasRoomFor("a")).toBe(true);
      writes.add(10);
    }
    expect([writes.hasRoomFor("b"), writes.hasRoomFor("c"), writes.hasRoomFor("d")]).toEqual([false, false, false]);
    writes.forget("c");
    writes.remove(10);
    expect(told).toEqual([]);
    // There is room, and others wait for it.
    expect(writes.hasRoomFor("e")).toBe(false);
    expect(writes.hasRoomFor("b")).toBe(false);
    writes.remove(10);
    expect(told).toEqual(["b", "d", "e"]);
    expect(writes.hasRoomFor("f")).toBe(true);
    writes.remove(10);
    expect(told).toEqual(["b", "d", "e"]);
  });

  it("counts bytes as well, and takes one that is larger than all the room", () => {
    const told: string[] = [];
    const writes = new WritesUnderWay<string>((waiter) => void told.push(waiter), 4, 100);
    expect(writes.hasRoomFor("a")).toBe(true);
    writes.add(1_000);
    expect(writes.hasRoomFor("b")).toBe(false);
    writes.remove(1_000);
    expect([told, writes.hasRoomFor("b")]).toEqual([["b"], true]);
  });
});
