import type { RequestBody, Response } from "@coterie/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeForeign } from "./describe-foreign.ts";
import { openConnection, type SessionConnection } from "./session-connection.ts";
import { isZooKeeperInstalled, startZooKeeperServer, type ZooKeeperServer } from "./zookeeper-server.ts";

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";
const OPEN_ACL = [{ perms: 31, scheme: "world", id: "anyone" }];
const UNREADABLE_ACL = [{ perms: 30, scheme: "world", id: "anyone" }];

function create(path: string, given: { acl?: typeof OPEN_ACL; data?: string; flags?: number } = {}) {
  const { acl = OPEN_ACL, data = "", flags = 0 } = given;
  return { kind: "create" as const, path, data: new TextEncoder().encode(data), acl, flags };
}

function setData(path: string): RequestBody {
  return { kind: "setData", path, data: null, version: -1 };
}

// Each of these is a row of the table in README.md: what the differential suite has to leave out or allow.
describeForeign("where ZooKeeper 3.8.0 differs from the 3.9.5 that the semantics page describes", missing, () => {
  let server: ZooKeeperServer;
  let one: SessionConnection;
  let other: SessionConnection;

  beforeAll(async () => {
    server = await startZooKeeperServer({ enforceQuota: true });
  }, 60_000);

  afterAll(async () => {
    await server.stop();
  });

  beforeEach(async () => {
    one = await openConnection({ ...server, timeoutMs: 10_000 });
    other = await openConnection({ ...server, timeoutMs: 10_000 });
  });

  afterEach(() => {
    one.destroy();
    other.destroy();
  });

  async function succeed(body: RequestBody): Promise<Response> {
    const response = await one.request(body);
    expect(response.err).toBe(0);
    return response;
  }

  async function eventsOf(connection: SessionConnection): Promise<string[]> {
    await connection.request({ kind: "ping" });
    return connection.takeEvents().map(({ eventType, path }) => `${eventType} ${path}`);
  }

  it("answers exists without READ", async () => {
    await succeed(create("/unreadable", { acl: UNREADABLE_ACL }));
    await succeed({ kind: "exists", path: "/unreadable", watch: false });
    expect((await one.request({ kind: "getData", path: "/unreadable", watch: false })).err).toBe(-102);
  });

  it("holds back events from who may not read the node, as 3.9 does: Debian took that fix over", async () => {
    await succeed(create("/secret", { acl: UNREADABLE_ACL }));
    await other.request({ kind: "addWatch", path: "/secret", mode: 0 });
    await succeed(setData("/secret"));
    expect(await eventsOf(other)).toEqual([]);
  });

  it("does not know the watcher types of persistent watches", async () => {
    await succeed({ kind: "addWatch", path: "/types", mode: 0 });
    for (const kind of ["checkWatches", "removeWatches"] as const) {
      for (const watcherType of [4, 5]) {
        expect((await one.request({ kind, path: "/types", watcherType })).err).toBe(-5);
      }
    }
  });

  it("removes a persistent watch when asked for the standard type", async () => {
    await succeed({ kind: "addWatch", path: "/blunt", mode: 0 });
    await succeed({ kind: "removeWatches", path: "/blunt", watcherType: 2 });
    await succeed(create("/blunt"));
    await succeed(setData("/blunt"));
    expect(await eventsOf(one)).toEqual([]);
  });

  it("lets checkWatches find the watches of other connections", async () => {
    await other.request({ kind: "addWatch", path: "/theirs", mode: 0 });
    await succeed({ kind: "checkWatches", path: "/theirs", watcherType: 2 });
    expect((await one.request({ kind: "removeWatches", path: "/theirs", watcherType: 2 })).err).toBe(-121);
  });

  it("keeps one mode for each connection and path, the last one", async () => {
    await succeed(create("/modes"));
    await succeed({ kind: "addWatch", path: "/modes", mode: 0 });
    await succeed({ kind: "getData", path: "/modes", watch: true });
    await succeed(setData("/modes"));
    await succeed(setData("/modes"));
    expect(await eventsOf(one)).toEqual(["3 /modes"]);
  });

  it("answers a create2 in a multi as a create", async () => {
    const { body } = await succeed({ kind: "multi", ops: [{ ...create("/two"), kind: "create2" }] });
    expect(body).toEqual({ kind: "multi", results: [{ kind: "create", path: "/two" }] });
  });

  it("fails a create with illegal flags in a multi alone, not the whole call", async () => {
    const { body } = await succeed({ kind: "multi", ops: [create("/flags", { flags: 7 })] });
    expect(body).toEqual({ kind: "multi", results: [{ kind: "error", err: -8 }] });
  });

  it("reads the root under the empty path", async () => {
    const { body } = await succeed({ kind: "getChildren", path: "", watch: false });
    expect(body).toMatchObject({ children: expect.arrayContaining(["zookeeper"]) as unknown });
  });

  it("refuses exists, and no other read, for a path with U+0000", async () => {
    expect((await one.request({ kind: "exists", path: "/\u0000", watch: false })).err).toBe(-8);
    expect((await one.request({ kind: "getData", path: "/\u0000", watch: false })).err).toBe(-101);
  });

  it("fails writes below limits that it cannot parse", async () => {
    await succeed(create("/limited"));
    await succeed(create("/zookeeper/quota/limited"));
    await succeed(create("/zookeeper/quota/limited/zookeeper_stats", { data: "count=1,bytes=0" }));
    await succeed(create("/zookeeper/quota/limited/zookeeper_limits", { data: "garbage" }));
    expect((await one.request(create("/limited/child"))).err).toBe(-5);
  });
});
