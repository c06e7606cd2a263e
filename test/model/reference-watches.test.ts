import { describe, expect, it } from "vitest";
import type { Command } from "./command.ts";
import { canonicalObservation } from "./observation.ts";
import { acl, type Bench, bytes, create, createBench, errorOf } from "./test-kit.ts";

const ops = {
  create: (path: string): Command => ({ ...create(path), session: 0 }),
  set: (path: string): Command => ({ kind: "setData", session: 0, path, data: bytes("x"), version: -1 }),
  del: (path: string): Command => ({ kind: "delete", session: 0, path, version: -1 }),
};

function read(kind: "exists" | "getChildren" | "getData", path: string, session: number = 1): Command {
  return { kind, session, path, watch: true };
}

function addWatch(path: string, mode: number): Command {
  return { kind: "addWatch", session: 1, path, mode };
}

/** A bench with /a, /a/b, where session 1 has done `setup`. */
function watched(...setup: Command[]): Bench {
  const bench = createBench();
  bench.run(ops.create("/a"));
  bench.run(ops.create("/a/b"));
  for (const command of setup) bench.run(command);
  return bench;
}

describe("registration (client-protocol 7.2)", () => {
  it("needs the call to succeed, except exists on a missing node", () => {
    const bench = watched(read("getData", "/x"), read("getChildren", "/x"), read("exists", "/x"), read("exists", "//"));
    expect(bench.tree.dump().watches.map(({ table, path }) => `${table} ${path}`)).toEqual(["data //", "data /x"]);
  });

  it("is refused to exists where READ is", () => {
    const bench = watched();
    bench.ask(create("/hidden", 0, { acl: acl([30, "world", "anyone"]) }));
    bench.run(read("exists", "/hidden"));
    expect(bench.tree.dump().watches).toEqual([]);
  });

  it("holds several modes of one connection on one path (ZOOKEEPER-4466)", () => {
    const bench = watched(read("getData", "/a"), addWatch("/a", 0), addWatch("/a", 1), read("getChildren", "/a"));
    expect(bench.tree.dump().watches).toEqual([
      { session: 1, table: "child", path: "/a", modes: ["persistent", "standard"] },
      { session: 1, table: "data", path: "/a", modes: ["persistent", "persistentRecursive", "standard"] },
    ]);
  });

  it("refuses unknown modes and takes any path", () => {
    const bench = watched();
    expect(errorOf(bench.run(addWatch("/a", 2)).reply)).toBe("MARSHALLING_ERROR");
    expect(bench.run(addWatch("no path at all", 1)).reply).toEqual({ ok: true });
  });
});

describe("triggers (client-protocol 7.3)", () => {
  it.each([
    ["exists", "/c", ops.create("/c"), ["1 NodeCreated /c"]],
    ["exists", "/a", ops.set("/a"), ["1 NodeDataChanged /a"]],
    ["getData", "/a", ops.set("/a"), ["1 NodeDataChanged /a"]],
    ["getData", "/a/b", ops.del("/a/b"), ["1 NodeDeleted /a/b"]],
    ["getData", "/a", ops.create("/a/c"), []],
    ["getChildren", "/a", ops.create("/a/c"), ["1 NodeChildrenChanged /a"]],
    ["getChildren", "/a", ops.del("/a/b"), ["1 NodeChildrenChanged /a"]],
    ["getChildren", "/a/b", ops.del("/a/b"), ["1 NodeDeleted /a/b"]],
    ["getChildren", "/a", ops.set("/a"), []],
    ["getChildren", "/", ops.create("/c"), ["1 NodeChildrenChanged /"]],
  ] as const)("%s watch on %s, standard", (kind, path, command, events) => {
    const bench = watched(read(kind, path));
    expect(bench.told(command)).toEqual(events);
    expect(bench.tree.dump().watches.length).toBe(events.length === 0 ? 1 : 0);
  });

  it("fire a persistent watch for all four, again and again, also over a deletion", () => {
    const bench = watched(addWatch("/a", 0));
    const told = [ops.set("/a"), ops.create("/a/c"), ops.del("/a/c"), ops.set("/a/b")].map(bench.told);
    expect(told).toEqual([["1 NodeDataChanged /a"], ["1 NodeChildrenChanged /a"], ["1 NodeChildrenChanged /a"], []]);
    bench.run(ops.del("/a/b"));
    expect([ops.del("/a"), ops.create("/a")].map(bench.told)).toEqual([["1 NodeDeleted /a"], ["1 NodeCreated /a"]]);
  });

  it("fire a recursive watch for every node below, never for children changes (ZOOKEEPER-4475)", () => {
    const bench = watched(addWatch("/", 1));
    const told = [ops.create("/a/b/c"), ops.set("/a"), ops.set("/"), ops.del("/a/b/c")].map(bench.told);
    expect(told).toEqual([
      ["1 NodeCreated /a/b/c"],
      ["1 NodeDataChanged /a"],
      ["1 NodeDataChanged /"],
      ["1 NodeDeleted /a/b/c"],
    ]);
    expect(watched(addWatch("/a", 1)).told(ops.create("/ab"))).toEqual([]);
  });

  it("tell a connection once for each trigger and path [L]", () => {
    const all = [read("getData", "/a/b"), read("exists", "/a/b"), addWatch("/a/b", 0), addWatch("/a/b", 1)];
    const bench = watched(...all, addWatch("/", 1), read("getChildren", "/a/b"));
    expect(bench.told(ops.set("/a/b"))).toEqual(["1 NodeDataChanged /a/b"]);
    expect(bench.told(ops.del("/a/b"))).toEqual(["1 NodeDeleted /a/b"]);
    const left = bench.tree.dump().watches.map(({ table, path, modes }) => [table, path, ...modes]);
    expect(left).toEqual([
      ["child", "/a/b", "persistent"],
      ["data", "/", "persistentRecursive"],
      ["data", "/a/b", "persistent", "persistentRecursive"],
    ]);
  });

  it("come as the node's own event first, then the parent's", () => {
    const bench = watched(addWatch("/a", 0), addWatch("/a", 1));
    expect(bench.told(ops.del("/a/b"))).toEqual(["1 NodeDeleted /a/b", "1 NodeChildrenChanged /a"]);
    expect(bench.told(ops.create("/a/b"))).toEqual(["1 NodeCreated /a/b", "1 NodeChildrenChanged /a"]);
  });

  it("carry the zxid of the transaction", () => {
    const bench = watched(addWatch("/a", 0));
    const { events } = bench.run(ops.set("/a"));
    expect(events.map(({ zxid }) => zxid)).toEqual([bench.tree.lastZxid()]);
  });

  it("reach the session that writes, too, even that which closes", () => {
    const bench = watched(read("exists", "/e", 0), read("getChildren", "/", 0));
    const created = bench.run({ ...create("/e", 1), session: 0 });
    expect(created.events.map(({ session }) => session)).toEqual([0, 0]);
    bench.run(read("getData", "/e", 0));
    expect(bench.told({ kind: "closeSession", session: 0 })).toEqual(["0 NodeDeleted /e"]);
  });

  it("of a session's end are those of a delete of each ephemeral", () => {
    const bench = watched(read("getData", "/e"), read("getData", "/f"), addWatch("/", 0));
    bench.run({ ...create("/e", 1), session: 0 });
    bench.run({ ...create("/f", 1), session: 0 });
    bench.run(read("getData", "/e"));
    const command: Command = { kind: "closeSession", session: 0 };
    const observation = bench.run(command);
    const zxid = bench.tree.lastZxid();
    expect(canonicalObservation(command, observation).events).toEqual([
      [1, [`NodeChildrenChanged "/" ${zxid}`, `NodeChildrenChanged "/" ${zxid}`, `NodeDeleted "/e" ${zxid}`]],
    ]);
  });

  it("say nothing for failed writes and setACL", () => {
    const bench = watched(addWatch("/", 1), addWatch("/a", 0));
    expect(bench.told(ops.create("/a"))).toEqual([]);
    expect(bench.told(ops.del("/a"))).toEqual([]);
    const entries = acl([31, "world", "anyone"]);
    expect(bench.told({ kind: "setAcl", session: 0, path: "/a", acl: entries, version: -1 })).toEqual([]);
  });
});

describe("the ACL filter (client-protocol 7.3)", () => {
  const secret = acl([31, "auth", ""]);

  it("holds the event back and uses the standard watch up [L]", () => {
    const bench = watched(read("exists", "/s"), addWatch("/", 1));
    expect(bench.told({ ...create("/s", 0, { acl: secret }), session: 0 })).toEqual([]);
    expect(bench.tree.dump().watches).toEqual([
      { session: 1, table: "data", path: "/", modes: ["persistentRecursive"] },
    ]);
  });

  it("looks at the deleted node's ACL and, for children changes, at the parent's", () => {
    const bench = watched(addWatch("/", 1), addWatch("/a", 0));
    bench.run({ ...create("/a/s", 0, { acl: secret }), session: 0 });
    expect(bench.told(ops.del("/a/s"))).toEqual(["1 NodeChildrenChanged /a"]);
    bench.run({ kind: "setAcl", session: 0, path: "/a", acl: secret, version: -1 });
    expect(bench.told(ops.create("/a/open"))).toEqual(["1 NodeCreated /a/open"]);
  });

  it("suppresses the child table's NodeDeleted also for who was not allowed to read", () => {
    const bench = watched(read("getData", "/a/b"), read("getChildren", "/a/b"));
    bench.run({ kind: "setAcl", session: 0, path: "/a/b", acl: secret, version: -1 });
    expect(bench.told(ops.del("/a/b"))).toEqual([]);
    expect(bench.tree.dump().watches).toEqual([]);
  });
});

describe("checkWatches and removeWatches (client-protocol 7.1)", () => {
  const all = [read("getData", "/a"), read("getChildren", "/a"), addWatch("/a", 0), addWatch("/a", 1)];

  function typesFound(bench: Bench, path: string = "/a"): number[] {
    return [1, 2, 3, 4, 5].filter((type) => bench.run({ kind: "checkWatches", session: 1, path, type }).reply.ok);
  }

  it.each([
    [0, [2, 3]],
    [1, [1, 3]],
    [2, [3, 4]],
    [3, [3, 5]],
  ])("find the watch number %i under types %j", (index, types) => {
    expect(typesFound(watched(...all.slice(index, index + 1)))).toEqual(types);
  });

  it.each([
    [1, [2, 3, 4, 5]],
    [2, [1, 3, 4, 5]],
    [3, []],
    [4, [1, 2, 3, 5]],
    [5, [1, 2, 3, 4]],
  ])("of type %i leaves the types %j", (type, left) => {
    const bench = watched(...all, read("getData", "/a/b"));
    const remove: Command = { kind: "removeWatches", session: 1, path: "/a", type };
    expect(bench.run(remove)).toEqual({ reply: { ok: true }, events: [], zxidCount: 0 });
    expect(errorOf(bench.run(remove).reply)).toBe("NO_WATCHER");
    expect(typesFound(bench)).toEqual(left);
    expect(typesFound(bench, "/a/b")).toEqual([2, 3]);
  });

  it("look only at the own connection and refuse unknown types", () => {
    const bench = watched(...all);
    expect(errorOf(bench.run({ kind: "checkWatches", session: 0, path: "/a", type: 3 }).reply)).toBe("NO_WATCHER");
    for (const kind of ["checkWatches", "removeWatches"] as const) {
      expect(errorOf(bench.run({ kind, session: 1, path: "/a", type: 9 }).reply)).toBe("MARSHALLING_ERROR");
    }
  });
});

describe("setWatches (client-protocol 7.4)", () => {
  const none = { data: [], exist: [], child: [], persistent: [], persistentRecursive: [] };
  const base = { kind: "setWatches", session: 1, relativeZxid: { offset: 0 }, ...none } as const;

  it("replays what was missed, list by list, with zxid -1", () => {
    const bench = watched();
    const { reply, events } = bench.run({
      ...base,
      relativeZxid: 0,
      data: ["/x", "/a"],
      exist: ["/a"],
      child: ["/x", "/a"],
    });
    expect(reply).toEqual({ ok: true });
    expect(events).toEqual(
      [
        ["NodeDeleted", "/x"],
        ["NodeDataChanged", "/a"],
        ["NodeCreated", "/a"],
        ["NodeDeleted", "/x"],
        ["NodeChildrenChanged", "/a"],
      ].map(([type, path]) => ({ session: 1, type, path, zxid: -1 })),
    );
    expect(bench.tree.dump().watches).toEqual([]);
  });

  it("registers the rest; persistent ones always", () => {
    const bench = watched();
    const lists = { data: ["/a"], exist: ["/x"], child: ["/a"], persistent: ["/x"], persistentRecursive: ["/a"] };
    expect(bench.run({ ...base, ...lists }).events).toEqual([]);
    expect(bench.tree.dump().watches.map(({ table, path, modes }) => [table, path, ...modes])).toEqual([
      ["child", "/a", "standard"],
      ["child", "/x", "persistent"],
      ["data", "/a", "persistentRecursive", "standard"],
      ["data", "/x", "persistent", "standard"],
    ]);
  });

  it("fires only for a zxid above the given one", () => {
    const bench = watched();
    const mzxid = bench.tree.node("/a")?.mzxid ?? 0;
    expect(bench.run({ ...base, relativeZxid: mzxid, data: ["/a"] }).events).toEqual([]);
    expect(bench.run({ ...base, relativeZxid: mzxid - 1, data: ["/a"] }).events).toHaveLength(1);
  });

  it("is not filtered by ACL", () => {
    const bench = watched();
    bench.ask(create("/s", 0, { acl: acl([31, "auth", ""]) }));
    expect(bench.told({ ...base, exist: ["/s"] })).toEqual(["1 NodeCreated /s"]);
  });
});
