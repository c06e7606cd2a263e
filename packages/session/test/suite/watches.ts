import { expect } from "vitest";
import { caseOf } from "./case.ts";
import { codeOf, type SessionSetting, take, told } from "./world.ts";

export function testWatches(setting: SessionSetting): void {
  caseOf(setting, "tell what happens to a znode, whoever does it", async (world) => {
    const session = await world.openWithRoot();
    const other = await world.open();
    await other.sync();
    const path = `${world.root}/a`;
    const watch = await session.watch(path);
    await other.create(path);
    await other.set(path, "x");
    await other.create(`${path}/child`);
    await other.set(`${path}/child`, "not told");
    await other.delete(`${path}/child`);
    await other.delete(path);
    const kinds = ["created", "data-changed", "children-changed", "children-changed", "deleted"];
    expect(await told(watch, 5)).toEqual(kinds.map((kind) => `${kind} ${path}`));
  });

  caseOf(setting, "tell what happens below, if asked to", async (world) => {
    const session = await world.openWithRoot();
    const { root } = world;
    const watch = await session.watch(root, { recursive: true });
    await session.create(`${root}/a`);
    await session.create(`${root}/a/b`);
    await session.set(`${root}/a/b`, "x");
    await session.set(root, "x");
    await session.delete(`${root}/a/b`);
    await session.delete(`${root}/a`);
    expect(await told(watch, 6)).toEqual([
      `created ${root}/a`,
      `created ${root}/a/b`,
      `data-changed ${root}/a/b`,
      `data-changed ${root}`,
      `deleted ${root}/a/b`,
      `deleted ${root}/a`,
    ]);
  });

  caseOf(setting, "stay over the end of the znode, and what comes in its place", async (world) => {
    const session = await world.openWithRoot();
    const path = `${world.root}/a`;
    const watch = await session.watch(path);
    for (let round = 0; round < 2; round++) {
      await session.create(path);
      await session.delete(path);
    }
    const round = [`created ${path}`, `deleted ${path}`];
    expect(await told(watch, 4)).toEqual([...round, ...round]);
  });

  caseOf(setting, "tell of a whole transaction in its order, with its zxid", async (world) => {
    const session = await world.openWithRoot();
    const { root } = world;
    const watch = await session.watch(root, { recursive: true });
    await session.transaction().create(`${root}/a`).set(root, "x").delete(`${root}/a`).commit();
    const events = await take(watch, 3);
    expect(events.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      `created ${root}/a`,
      `data-changed ${root}`,
      `deleted ${root}/a`,
    ]);
    const stat = await session.exists(root);
    const zxids = events.map((event) => (event.kind === "gap" ? "gap" : event.zxid));
    const zxid = world.lacks("event-zxids") ? -1 : stat?.mzxid;
    expect(zxids).toEqual([zxid, zxid, zxid]);
  });

  caseOf(setting, "tell of a change before it can be read", async (world) => {
    const session = await world.openWithRoot();
    const other = await world.open();
    await other.sync();
    const watch = await session.watch(world.root);
    const iterator = watch[Symbol.asyncIterator]();
    let isTold = false;
    const waiting = iterator.next().then((step) => {
      isTold = true;
      return step;
    });
    await other.set(world.root, "1");
    await session.sync();
    const { stat } = await session.get(world.root);
    expect(stat.version).toBe(1);
    expect(isTold).toBe(true);
    expect((await waiting).value).toMatchObject({ kind: "data-changed", path: world.root });
  });

  caseOf(setting, "tell of what is written right behind them, not awaited", async (world) => {
    const session = await world.openWithRoot();
    const watching = session.watch(world.root);
    const written = session.set(world.root, "x");
    await written;
    expect(await told(await watching, 1)).toEqual([`data-changed ${world.root}`]);
  });

  caseOf(setting, "end after one event with once", async (world) => {
    const session = await world.openWithRoot();
    const watch = await session.watch(world.root, { once: true });
    await session.set(world.root, "1");
    await session.set(world.root, "2");
    const events: string[] = [];
    for await (const { kind } of watch) events.push(kind);
    expect(events).toEqual(["data-changed"]);
  });

  caseOf(setting, "say where they have dropped events", async (world) => {
    const session = await world.openWithRoot();
    const watch = await session.watch(world.root, { bufferedMax: 3 });
    for (let version = 1; version <= 4; version++) await session.set(world.root, String(version));
    expect(await take(watch, 1)).toEqual([{ kind: "gap", path: world.root, reason: "overflow" }]);
    await session.set(world.root, "5");
    expect(await told(watch, 1)).toEqual([`data-changed ${world.root}`]);
  });

  caseOf(setting, "end with close, and with the loop that reads them", async (world) => {
    const session = await world.openWithRoot();
    const closed = await session.watch(world.root);
    const pending = closed[Symbol.asyncIterator]().next();
    await closed.close();
    expect((await pending).done).toBe(true);
    const left = await session.watch(world.root);
    await session.set(world.root, "1");
    for await (const event of left) {
      expect(event.kind).toBe("data-changed");
      break;
    }
    expect((await left[Symbol.asyncIterator]().next()).done).toBe(true);
  });

  caseOf(setting, "throw the reason of their signal", async (world) => {
    const session = await world.openWithRoot();
    const controller = new AbortController();
    const watch = await session.watch(world.root, { signal: controller.signal });
    const pending = watch[Symbol.asyncIterator]().next();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(await codeOf(session.watch(world.root, { signal: controller.signal }))).toBe("ABORTED");
  });
}
