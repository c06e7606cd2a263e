import { ADD_WATCH_MODES, WATCHER_TYPES } from "@coterie/protocol";
import { CoterieError } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import type { SessionSupports, Watch, WatchEvent, WatchOptions } from "../src/index.ts";
import { bytes, codeOf, errorOf, scripted, type Scripted } from "./support/kit.ts";
import { wireStat } from "./support/scripted-channel.ts";

const CREATED = 1;
const DELETED = 2;
const DATA_CHANGED = 3;
const CHILDREN_CHANGED = 4;

const ARMED = { kind: "addWatch", err: 0 } as const;
const ZOOKEEPER: SessionSupports = { kind: "wire", linearizable: null, bounded: false };

function add(path: string, mode: keyof typeof ADD_WATCH_MODES): object {
  return { kind: "addWatch", path, mode: ADD_WATCH_MODES[mode] };
}

function remove(path: string, type: keyof typeof WATCHER_TYPES): object {
  return { kind: "removeWatches", path, watcherType: WATCHER_TYPES[type] };
}

async function arm({ channel, session }: Scripted, path: string, options: WatchOptions = {}): Promise<Watch> {
  const sent = channel.sent.length;
  const watching = session.watch(path, options);
  if (channel.sent.length > sent) channel.answer(ARMED);
  return watching;
}

async function read(watch: Watch, count: number): Promise<WatchEvent[]> {
  const iterator = watch[Symbol.asyncIterator]();
  const events: WatchEvent[] = [];
  for (let left = count; left > 0; left--) events.push((await iterator.next()).value as WatchEvent);
  return events;
}

/** Ends the session, and gives what each watch still held. */
async function drain({ channel }: Scripted, ...watches: Watch[]): Promise<string[][]> {
  channel.become("lost");
  return Promise.all(
    watches.map(async (watch) => {
      const events: string[] = [];
      try {
        for await (const { kind, path } of watch) events.push(`${kind} ${path}`);
      } catch (error) {
        expect(error).toMatchObject({ code: "SESSION_EXPIRED" });
      }
      return events;
    }),
  );
}

describe("a watch", () => {
  it("is armed when the server has said so, and tells from there on", async () => {
    const { channel, session } = scripted({ chroot: "/app" });
    const watching = session.watch("/a");
    channel.tell(DATA_CHANGED, "/app/a", 5);
    channel.answer(ARMED);
    const watch = await watching;
    channel.tell(CREATED, "/app/a", 6);
    channel.tell(-1, "/app/a");
    channel.tell(CHILDREN_CHANGED, "/app/a", -1);
    expect(channel.sent).toEqual([add("/app/a", "Persistent")]);
    expect(watch.path).toBe("/a");
    expect(await read(watch, 2)).toEqual([
      { kind: "created", path: "/a", zxid: 6 },
      { kind: "children-changed", path: "/a", zxid: -1 },
    ]);
  });

  it("tells each event to those whom it concerns, once", async () => {
    const all = scripted({ chroot: "/app" });
    const plain = await arm(all, "/a");
    const at = await arm(all, "/a", { recursive: true });
    const above = await arm(all, "/", { recursive: true });
    const beside = await arm(all, "/ab", { recursive: true });
    const { channel } = all;
    channel.tell(CREATED, "/app/a");
    channel.tell(CHILDREN_CHANGED, "/app/a");
    channel.tell(DATA_CHANGED, "/app/a/b/c");
    channel.tell(DELETED, "/app/ab");
    channel.tell(CREATED, "/apple");
    channel.tell(CREATED, "/other");
    expect(await drain(all, plain, at, above, beside)).toEqual([
      ["created /a", "children-changed /a"],
      ["created /a", "data-changed /a/b/c"],
      ["created /a", "data-changed /a/b/c", "deleted /ab"],
      ["deleted /ab"],
    ]);
  });

  it("of the whole tree hears of the root and of everything below", async () => {
    const all = scripted();
    const watch = await arm(all, "/", { recursive: true });
    all.channel.tell(DATA_CHANGED, "/");
    all.channel.tell(CREATED, "/a");
    all.channel.tell(CREATED, "/a/b");
    expect(await drain(all, watch)).toEqual([["data-changed /", "created /a", "created /a/b"]]);
  });

  it("holds what comes before a reply when that reply is read", async () => {
    const all = scripted();
    const watch = await arm(all, "/a");
    const reading = all.session.get("/a");
    all.channel.tell(DATA_CHANGED, "/a");
    all.channel.answer({ kind: "getData", data: bytes("new"), stat: wireStat() });
    expect((await reading).text()).toBe("new");
    await watch.close();
    const closed = await watch[Symbol.asyncIterator]().next();
    expect(closed).toEqual({ done: true, value: undefined });
    expect(await drain(all)).toEqual([]);
  });

  it("that is refused holds nothing", async () => {
    const { channel, session } = scripted();
    const one = errorOf(session.watch("/a"));
    const other = errorOf(session.watch("/a"));
    channel.refuse("BAD_ARGUMENTS");
    expect([await one, await other]).toMatchObject([{ code: "BAD_ARGUMENTS", path: "/a" }, { path: "/a" }]);
    expect(channel.handler.watches()).toEqual({ persistent: [], recursive: [] });
    const again = session.watch("/a");
    expect(channel.sent).toHaveLength(2);
    channel.answer(ARMED);
    expect((await again).path).toBe("/a");
  });

  it("that nobody waits for any more is taken from the server", async () => {
    const all = scripted();
    const { channel, clock, session } = all;
    const controller = new AbortController();
    const aborted = codeOf(session.watch("/a", { signal: controller.signal }));
    const late = codeOf(session.watch("/a", { deadlineMs: 5 }));
    controller.abort();
    expect(channel.sent).toHaveLength(1);
    clock.advance(5);
    expect([await aborted, await late]).toEqual(["ABORTED", "OPERATION_TIMEOUT"]);
    expect(channel.sent).toEqual([add("/a", "Persistent"), remove("/a", "Persistent")]);
    channel.answer(ARMED);
    channel.answer({ kind: "removeWatches" });
    expect(channel.handler.watches()).toEqual({ persistent: [], recursive: [] });
  });
});

describe("watches of one path and mode", () => {
  it("share a registration, until the last is closed", async () => {
    const all = scripted();
    const { channel, session } = all;
    const first = session.watch("/a");
    const second = session.watch("/a");
    expect(channel.sent).toEqual([add("/a", "Persistent")]);
    channel.answer(ARMED);
    const watches = [await first, await second, await arm(all, "/a")];
    expect(channel.sent).toHaveLength(1);
    for (const watch of watches) {
      expect(channel.sent).toHaveLength(1);
      await watch.close();
      await watch.close();
    }
    expect(channel.sent).toEqual([add("/a", "Persistent"), remove("/a", "Persistent")]);
    channel.refuse("NO_WATCHER");
    expect(channel.waitingCount).toBe(0);
    await arm(all, "/a");
    expect(channel.sent).toHaveLength(3);
  });

  it("are registered for the next one while the last is being removed", async () => {
    const all = scripted();
    const recursive = await arm(all, "/a", { recursive: true });
    await recursive.close();
    const watching = all.session.watch("/a", { recursive: true });
    all.channel.refuse("MARSHALLING_ERROR");
    all.channel.answer(ARMED);
    const again = await watching;
    all.channel.tell(DATA_CHANGED, "/a");
    expect(all.channel.sent).toEqual([
      add("/a", "PersistentRecursive"),
      remove("/a", "PersistentRecursive"),
      add("/a", "PersistentRecursive"),
    ]);
    expect(await drain(all, recursive, again)).toEqual([[], ["data-changed /a"]]);
  });

  it("are removed by the path alone where the server knows no such types", async () => {
    const all = scripted();
    await (await arm(all, "/a")).close();
    all.channel.refuse("MARSHALLING_ERROR");
    expect(all.channel.sent.slice(1)).toEqual([remove("/a", "Persistent"), remove("/a", "Any")]);
    all.channel.answer({ kind: "removeWatches" });
    expect(all.channel.waitingCount).toBe(0);
  });
});

describe("a server that keeps one mode a path", () => {
  function zookeeper(): Scripted {
    const all = scripted();
    all.channel.supports = ZOOKEEPER;
    return all;
  }

  it("carries a plain watch beside a recursive one: children's events are changes of children", async () => {
    const all = zookeeper();
    const recursive = await arm(all, "/a", { recursive: true });
    const plain = await arm(all, "/a");
    expect(all.channel.sent).toEqual([add("/a", "PersistentRecursive")]);
    all.channel.tell(CREATED, "/a/b", 8);
    all.channel.tell(CREATED, "/a/b/c");
    all.channel.tell(DATA_CHANGED, "/a/b");
    // A server that keeps both would say it, too.
    all.channel.tell(CHILDREN_CHANGED, "/a");
    all.channel.tell(DATA_CHANGED, "/a");
    all.channel.tell(DELETED, "/a/b");
    expect(await drain(all, plain, recursive)).toEqual([
      ["children-changed /a", "data-changed /a", "children-changed /a"],
      ["created /a/b", "created /a/b/c", "data-changed /a/b", "data-changed /a", "deleted /a/b"],
    ]);
  });

  it("changes from its own events to those of children exactly where the recursive one is armed", async () => {
    const all = zookeeper();
    const plain = await arm(all, "/a");
    const watching = all.session.watch("/a", { recursive: true });
    all.channel.tell(CHILDREN_CHANGED, "/a");
    all.channel.answer(ARMED);
    const recursive = await watching;
    all.channel.tell(CREATED, "/a/b");
    await recursive.close();
    all.channel.tell(CREATED, "/a/c");
    expect(all.channel.sent.slice(2)).toEqual([add("/a", "Persistent"), remove("/a", "PersistentRecursive")]);
    all.channel.answer(ARMED);
    all.channel.refuse("MARSHALLING_ERROR");
    all.channel.tell(CREATED, "/a/d");
    all.channel.tell(CHILDREN_CHANGED, "/a");
    expect(all.channel.waitingCount).toBe(0);
    const childrenChanged = "children-changed /a";
    expect(await drain(all, plain)).toEqual([[childrenChanged, childrenChanged, childrenChanged, childrenChanged]]);
  });

  it("fails a carried watch with the recursive one that was to carry it", async () => {
    const { channel, session } = zookeeper();
    const recursive = codeOf(session.watch("/a", { recursive: true }));
    const plain = errorOf(session.watch("/a"));
    channel.refuse("CONNECTION_LOSS");
    expect(await recursive).toBe("CONNECTION_LOSS");
    expect(await plain).toMatchObject({ code: "CONNECTION_LOSS", path: "/a" });
    expect(channel.handler.watches()).toEqual({ persistent: [], recursive: [] });
  });

  it("registers a carried watch by itself when the one that was to carry it is not wanted any more", async () => {
    const { channel, session } = zookeeper();
    const controller = new AbortController();
    const recursive = codeOf(session.watch("/a", { recursive: true, signal: controller.signal }));
    const plain = session.watch("/a");
    controller.abort();
    expect(await recursive).toBe("ABORTED");
    expect(channel.sent.slice(1)).toEqual([add("/a", "Persistent"), remove("/a", "PersistentRecursive")]);
    channel.answer(ARMED);
    channel.answer(ARMED);
    expect((await plain).path).toBe("/a");
    expect(channel.handler.watches()).toEqual({ persistent: ["/a"], recursive: [] });
  });

  it("is asked for one mode a path when watches are registered anew, for the right one", async () => {
    const all = zookeeper();
    const plain = await arm(all, "/a");
    const recursive = await arm(all, "/a", { recursive: true });
    expect(all.channel.handler.watches()).toEqual({ persistent: [], recursive: ["/a"] });
    await recursive.close();
    all.channel.refuse("CONNECTION_LOSS");
    all.channel.refuse("CONNECTION_LOSS");
    expect(all.channel.handler.watches()).toEqual({ persistent: ["/a"], recursive: [] });
    all.channel.tell(CREATED, "/a/b");
    all.channel.tell(CHILDREN_CHANGED, "/a");
    expect(await drain(all, plain)).toEqual([["children-changed /a"]]);
  });
});

describe("what waits to be read", () => {
  it("is dropped where it is too much, and a gap takes its place", async () => {
    const all = scripted();
    const watch = await arm(all, "/a", { bufferedMax: 3 });
    for (let zxid = 1; zxid <= 5; zxid++) all.channel.tell(DATA_CHANGED, "/a", zxid);
    expect(await read(watch, 2)).toEqual([
      { kind: "gap", path: "/a", reason: "overflow" },
      { kind: "data-changed", path: "/a", zxid: 5 },
    ]);
    all.channel.tell(DELETED, "/a", 6);
    expect(await drain(all, watch)).toEqual([["deleted /a"]]);
  });

  it("is counted from what is read: a long stream is told whole while it is read in time", async () => {
    const all = scripted();
    const watch = await arm(all, "/a", { bufferedMax: 1_500 });
    let zxid = 0;
    const tell = (count: number): void => {
      for (let left = count; left > 0; left--) all.channel.tell(DATA_CHANGED, "/a", ++zxid);
    };
    const seen: (number | string)[] = [];
    const take = async (count: number): Promise<void> => {
      for (const event of await read(watch, count)) seen.push(event.kind === "gap" ? event.reason : event.zxid);
    };
    tell(1_400);
    await take(1_300);
    tell(1_400);
    await take(1_300);
    expect(seen).toEqual(Array.from({ length: 2_600 }, (_, index) => index + 1));
    // 200 wait: the 1,301st of these is one too many.
    tell(1_303);
    seen.length = 0;
    await take(3);
    expect(seen).toEqual(["overflow", 4_102, 4_103]);
  });

  it("is 1,024 events by default", async () => {
    const all = scripted();
    const enough = await arm(all, "/a");
    const tooMuch = await arm(all, "/b");
    for (let zxid = 1; zxid <= 1_024; zxid++) all.channel.tell(DATA_CHANGED, "/a", zxid);
    for (let zxid = 1; zxid <= 1_025; zxid++) all.channel.tell(DATA_CHANGED, "/b", zxid);
    expect((await drain(all, enough, tooMuch)).map((events) => events.length)).toEqual([1_024, 1]);
  });
});

describe("over a reconnect", () => {
  it("armed watches are registered anew, and told that there was a gap, once", async () => {
    const all = scripted({ chroot: "/app" });
    const { channel } = all;
    const plain = await arm(all, "/a");
    const recursive = await arm(all, "/b", { recursive: true });
    const unarmed = codeOf(all.session.watch("/c"));
    channel.refuse("CONNECTION_LOSS");
    expect(await unarmed).toBe("CONNECTION_LOSS");
    channel.become("suspended");
    const queued = all.session.watch("/d");
    expect(channel.handler.watches()).toEqual({ persistent: ["/app/a"], recursive: ["/app/b"] });
    channel.become("connected");
    channel.handler.watchesRenewed();
    channel.handler.watchesRenewed();
    channel.answer(ARMED);
    channel.tell(DATA_CHANGED, "/app/a");
    expect(await read(plain, 1)).toEqual([{ kind: "gap", path: "/a", reason: "reconnected" }]);
    expect(await drain(all, plain, recursive, await queued)).toEqual([["data-changed /a"], ["gap /b"], []]);
  });
});

describe("the end of a watch", () => {
  it("with once is the first event, a gap included", async () => {
    const all = scripted();
    const one = await arm(all, "/a", { once: true });
    const other = await arm(all, "/b", { once: true, recursive: true });
    all.channel.tell(DATA_CHANGED, "/a");
    all.channel.tell(DATA_CHANGED, "/a");
    all.channel.handler.watchesRenewed();
    const events: string[] = [];
    for (const watch of [one, other]) for await (const { kind } of watch) events.push(kind);
    expect(events).toEqual(["data-changed", "gap"]);
    expect(all.channel.sent.slice(2)).toEqual([remove("/a", "Persistent"), remove("/b", "PersistentRecursive")]);
  });

  it("by its signal throws the reason once, drops what waits, and frees the server", async () => {
    const all = scripted();
    const controller = new AbortController();
    const watch = await arm(all, "/a", { signal: controller.signal });
    const iterator = watch[Symbol.asyncIterator]();
    all.channel.tell(DATA_CHANGED, "/a");
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(iterator.next()).rejects.toBe(reason);
    expect((await iterator.next()).done).toBe(true);
    expect(all.channel.sent).toEqual([add("/a", "Persistent"), remove("/a", "Persistent")]);
  });

  it("by the loss of the session throws, behind what had come", async () => {
    const all = scripted();
    const watch = await arm(all, "/a");
    const waiting = await arm(all, "/b");
    const pending = waiting[Symbol.asyncIterator]().next();
    all.channel.tell(DATA_CHANGED, "/a");
    const reason = new CoterieError("PEER_STOPPED");
    all.channel.become("lost", reason);
    await expect(pending).rejects.toMatchObject({ code: "PEER_STOPPED", cause: reason });
    const iterator = watch[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ kind: "data-changed" });
    await expect(iterator.next()).rejects.toMatchObject({ code: "PEER_STOPPED" });
    expect((await iterator.next()).done).toBe(true);
    expect(all.channel.sent).toHaveLength(2);
  });

  it("by leaving the loop, or by disposing of it, is the end for the server too", async () => {
    const all = scripted();
    const watch = await arm(all, "/a");
    all.channel.tell(DATA_CHANGED, "/a");
    all.channel.tell(DELETED, "/a");
    for await (const event of watch) {
      expect(event.kind).toBe("data-changed");
      break;
    }
    all.channel.answer({ kind: "removeWatches" });
    const other = await arm(all, "/b");
    await other[Symbol.asyncDispose]();
    expect(all.channel.sent.slice(1)).toEqual([
      remove("/a", "Persistent"),
      add("/b", "Persistent"),
      remove("/b", "Persistent"),
    ]);
  });

  it("is for its one reader", async () => {
    const all = scripted();
    const watch = await arm(all, "/a");
    const iterator = watch[Symbol.asyncIterator]();
    const pending = iterator.next();
    expect(await codeOf(iterator.next())).toBe("BAD_ARGUMENTS");
    await watch.close();
    expect((await pending).done).toBe(true);
  });
});
