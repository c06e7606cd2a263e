import { describe, expect, it } from "vitest";
import { LINEARIZABLE_ASKED, LINEARIZABLE_CONFIRMED } from "@coterie/session";
import type { MultiResponse, RequestBody } from "@coterie/protocol";
import { IDENTITIES_MAX, IDENTITIES_SIZE_MAX_BYTES } from "../../src/limits.ts";
import { digestIdOf } from "../../src/serving/identities.ts";
import { create, get, OPEN_ACL, ServingWorld } from "./serving-world.ts";

const sync = (path = "/"): RequestBody => ({ kind: "sync", path });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const digest = (value: string): RequestBody => ({ kind: "auth", authType: 0, scheme: "digest", auth: text(value) });

describe("the order of a session's requests", () => {
  it("answers reads behind the writes that came before them, and pipelines all", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const replies = world.ask(client, get("/a"), create("/a"), get("/a"), { kind: "whoAmI" }, create("/a"), get("/a"));
    expect(replies.map(({ tag, code }) => [tag, code])).toEqual([
      [1, "NO_NODE"],
      [2, null],
      [3, null],
      [4, null],
      [5, "NODE_EXISTS"],
      [6, null],
    ]);
  });

  it("commits a thousand writes of one turn in order", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const replies = world.ask(client, ...Array.from({ length: 999 }, () => create("/n-", 2)), get("/"));
    expect(replies.map(({ tag }) => tag)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    const paths = replies.slice(0, 999).map(({ body }) => (body as { path: string }).path);
    expect(paths).toEqual(paths.toSorted());
    expect(client.flushCount).toBeLessThan(5);
  });

  it("gives replies to writes their own zxid, and the last one to all others", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const replies = world.ask(client, create("/a"), get("/a"), { kind: "whoAmI" }, create("/a"), { kind: "whoAmI" });
    const first = replies[0]!.zxid;
    expect(replies.map(({ zxid }) => zxid)).toEqual([first, first, first, first + 1, first + 1]);
    expect(world.engine.machine.lastAppliedZxid).toBe(first + 1);
  });

  it("does not let other sessions wait", () => {
    const world = new ServingWorld();
    const [one, other] = [world.connect(), world.connect()];
    world.engine.holdsRequests = true;
    world.ask(one, create("/a"), get("/a"));
    expect(world.askOne(other, get("/a")).code).toBe("NO_NODE");
    expect(one.replies).toEqual([]);
  });

  it("says when to stop and when to go on, and takes what comes all the same", () => {
    const world = new ServingWorld({ sessionRequestsMax: 4 });
    const client = world.connect();
    world.engine.holdsRequests = true;
    const taken: boolean[] = [];
    world.act(() => {
      for (let tag = 1; tag <= 7; tag++) taken.push(client.served!.submit(tag, create(`/a${tag}`)));
    });
    expect(taken).toEqual([true, true, true, false, false, false, false]);
    expect(world.engine.requests).toHaveLength(4);
    expect(client.drainedCount).toBe(0);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.engine.run();
    expect(client.replies.map(({ tag }) => tag)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(client.drainedCount).toBe(1);
    expect(world.serving.traffic.outstandingCount).toBe(0);
  });

  it("touches with every request", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const before = world.engine.touched.length;
    world.ask(client, { kind: "ping" }, get("/"), create("/a"));
    expect(world.engine.touched.slice(before)).toEqual([client.id, client.id, client.id]);
  });

  it("ends the connections whose writes the leader refuses", () => {
    const world = new ServingWorld();
    const [one, other] = [world.connect(), world.connect()];
    world.engine.holdsRequests = true;
    world.ask(one, create("/a"));
    world.engine.refuseRequests();
    world.engine.run();
    expect(one.end).toBe("abandoned");
    expect(other.end).toBeNull();
  });
});

describe("sync", () => {
  it("waits for a quorum, and holds up what comes behind it and nothing else", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsConfirms = true;
    world.ask(client, get("/"), create("/a"), sync("no path"), get("/a"), create("/b"));
    expect(client.replies.map(({ tag }) => tag)).toEqual([1, 2]);
    expect(world.engine.confirms).toEqual([{ id: 1, target: "proposed" }]);
    world.engine.holdsConfirms = false;
    world.engine.wake();
    world.engine.run();
    expect(client.replies.map(({ tag, code }) => [tag, code])).toEqual([
      [1, null],
      [2, null],
      [3, null],
      [4, null],
      [5, null],
    ]);
    expect(client.replies[2]!.body).toEqual({ kind: "sync", path: "no path" });
  });

  it("confirms linearizable reads by what was committed, in one question for all", () => {
    const world = new ServingWorld();
    const clients = [world.connect(), world.connect()];
    world.engine.holdsConfirms = true;
    world.act(() => {
      for (const client of clients) {
        for (const tag of [1, 2, 3]) {
          client.served!.submit(tag * 2, sync(LINEARIZABLE_ASKED));
          client.served!.submit(tag * 2 + 1, get("/"));
        }
      }
    });
    expect(world.engine.confirms).toEqual([{ id: 1, target: "committed" }]);
    world.engine.holdsConfirms = false;
    world.engine.wake();
    world.engine.run();
    for (const { replies } of clients) {
      expect(replies.map(({ tag }) => tag)).toEqual([2, 3, 4, 5, 6, 7]);
      expect(replies[0]!.body).toEqual({ kind: "sync", path: LINEARIZABLE_CONFIRMED });
    }
  });

  it("asks anew for what came after the question", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsConfirms = true;
    world.act(() => client.served!.submit(1, sync()));
    world.act(() => client.served!.submit(2, sync()));
    expect(world.engine.confirms.map(({ id }) => id)).toEqual([1, 2]);
    world.serving.confirmed([1]);
    world.engine.run();
    expect(client.replies.map(({ tag }) => tag)).toEqual([1]);
    world.serving.confirmed([2]);
    expect(client.replies.map(({ tag }) => tag)).toEqual([1, 2]);
  });

  it("says that it does not know without a quorum, and goes on", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsConfirms = true;
    world.ask(client, sync(), get("/"));
    world.engine.refuseConfirms();
    world.engine.run();
    expect(client.replies.map(({ code }) => code)).toEqual(["CONNECTION_LOSS", null]);
  });

  it("puts so many questions and no more; what is asked meanwhile goes into the next", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsConfirms = true;
    for (let tag = 1; tag <= 100; tag++) world.act(() => client.served!.submit(tag, sync()));
    expect(world.engine.confirms).toHaveLength(64);
    world.engine.holdsConfirms = false;
    world.engine.wake();
    world.engine.run();
    expect(client.replies).toHaveLength(100);
  });

  it("knows how old the state may be", () => {
    const world = new ServingWorld();
    const client = world.connect();
    expect(world.serving.staleMs()).toBeNull();
    world.clock.advance(100);
    world.engine.holdsConfirms = true;
    world.ask(client, sync(LINEARIZABLE_ASKED));
    world.clock.advance(30);
    expect(world.serving.staleMs()).toBeNull();
    world.serving.confirmed([1]);
    expect(world.serving.staleMs()).toBe(30);
    world.clock.advance(12);
    expect(world.serving.staleMs()).toBe(42);
  });
});

describe("watches", () => {
  it("tells of a change before the reply to who made it", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.ask(client, { kind: "exists", path: "/a", watch: true });
    client.told.length = 0;
    const { zxid } = world.askOne(client, create("/a"));
    expect(client.told).toEqual([`1 /a @${zxid}`, 1]);
  });

  it("answers addWatch with a body, and removes what was added", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const replies = world.ask(
      client,
      { kind: "addWatch", path: "/a", mode: 1 },
      { kind: "addWatch", path: "/a", mode: 7 },
      { kind: "checkWatches", path: "/a", watcherType: 5 },
      { kind: "removeWatches", path: "/a", watcherType: 5 },
      { kind: "removeWatches", path: "/a", watcherType: 5 },
    );
    expect(replies.map(({ code, body }) => [code, body])).toEqual([
      [null, { kind: "addWatch", err: 0 }],
      ["MARSHALLING_ERROR", null],
      [null, { kind: "checkWatches" }],
      [null, { kind: "removeWatches" }],
      ["NO_WATCHER", null],
    ]);
  });

  it("tells what was missed before the reply to setWatches, with zxid -1", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.ask(client, create("/a"));
    client.told.length = 0;
    const lists = { dataWatches: ["/a", "/gone"], existWatches: [], childWatches: [], relativeZxid: 0 };
    world.ask(client, { kind: "setWatches", ...lists });
    expect(client.told).toEqual(["3 /a @-1", "2 /gone @-1", 1]);
  });

  it("shows events to who may read, by what the connection has proved since", () => {
    const world = new ServingWorld();
    const [owner, other] = [world.connect(), world.connect()];
    const acl = [{ perms: 31, scheme: "digest", id: digestIdOf(text("ann:secret")) }];
    world.ask(owner, digest("ann:secret"), { kind: "create", path: "/a", data: null, acl, flags: 0 });
    for (const client of [owner, other]) world.ask(client, { kind: "addWatch", path: "/a", mode: 0 });
    world.ask(owner, { kind: "setData", path: "/a", data: null, version: -1 });
    expect(owner.told.filter((told) => String(told).startsWith("3 /a"))).toHaveLength(1);
    expect(other.told.filter((told) => String(told).startsWith("3 /a"))).toHaveLength(0);
    world.ask(other, digest("ann:secret"));
    world.ask(owner, { kind: "setData", path: "/a", data: null, version: -1 });
    expect(other.told.filter((told) => String(told).startsWith("3 /a"))).toHaveLength(1);
  });
});

describe("identities", () => {
  it("counts for requests behind it, writes on their way included", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const acl = [{ perms: 31, scheme: "auth", id: "" }];
    const make = (path: string): RequestBody => ({ kind: "create", path, data: null, acl, flags: 0 });
    const replies = world.ask(client, make("/a"), digest("bob:pw"), make("/b"), { kind: "getACL", path: "/b" });
    expect(replies.map(({ code }) => code)).toEqual(["INVALID_ACL", null, null, null]);
    expect(replies[1]!.zxid).toBe(0);
    expect(replies[3]!.body).toMatchObject({
      acl: [{ perms: 31, scheme: "digest", id: "bob:ikIaKsbtGweaHnb/jKn7OHqbunM=" }],
    });
  });

  it("does not count for reads before it", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const acl = [{ perms: 31, scheme: "digest", id: digestIdOf(text("bob:pw")) }];
    world.ask(client, { kind: "create", path: "/a", data: null, acl, flags: 0 });
    const replies = world.ask(client, create("/x"), get("/a"), digest("bob:pw"), get("/a"));
    expect(replies.map(({ code }) => code)).toEqual([null, "NO_AUTH", null, null]);
  });

  it("knows the super user by the digest that the options name", () => {
    const world = new ServingWorld({ superDigest: digestIdOf(text("super:man")) });
    const client = world.connect({ identities: [{ scheme: "ip", id: "10.1.2.3" }] });
    const acl = [{ perms: 31, scheme: "digest", id: "nobody:x" }];
    const replies = world.ask(
      client,
      { kind: "create", path: "/a", data: null, acl, flags: 0 },
      get("/a"),
      digest("super:man"),
      get("/a"),
      { kind: "whoAmI" },
    );
    expect(replies.map(({ code }) => code)).toEqual([null, "NO_AUTH", null, null, null]);
    expect(replies[4]!.body).toEqual({
      kind: "whoAmI",
      clientInfo: [
        { authScheme: "ip", user: "10.1.2.3" },
        { authScheme: "super", user: "" },
        { authScheme: "digest", user: "super" },
      ],
    });
  });

  it.each([
    ["world", "anyone"],
    ["sasl", ""],
    ["x509", ""],
    ["no-such", ""],
  ])("refuses the scheme %s and ends behind the reply", (scheme, auth) => {
    const world = new ServingWorld();
    const client = world.connect();
    const replies = world.ask(
      client,
      create("/a"),
      { kind: "auth", authType: 0, scheme, auth: text(auth) },
      create("/b"),
      get("/"),
    );
    expect(replies.map(({ tag, code, zxid }) => [tag, code, zxid === 0])).toEqual([
      [1, null, false],
      [2, "AUTH_FAILED", true],
    ]);
    expect(client.end).toBe("refused");
    expect(world.askOne(world.connect(), get("/b")).code).toBe("NO_NODE");
  });

  it("takes a scheme that the connection has proved by itself", () => {
    const world = new ServingWorld();
    const client = world.connect({ identities: [{ scheme: "x509", id: "CN=a" }] });
    expect(world.askOne(client, { kind: "auth", authType: 0, scheme: "x509", auth: null }).code).toBeNull();
    world.act(() => client.served!.identify([{ scheme: "x509", id: "CN=b" }]));
    expect(world.askOne(client, { kind: "whoAmI" }).body).toMatchObject({
      clientInfo: [{ authScheme: "x509", user: "CN=b" }],
    });
  });

  it.each([
    ["in number", IDENTITIES_MAX, (index: number) => `user${index}:pw`],
    ["in bytes", 4, (index: number) => `${String(index).repeat(IDENTITIES_SIZE_MAX_BYTES / 4 - 64)}:pw`],
  ])("refuses a credential beyond what each write may carry, %s", (_what, countMax, credentialOf) => {
    const world = new ServingWorld();
    const client = world.connect();
    const credentials = Array.from({ length: countMax }, (_value, index) => digest(credentialOf(index)));
    // The same ones again are no more.
    expect(world.ask(client, ...credentials, ...credentials).every(({ code }) => code === null)).toBe(true);
    expect(world.askOne(client, digest(credentialOf(countMax))).code).toBe("AUTH_FAILED");
    expect(client.end).toBe("refused");
  });

  it("takes the whole of a credential without a colon for the user", () => {
    expect(digestIdOf(text("alone"))).toMatch(/^alone:/);
    expect(digestIdOf(text("bob:p:w"))).toMatch(/^bob:/);
  });
});

describe("answers", () => {
  it("gives each create its own kind of answer", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const make = { data: null, acl: OPEN_ACL } as const;
    const replies = world.ask(
      client,
      { kind: "create", path: "/a", flags: 0, ...make },
      { kind: "create2", path: "/b", flags: 0, ...make },
      { kind: "createContainer", path: "/c", flags: 4, ...make },
      { kind: "createTTL", path: "/d", flags: 5, ttlMs: 1_000, ...make },
      { kind: "setData", path: "/a", data: null, version: 0 },
      { kind: "setACL", path: "/a", acl: OPEN_ACL, version: 0 },
      { kind: "delete", path: "/a", version: 1 },
    );
    expect(replies.map(({ body }) => Object.keys(body!))).toEqual([
      ["kind", "path"],
      ["kind", "path", "stat"],
      ["kind", "path", "stat"],
      ["kind", "path", "stat"],
      ["kind", "stat"],
      ["kind", "stat"],
      ["kind"],
    ]);
    expect(replies.map(({ body }) => body!.kind)).toEqual([
      "create",
      "create2",
      "createContainer",
      "createTTL",
      "setData",
      "setACL",
      "delete",
    ]);
  });

  it("answers a multi by what it holds, and one that failed with a result each", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const make = { data: null, acl: OPEN_ACL, flags: 0 } as const;
    const [done, failed, illegal, empty] = world.ask(
      client,
      {
        kind: "multi",
        ops: [
          { kind: "create", path: "/a", ...make },
          { kind: "create2", path: "/b", ...make },
          { kind: "setData", path: "/a", data: null, version: 0 },
          { kind: "check", path: "/a", version: 1 },
          { kind: "delete", path: "/b", version: 0 },
        ],
      },
      {
        kind: "multi",
        ops: [
          { kind: "check", path: "/a", version: 1 },
          { kind: "delete", path: "/b", version: 0 },
          { kind: "delete", path: "/a", version: 1 },
        ],
      },
      { kind: "multi", ops: [{ kind: "create", path: "/c", data: null, acl: OPEN_ACL, flags: 99 }] },
      { kind: "multi", ops: [] },
    );
    expect((done!.body as MultiResponse).results.map(({ kind }) => kind)).toEqual([
      "create",
      "create2",
      "setData",
      "check",
      "delete",
    ]);
    expect([failed!.code, failed!.body]).toEqual([
      null,
      {
        kind: "multi",
        results: [
          { kind: "error", err: 0 },
          { kind: "error", err: -101 },
          { kind: "error", err: -2 },
        ],
      },
    ]);
    expect([illegal!.code, illegal!.body]).toEqual(["MARSHALLING_ERROR", null]);
    expect([empty!.code, empty!.body]).toEqual([null, { kind: "multi", results: [] }]);
  });

  it("refuses what is switched off, and what belongs into a multi", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const members = { joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1 };
    expect(world.askOne(client, { kind: "reconfig", ...members }).code).toBe("RECONFIG_DISABLED");
    expect(world.askOne(client, { kind: "sasl", token: null })).toMatchObject({ zxid: 0, code: null });
    expect(world.askOne(client, { kind: "check", path: "/", version: 0 })).toMatchObject({
      code: "UNIMPLEMENTED",
      zxid: -1,
    });
    expect(client.end).toBe("refused");
  });

  it("puts a refusal in its place, and goes on or not", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.act(() => {
      client.served!.submit(1, create("/a"));
      client.served!.refuse(2, "MARSHALLING_ERROR", "last", false);
      client.served!.submit(3, get("/a"));
      client.served!.refuse(4, "UNIMPLEMENTED", -1, true);
      client.served!.submit(5, get("/a"));
    });
    expect(client.replies.map(({ tag, code, zxid }) => [tag, code, zxid === -1])).toEqual([
      [1, null, false],
      [2, "MARSHALLING_ERROR", false],
      [3, null, false],
      [4, "UNIMPLEMENTED", true],
    ]);
    expect(client.told.at(-1)).toBe("refused");
  });

  it("counts requests, replies and how long they took", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.serving.traffic.reset();
    world.engine.holdsRequests = true;
    world.ask(client, get("/"), create("/a"));
    expect(world.serving.traffic.outstandingCount).toBe(1);
    world.clock.advance(10);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.engine.run();
    const { receivedCount, sentCount, outstandingCount, latency } = world.serving.traffic;
    expect([receivedCount, sentCount, outstandingCount]).toEqual([2, 2, 0]);
    expect(latency).toEqual({ minMs: 0, averageMs: 5, maxMs: 10 });
    const [served] = world.serving.table.connected();
    expect(served!.lastReply).toMatchObject({ operation: "create", tag: 2, latencyMs: 10 });
  });
});
