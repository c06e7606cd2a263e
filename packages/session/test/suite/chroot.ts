import { expect } from "vitest";
import { caseOf } from "./case.ts";
import { codeOf, errorOf, type SessionSetting, told } from "./world.ts";

export function testChroot(setting: SessionSetting): void {
  caseOf(setting, "goes before every path, and from every path", async (world) => {
    const whole = await world.openWithRoot();
    const session = await world.open({ chroot: world.root });
    await session.sync();
    expect((await session.create("/a", "x")).path).toBe("/a");
    expect((await session.create("/", null, { mode: "persistent-sequential" })).path).toBe("/0000000001");
    expect((await session.get("/a")).text()).toBe("x");
    expect((await session.set("/", "root")).version).toBe(1);
    expect((await session.children("/")).children.toSorted()).toEqual(["0000000001", "a"]);
    expect(await session.descendantCount("/")).toBe(2);
    expect(await errorOf(session.get("/none"))).toMatchObject({ code: "NO_NODE", path: "/none" });
    expect(await codeOf(session.delete("/"))).toBe("BAD_ARGUMENTS");
    await whole.sync();
    expect((await whole.get(world.root)).text()).toBe("root");
    expect((await whole.get(`${world.root}/a`)).text()).toBe("x");
  });

  caseOf(setting, "holds for ephemerals, of which only those below are told", async (world) => {
    const session = await world.openWithRoot();
    const inside = await world.open({ chroot: `${world.root}/in` });
    await inside.create("/", null, { parents: true });
    await inside.create("/e", null, { mode: "ephemeral" });
    await session.create(`${world.root}/e`, null, { mode: "ephemeral" });
    expect(await inside.ephemerals()).toEqual(["/e"]);
    expect(await inside.ephemerals("/e")).toEqual(["/e"]);
    expect(await inside.ephemerals("/f")).toEqual([]);
    expect(await session.ephemerals(world.root)).toEqual([`${world.root}/e`]);
  });

  caseOf(setting, "holds for transactions and their errors", async (world) => {
    await world.openWithRoot();
    const session = await world.open({ chroot: world.root });
    await session.sync();
    const results = await session.transaction().create("/a").create("/a/b").set("/", "x").commit();
    expect(results).toMatchObject([{ path: "/a" }, { path: "/a/b" }, { kind: "set" }]);
    const failing = session.transaction().check("/").delete("/a").commit();
    expect(await errorOf(failing)).toMatchObject({ code: "NOT_EMPTY", path: "/a", index: 1 });
  });

  caseOf(setting, "holds for events", async (world) => {
    const whole = await world.openWithRoot();
    const session = await world.open({ chroot: world.root });
    await session.sync();
    const plain = await session.watch("/");
    const recursive = await session.watch("/", { recursive: true });
    await whole.create(`${world.root}/a`);
    await whole.set(`${world.root}/a`, "x");
    await whole.set(world.root, "x");
    expect(plain.path).toBe("/");
    expect(await told(plain, 2)).toEqual(["children-changed /", "data-changed /"]);
    expect(await told(recursive, 3)).toEqual(["created /a", "data-changed /a", "data-changed /"]);
  });

  caseOf(setting, "need not exist, and is made with the parents", async (world) => {
    const session = await world.open({ chroot: `${world.root}/deep/down` });
    expect(await session.exists("/")).toBeNull();
    expect(await codeOf(session.create("/a"))).toBe("NO_NODE");
    expect((await session.create("/a/b", "x", { parents: true })).path).toBe("/a/b");
    expect((await session.get("/a/b")).text()).toBe("x");
  });
}
