import { createSession, type ChannelHandler, type Session } from "@coterie/session";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cache, createNodeCache, createPathCache, createTreeCache } from "../../src/index.ts";
import { FaultyChannel } from "../support/faulty-channel.ts";
import { World } from "../support/world.ts";
import { Replay, shown, shownTree } from "./support.ts";

const PATHS = ["/r", "/r/a", "/r/b", "/r/a/x", "/r/a/y", "/r/b/x", "/r/a/x/deep"];
const RUNS = process.env["COTERIE_TEST_LONG"] === "1" ? 20_000 : 100;

/** Servers before ZooKeeper 3.9 do not say which txn an event is of. */
class SilentChannel extends FaultyChannel {
  override open(handler: ChannelHandler): void {
    super.open({ ...handler, watchEvent: (event) => handler.watchEvent(event, -1) });
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("create"), path: fc.constantFrom(...PATHS) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set"), path: fc.constantFrom(...PATHS) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("delete"), path: fc.constantFrom(...PATHS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("anew"), path: fc.constantFrom(...PATHS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("suspend"), path: fc.constant("") }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("reconnect"), path: fc.constant("") }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("lost-before", "lost-after"), path: fc.constant("") }) },
);
const plan = fc.record({
  steps: fc.array(fc.tuple(step, fc.integer({ min: 0, max: 12 })), { maxLength: 40 }),
  readsMax: fc.integer({ min: 1, max: 4 }),
  depthMax: fc.integer({ min: 1, max: 4 }),
  startsAt: fc.integer({ min: 0, max: 10 }),
  isSilent: fc.boolean(),
});

type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

async function write(session: Session, kind: string, path: string): Promise<void> {
  if (kind === "create") await session.create(path, "new");
  if (kind === "set") await session.set(path, "set");
  if (kind === "delete") await session.delete(path);
  if (kind === "anew") await session.transaction().delete(path).create(path, "new").commit();
}

/** Never back: each znode that is told was changed after what was told of it before. */
class Order {
  private readonly newest = new Map<string, number>();
  isKept = true;

  constructor(cache: Cache) {
    void this.read(cache);
  }

  private async read(cache: Cache): Promise<void> {
    for await (const event of cache.changes()) {
      if (event.kind !== "added" && event.kind !== "changed") continue;
      const { mzxid } = event.znode.stat;
      this.isKept &&= mzxid > (this.newest.get(event.path) ?? 0);
      this.newest.set(event.path, mzxid);
    }
  }
}

async function run({ steps, readsMax, depthMax, startsAt, isSilent }: Plan): Promise<void> {
  const world = new World();
  const channel = new (isSilent ? SilentChannel : FaultyChannel)(world.server.openChannel());
  const session = createSession(channel, { clock: world.clock });
  const other = await world.open();
  let caches: readonly (readonly [Cache, "name" | "path", number, number])[] = [];
  let followers: { readonly all: Replay; readonly last: Replay; readonly order: Order }[] = [];
  const start = (): void => {
    caches = [
      [createNodeCache(session, "/r/a"), "path", 0, 0],
      [createPathCache(session, "/r/a", { readsMax }), "name", 1, 1],
      [createTreeCache(session, "/r", { readsMax, depthMax }), "path", 0, depthMax],
    ];
    followers = caches.map(([cache, keys]) => ({
      all: new Replay(cache.changes(), keys),
      last: new Replay(cache.changes({ waitingMax: 1 }), keys),
      order: new Order(cache),
    }));
  };
  for (const [index, [{ kind, path }, turns]] of steps.entries()) {
    if (index === startsAt) start();
    if (kind === "suspend" && channel.state === "connected") channel.suspend();
    else if (kind === "reconnect" && channel.state === "suspended") channel.reconnect();
    else if (kind === "lost-before" || kind === "lost-after") {
      channel.plan = { at: channel.requestCount + 1 + (turns % 5), fault: kind };
    } else await write(other.session, kind, path).catch(() => undefined);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  }
  if (startsAt >= steps.length) start();
  channel.plan = null;
  if (channel.state === "suspended") channel.reconnect();
  await world.settle();
  for (const [index, [cache, , depthMin, depthMaxOf]] of caches.entries()) {
    const { all, last, order } = followers[index]!;
    const tree = await shownTree(other.session, cache.path, depthMin, depthMaxOf);
    expect([cache.isInitialised, all.error, last.error, order.isKept]).toEqual([true, undefined, undefined, true]);
    expect(shown(cache.entries)).toEqual(tree);
    expect([shown(all.entries), shown(last.entries)]).toEqual([tree, tree]);
    expect(all.told.filter((told) => told === "initialised")).toHaveLength(1);
  }
}

describe("caches", () => {
  it("are as the tree is when it is at rest, and so is what they have told, whatever was lost meanwhile", async () => {
    await fc.assert(fc.asyncProperty(plan, run), { numRuns: RUNS });
  });
});
