import { describe, expect, it } from "vitest";
import type { AuthId, WatcherId } from "../../packages/core/src/index.ts";
import { AssertionError } from "../../packages/interface/src/index.ts";
import { codeOf, CoreBench, create, ephemeral, remove, setData, told } from "./core-kit.ts";
import { createRandom } from "./random.ts";
import { stateOf } from "./inspect.ts";
import type { Watches } from "../../packages/core/src/watch/watches.ts";

const ALICE: AuthId = { scheme: "digest", id: "alice:hash" };

function watch(bench: CoreBench, watcher: WatcherId, kind: "getData" | "exists" | "getChildren", path: string): string {
  const answer = bench.read({ kind, path, watch: true }, { watcher });
  return answer.kind === "error" ? answer.code : "OK";
}

function addWatch(bench: CoreBench, watcher: WatcherId, path: string, mode: "persistent" | "recursive"): void {
  const request = { kind: "addWatch", path, mode: mode === "persistent" ? 0 : 1 } as const;
  expect(bench.machine.answerWatchRequest(request, watcher)).toEqual({ error: null, events: [] });
}

/** What is left in either direction of either table. */
function leftOvers(bench: CoreBench): number[] {
  const { watches } = (bench.machine as unknown as { rooms: { watches: Watches } }).rooms;
  const { data, children } = watches as unknown as Record<"data" | "children", Record<string, Map<unknown, unknown>>>;
  return [data, children].flatMap((table) => [table["byPath"]!.size, table["byWatcher"]!.size]);
}

describe("watches", () => {
  it("WA-01: the event comes with the txn, before any reply that shows it", () => {
    const bench = new CoreBench();
    bench.commit(create("/a"));
    const watcher = bench.machine.openWatcher([]);
    watch(bench, watcher, "getData", "/a");
    const txns = [1, 2].map((value) => bench.prepare(setData("/a", Uint8Array.of(value))));
    // Prepared is not applied: a read in between sees neither change nor event.
    expect(bench.data("/a")).toBeNull();
    const [first, second] = txns.map((txn) => bench.apply(txn));
    expect(first!.events).toEqual([{ kind: "NodeDataChanged", path: "/a", zxid: txns[0]!.zxid, watchers: [watcher] }]);
    expect(second!.events).toEqual([]);
    expect(bench.data("/a")).toEqual(Uint8Array.of(2));
  });

  it("WA-02: what changed while a client was away fires at once when it takes its watches up again", () => {
    const bench = new CoreBench();
    for (const path of ["/changed", "/deleted", "/same", "/parent", "/quiet"]) bench.commit(create(path));
    const seen = bench.machine.lastAppliedZxid;
    bench.commit(setData("/changed", null));
    bench.commit(remove("/deleted"));
    bench.commit(create("/created"));
    bench.commit(create("/parent/child"));
    const watcher = bench.machine.openWatcher([]);
    const { error, events } = bench.machine.answerWatchRequest(
      {
        kind: "setWatches",
        relativeZxid: seen,
        dataWatches: ["/changed", "/deleted", "/same"],
        existWatches: ["/created", "/still-missing"],
        childWatches: ["/parent", "/deleted", "/quiet"],
      },
      watcher,
    );
    expect(error).toBeNull();
    expect(told({ events })).toEqual([
      `${watcher} NodeDataChanged /changed`,
      `${watcher} NodeDeleted /deleted`,
      `${watcher} NodeCreated /created`,
      `${watcher} NodeChildrenChanged /parent`,
      `${watcher} NodeDeleted /deleted`,
    ]);
    expect(new Set(events.map(({ zxid }) => zxid))).toEqual(new Set([0]));
    // The rest is watched from now on; what fired is not.
    expect(told(bench.commit(setData("/same", null)))).toEqual([`${watcher} NodeDataChanged /same`]);
    expect(told(bench.commit(create("/still-missing")))).toEqual([`${watcher} NodeCreated /still-missing`]);
    expect(told(bench.commit(create("/quiet/x")))).toEqual([`${watcher} NodeChildrenChanged /quiet`]);
    expect(told(bench.commit(setData("/changed", null)))).toEqual([]);
    expect(leftOvers(bench)).toEqual([0, 0, 0, 0]);
  });

  it("WA-03: create-delete-create in the gap is seen by mzxid, though the version is 0 again", () => {
    const bench = new CoreBench();
    bench.commit(create("/a"));
    const seen = bench.machine.lastAppliedZxid;
    bench.commit(remove("/a"));
    bench.commit(create("/a"));
    expect(bench.stat("/a")).toMatchObject({ version: 0 });
    const watcher = bench.machine.openWatcher([]);
    const lists = { dataWatches: ["/a"], existWatches: ["/a"], childWatches: ["/a"] };
    const { events } = bench.machine.answerWatchRequest({ kind: "setWatches", relativeZxid: seen, ...lists }, watcher);
    expect(events.map(({ kind }) => kind)).toEqual(["NodeDataChanged", "NodeCreated", "NodeChildrenChanged"]);
  });

  it("WA-04: each txn hands out its own events, in the order of the txns", () => {
    const bench = new CoreBench();
    const watcher = bench.machine.openWatcher([]);
    addWatch(bench, watcher, "/", "recursive");
    const requests = [create("/a"), setData("/a", null), create("/a/b"), remove("/a/b"), remove("/a")];
    const applied = requests.map((request) => bench.prepare(request)).map((txn) => bench.apply(txn));
    expect(applied.map(told)).toEqual([
      [`${watcher} NodeCreated /a`],
      [`${watcher} NodeDataChanged /a`],
      [`${watcher} NodeCreated /a/b`],
      [`${watcher} NodeDeleted /a/b`],
      [`${watcher} NodeDeleted /a`],
    ]);
    expect(applied.every(({ zxid, events }) => events.every((event) => event.zxid === zxid))).toBe(true);
  });

  it("WA-05: persistent watches taken up again tell nothing of the gap, and go on", () => {
    const bench = new CoreBench();
    bench.commit(create("/a"));
    const seen = bench.machine.lastAppliedZxid;
    bench.commit(setData("/a", null));
    const watcher = bench.machine.openWatcher([]);
    const none = { dataWatches: [], existWatches: [], childWatches: [] };
    const { events } = bench.machine.answerWatchRequest(
      {
        kind: "setWatches2",
        relativeZxid: seen,
        ...none,
        persistentWatches: ["/a"],
        persistentRecursiveWatches: ["/a"],
      },
      watcher,
    );
    expect(events).toEqual([]);
    for (let i = 0; i < 3; i++) {
      expect(told(bench.commit(setData("/a", null)))).toEqual([`${watcher} NodeDataChanged /a`]);
    }
  });

  it.each(["setWatches", "setWatches2"] as const)(
    "WA-09: what %s replays is told only to who may read it now",
    (kind) => {
      const bench = new CoreBench();
      const ann = [{ scheme: "ip", id: "10.0.0.1" }];
      bench.commit({ ...create("/closed"), acl: [{ perms: 31, scheme: "ip", id: "10.0.0.1" }] });
      bench.commit(create("/open"));
      const paths = ["/closed", "/gone", "/open"];
      const lists = { relativeZxid: 0, dataWatches: paths, existWatches: paths, childWatches: paths };
      const heardBy = (watcher: number): string[] => {
        const persistent = { persistentWatches: [], persistentRecursiveWatches: [] };
        const request = kind === "setWatches" ? { kind, ...lists } : { kind, ...lists, ...persistent };
        return bench.machine
          .answerWatchRequest(request, watcher)
          .events.map(({ kind: type, path }) => `${type} ${path}`);
      };
      const stranger = bench.machine.openWatcher([]);
      const known = bench.machine.openWatcher(ann);
      const open = ["NodeDeleted /gone", "NodeDataChanged /open", "NodeCreated /open", "NodeDeleted /gone"];
      expect(heardBy(stranger)).toEqual([...open, "NodeChildrenChanged /open"]);
      expect(heardBy(known).filter((event) => event.endsWith("/closed"))).toEqual([
        "NodeDataChanged /closed",
        "NodeCreated /closed",
        "NodeChildrenChanged /closed",
      ]);
      // Used up for both: of what is closed nobody is told later, either.
      expect(told(bench.commit(setData("/closed", null)))).toEqual([]);
    },
  );

  it("WA-06: a thousand long paths are taken up in one request", () => {
    const bench = new CoreBench();
    const watcher = bench.machine.openWatcher([]);
    const paths = Array.from({ length: 1000 }, (_, i) => `/${"p".repeat(200)}${i}`);
    bench.commit({ kind: "multi", ops: paths.slice(0, 500).map((path) => create(path)) });
    const lists = { dataWatches: paths, existWatches: paths, childWatches: paths };
    const { error, events } = bench.machine.answerWatchRequest(
      { kind: "setWatches", relativeZxid: bench.machine.lastAppliedZxid, ...lists },
      watcher,
    );
    expect(error).toBeNull();
    // The missing half of the data and child watches, the existing half of the others.
    expect(events).toHaveLength(1500);
    expect(bench.machine.statistics).toMatchObject({ watchedPathCount: 1500, watcherCount: 1 });
    bench.machine.closeWatcher(watcher);
    expect(leftOvers(bench)).toEqual([0, 0, 0, 0]);
  });

  it("WA-07: a failing read leaves no watch, exists of what is missing does", () => {
    const bench = new CoreBench();
    const watcher = bench.machine.openWatcher([]);
    expect(watch(bench, watcher, "getData", "/a")).toBe("NO_NODE");
    expect(watch(bench, watcher, "getChildren", "/a")).toBe("NO_NODE");
    expect(leftOvers(bench)).toEqual([0, 0, 0, 0]);
    bench.commit({ ...create("/secret"), acl: [{ perms: 30, scheme: "world", id: "anyone" }] });
    for (const kind of ["getData", "getChildren", "exists"] as const) {
      expect(watch(bench, watcher, kind, "/secret")).toBe("NO_AUTH");
    }
    expect(leftOvers(bench)).toEqual([0, 0, 0, 0]);
    expect(watch(bench, watcher, "exists", "/a")).toBe("NO_NODE");
    expect(told(bench.commit(create("/a")))).toEqual([`${watcher} NodeCreated /a`]);
  });

  it("WA-07: a removal and the event that uses the watch up come out one way", () => {
    const bench = new CoreBench();
    bench.commit(create("/a"));
    const watcher = bench.machine.openWatcher([]);
    const drop = (): string | null =>
      bench.machine.answerWatchRequest({ kind: "removeWatches", path: "/a", watcherType: 2 }, watcher).error;
    watch(bench, watcher, "getData", "/a");
    expect(drop()).toBeNull();
    expect(told(bench.commit(setData("/a", null)))).toEqual([]);
    watch(bench, watcher, "getData", "/a");
    expect(told(bench.commit(setData("/a", null)))).toHaveLength(1);
    expect(drop()).toBe("NO_WATCHER");
  });

  it("WA-08: several registrations on one path give one event a trigger; recursive ones hear of no children", () => {
    const bench = new CoreBench();
    bench.commit(create("/a"));
    const watcher = bench.machine.openWatcher([]);
    watch(bench, watcher, "getData", "/a");
    watch(bench, watcher, "getChildren", "/a");
    addWatch(bench, watcher, "/a", "recursive");
    expect(told(bench.commit(create("/a/b")))).toEqual([
      `${watcher} NodeCreated /a/b`,
      `${watcher} NodeChildrenChanged /a`,
    ]);
    // The child watch is used up.
    expect(told(bench.commit(create("/a/c")))).toEqual([`${watcher} NodeCreated /a/c`]);
    expect(told(bench.commit(setData("/a", null)))).toEqual([`${watcher} NodeDataChanged /a`]);
    addWatch(bench, watcher, "/a", "persistent");
    expect(told(bench.commit(setData("/a", null)))).toEqual([`${watcher} NodeDataChanged /a`]);
    const ops = ["/a/b", "/a/c", "/a"].map((path) => remove(path));
    expect(told(bench.commit({ kind: "multi", ops }))).toEqual([
      `${watcher} NodeDeleted /a/b`,
      `${watcher} NodeChildrenChanged /a`,
      `${watcher} NodeDeleted /a/c`,
      `${watcher} NodeChildrenChanged /a`,
      `${watcher} NodeDeleted /a`,
    ]);
  });

  it("WA-09: an event is told only to who may read the znode now, and uses the watch up for all", () => {
    const bench = new CoreBench();
    bench.commit(create("/a"));
    const watchers = { stranger: bench.machine.openWatcher([]), alice: bench.machine.openWatcher([ALICE]) };
    for (const watcher of Object.values(watchers)) {
      watch(bench, watcher, "getData", "/a");
      watch(bench, watcher, "getChildren", "/a");
    }
    const acl = [
      { perms: 31, scheme: "digest", id: ALICE.id },
      { perms: 4, scheme: "world", id: "anyone" },
    ];
    bench.commit({ kind: "setACL", path: "/a", acl, version: -1 });
    const alice = { ...bench.openSession([ALICE]) };
    expect(told(bench.commit(setData("/a", null), alice))).toEqual([`${watchers.alice} NodeDataChanged /a`]);
    expect(told(bench.commit(create("/a/b")))).toEqual([`${watchers.alice} NodeChildrenChanged /a`]);
    expect(leftOvers(bench)).toEqual([0, 0, 0, 0]);
    // Who shows another identity hears from then on.
    addWatch(bench, watchers.stranger, "/a", "persistent");
    expect(told(bench.commit(setData("/a", null), alice))).toEqual([]);
    bench.machine.identifyWatcher(watchers.stranger, [ALICE]);
    expect(told(bench.commit(setData("/a", null), alice))).toEqual([`${watchers.stranger} NodeDataChanged /a`]);
  });

  it("WA-11: nothing is left of a closed connection's watches, nor of those that were used up", () => {
    const bench = new CoreBench();
    const { machine } = bench;
    const random = createRandom(11);
    const session = bench.openSession();
    const watchers: WatcherId[] = [];
    const paths = ["/", "/a", "/b", "/a/x", "/a/y", "/e", "/missing", "no path", ""];
    bench.commit(create("/a"));
    bench.commit(create("/a/x"));
    bench.commit(ephemeral("/e"), session);
    for (let i = 0; i < 400; i++) {
      const watcher =
        random(4) === 0 ? machine.openWatcher([]) : (watchers[random(watchers.length)] ?? machine.openWatcher([]));
      if (!watchers.includes(watcher)) watchers.push(watcher);
      const path = paths[random(paths.length)]!;
      const way = random(7);
      if (way < 3) watch(bench, watcher, (["getData", "exists", "getChildren"] as const)[way]!, path);
      else if (way < 5) addWatch(bench, watcher, path, way === 3 ? "persistent" : "recursive");
      else if (way === 5) bench.commit(random(2) === 0 ? create(path || "/z") : setData("/a", null));
      else machine.answerWatchRequest({ kind: "removeWatches", path, watcherType: 1 + random(5) }, watcher);
    }
    expect(machine.statistics.watchedPathCount).toBeGreaterThan(5);
    for (const watcher of watchers) machine.closeWatcher(watcher);
    machine.closeWatcher(session.watcher);
    expect(leftOvers(bench)).toEqual([0, 0, 0, 0]);
    expect(machine.statistics).toMatchObject({ watchedPathCount: 0, watcherCount: 0 });
    // And nobody is told any more.
    expect(bench.closeSession(session).events).toEqual([]);
    expect(bench.commit(setData("/a", null)).events).toEqual([]);
  });

  it("WA-11: expiry leaves no watch on the ephemerals it removes", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    const watcher = bench.machine.openWatcher([]);
    for (let i = 0; i < 10; i++) {
      bench.commit(ephemeral(`/e${i}`), session);
      for (const kind of ["getData", "exists", "getChildren"] as const) watch(bench, watcher, kind, `/e${i}`);
    }
    expect(leftOvers(bench)).toEqual([10, 1, 10, 1]);
    expect(bench.closeSession(session).events).toHaveLength(10);
    expect(leftOvers(bench)).toEqual([0, 0, 0, 0]);
  });

  it("counts every watcher once, whichever tables hold its watches", () => {
    const bench = new CoreBench();
    bench.commit(create("/a"));
    const [one, two, three] = [1, 2, 3].map(() => bench.machine.openWatcher([])) as [WatcherId, WatcherId, WatcherId];
    watch(bench, one, "getData", "/a");
    watch(bench, two, "getChildren", "/a");
    expect(bench.machine.statistics.watcherCount).toBe(2);
    addWatch(bench, three, "/a", "persistent");
    expect(bench.machine.statistics.watcherCount).toBe(3);
  });

  it("are not taken from a connection that is gone", () => {
    const bench = new CoreBench();
    const watcher = bench.machine.openWatcher([]);
    bench.machine.closeWatcher(watcher);
    for (const kind of ["getData", "exists", "getChildren"] as const) {
      expect(() => watch(bench, watcher, kind, "/")).toThrow(AssertionError);
    }
    expect(() => addWatch(bench, watcher, "/", "recursive")).toThrow(AssertionError);
    expect(leftOvers(bench)).toEqual([0, 0, 0, 0]);
  });

  it("are a peer's own: a failed or replicated txn tells nobody, and the digest knows nothing of them", () => {
    const bench = new CoreBench();
    bench.commit(create("/a"));
    const { digest } = bench.machine;
    const watcher = bench.machine.openWatcher([]);
    addWatch(bench, watcher, "/", "recursive");
    expect(bench.machine.digest).toBe(digest);
    const { outcome, events } = bench.commit({ kind: "multi", ops: [setData("/a", null), remove("/missing")] });
    expect(codeOf(outcome)).toBe("NO_NODE");
    expect(events).toEqual([]);
    expect(stateOf(bench.machine).zxid).toBe(bench.machine.lastAppliedZxid);
  });
});
