import { expect } from "vitest";
import { caseOf } from "./case.ts";
import { bytes, codeOf, errorOf, type SessionSetting } from "./world.ts";

export function testZnodes(setting: SessionSetting): void {
  caseOf(setting, "hold text and bytes, nothing, and nothing at all", async (world) => {
    const session = await world.openWithRoot();
    await session.create(`${world.root}/text`, "Grüße");
    await session.create(`${world.root}/bytes`, new Uint8Array([0, 255, 7]));
    await session.create(`${world.root}/empty`, "");
    await session.create(`${world.root}/null`);
    expect((await session.get(`${world.root}/text`)).text()).toBe("Grüße");
    expect([...((await session.get(`${world.root}/bytes`)).data ?? [])]).toEqual([0, 255, 7]);
    expect((await session.get(`${world.root}/empty`)).data).toHaveLength(0);
    expect((await session.get(`${world.root}/null`)).data).toBeNull();
  });

  caseOf(setting, "hold JSON for those who write it", async (world) => {
    const session = await world.openWithRoot();
    await session.set(world.root, JSON.stringify({ port: 80 }));
    expect((await session.get(world.root)).json()).toEqual({ port: 80 });
    await session.set(world.root, "{");
    const { json } = await session.get(world.root).then((znode) => ({ json: () => znode.json() }));
    expect(json).toThrow(expect.objectContaining({ code: "BAD_DATA", path: world.root }));
  });

  caseOf(setting, "tell about themselves in a Stat", async (world) => {
    const session = await world.openWithRoot();
    const { path, stat } = await session.create(`${world.root}/a`, "four");
    expect(path).toBe(`${world.root}/a`);
    expect(stat).toMatchObject({ version: 0, cversion: 0, aversion: 0, ephemeralOwner: null, childCount: 0 });
    expect(stat.dataSizeBytes).toBe(4);
    expect([stat.mzxid, stat.pzxid]).toEqual([stat.czxid, stat.czxid]);
    expect(JSON.parse(JSON.stringify(stat))).toEqual(stat);
    await session.create(`${world.root}/a/b`);
    const changed = await session.set(path, "longer");
    expect(changed).toMatchObject({ czxid: stat.czxid, version: 1, cversion: 1, childCount: 1, dataSizeBytes: 6 });
    expect(changed.mzxid).toBeGreaterThan(changed.pzxid);
    expect(changed.pzxid).toBeGreaterThan(stat.czxid);
    expect(await session.exists(path)).toEqual(changed);
    expect((await session.get(path)).stat).toEqual(changed);
  });

  caseOf(setting, "change at the version that is expected, and at no other", async (world) => {
    const session = await world.openWithRoot();
    const { stat } = await session.get(world.root);
    expect((await session.set(world.root, "1", { version: stat.version })).version).toBe(1);
    const error = await errorOf(session.set(world.root, "2", { version: 0 }));
    expect(error).toMatchObject({ code: "BAD_VERSION", path: world.root, retryable: false, outcome: "not-applied" });
    expect(await codeOf(session.delete(world.root, { version: 0 }))).toBe("BAD_VERSION");
    expect((await session.get(world.root)).text()).toBe("1");
    await session.delete(world.root, { version: 1 });
    expect(await session.exists(world.root)).toBeNull();
  });

  caseOf(setting, "that are missing are NO_NODE to everything but exists", async (world) => {
    const session = await world.open();
    const path = `${world.root}/missing`;
    const calls = [
      session.get(path),
      session.set(path, "x"),
      session.delete(path),
      session.children(path),
      session.getAcl(path),
      session.setAcl(path, [{ permissions: "all", scheme: "world", id: "anyone" }]),
      session.create(path),
    ];
    for (const call of calls) expect(await errorOf(call)).toMatchObject({ code: "NO_NODE", path });
    expect(await session.exists(path)).toBeNull();
  });

  caseOf(setting, "have children, which keep them from being deleted", async (world) => {
    const session = await world.openWithRoot();
    for (const name of ["a", "b", "c"]) await session.create(`${world.root}/${name}`);
    const { children, stat } = await session.children(world.root);
    expect(children.toSorted()).toEqual(["a", "b", "c"]);
    expect(stat.childCount).toBe(3);
    expect(await codeOf(session.delete(world.root))).toBe("NOT_EMPTY");
    expect(await codeOf(session.create(`${world.root}/a`))).toBe("NODE_EXISTS");
    await session.delete(`${world.root}/a`);
    expect((await session.children(world.root)).children.toSorted()).toEqual(["b", "c"]);
  });

  caseOf(setting, "are counted at all depths", async (world) => {
    const session = await world.openWithRoot();
    await session.create(`${world.root}/a`);
    await session.create(`${world.root}/a/b`);
    await session.create(`${world.root}/a/b/c`);
    expect(await session.descendantCount(world.root)).toBe(3);
    expect(await session.descendantCount(`${world.root}/a/b/c`)).toBe(0);
  });

  caseOf(setting, "take large data", async (world) => {
    const session = await world.openWithRoot();
    const data = bytes("x".repeat(900_000));
    await session.set(world.root, data);
    expect((await session.get(world.root)).data).toHaveLength(data.length);
  });

  caseOf(setting, "copy the bytes that they are given, when they are given", async (world) => {
    const session = await world.openWithRoot();
    const data = bytes("before");
    const call = session.set(world.root, data);
    data.fill(0);
    await call;
    expect((await session.get(world.root)).text()).toBe("before");
  });
}
