import { expect } from "vitest";
import { caseOf } from "./case.ts";
import { codeOf, type SessionSetting } from "./world.ts";

export function testCreates(setting: SessionSetting): void {
  caseOf(setting, "number sequential znodes in the order of the calls", async (world) => {
    const session = await world.openWithRoot();
    const calls = Array.from({ length: 5 }, () =>
      session.create(`${world.root}/n-`, null, { mode: "persistent-sequential" }),
    );
    const created = await Promise.all(calls);
    const numbers = created.map(({ path }) => path.slice(`${world.root}/n-`.length));
    expect(numbers).toEqual(["0000000000", "0000000001", "0000000002", "0000000003", "0000000004"]);
  });

  caseOf(setting, "number without a name before it", async (world) => {
    const session = await world.openWithRoot();
    const { path } = await session.create(`${world.root}/`, null, { mode: "persistent-sequential" });
    expect(path).toBe(`${world.root}/0000000000`);
  });

  caseOf(setting, "make ephemeral znodes, which belong to the session and go with it", async (world) => {
    const session = await world.openWithRoot();
    const owner = await world.open();
    await owner.sync();
    const { path, stat } = await owner.create(`${world.root}/e`, "x", { mode: "ephemeral" });
    const numbered = await owner.create(`${world.root}/s-`, null, { mode: "ephemeral-sequential" });
    expect(stat.ephemeralOwner).toBe(owner.id);
    expect(owner.id).toMatch(/^0x[0-9a-f]+$/);
    expect((await owner.ephemerals(world.root)).toSorted()).toEqual([path, numbered.path].toSorted());
    expect(await owner.ephemerals(`${world.root}/e`)).toEqual([path]);
    expect(await session.ephemerals(world.root)).toEqual([]);
    expect(await codeOf(owner.create(`${path}/child`))).toBe("NO_CHILDREN_FOR_EPHEMERALS");
    await session.sync();
    expect((await session.exists(path))?.ephemeralOwner).toBe(owner.id);
    await owner.close();
    await session.sync();
    expect((await session.children(world.root)).children).toEqual([]);
  });

  caseOf(setting, "make containers, which are empty at first and take children", async (world) => {
    const session = await world.openWithRoot();
    const { path, stat } = await session.create(`${world.root}/c`, null, { mode: "container" });
    expect(stat.ephemeralOwner).toBeNull();
    await session.create(`${path}/child`);
    expect((await session.children(path)).children).toEqual(["child"]);
  });

  caseOf(setting, "make znodes with a time to live, or say that they cannot", async (world) => {
    const session = await world.openWithRoot();
    const plain = session.create(`${world.root}/t`, "x", { mode: "ttl", ttlMs: 3_600_000 });
    const numbered = session.create(`${world.root}/s-`, null, { mode: "ttl-sequential", ttlMs: 3_600_000 });
    const outcomes = await Promise.allSettled([plain, numbered]);
    if (world.lacks("ttl")) {
      const codes = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "created"));
      expect(codes).toEqual(["UNIMPLEMENTED", "UNIMPLEMENTED"]);
    } else {
      expect((await plain).stat.ephemeralOwner).toBeNull();
      expect((await numbered).path).toBe(`${world.root}/s-0000000001`);
    }
  });

  caseOf(setting, "make what is missing above, if asked to", async (world) => {
    const session = await world.open();
    const path = `${world.root}/a/b/c`;
    expect(await codeOf(session.create(path, "x"))).toBe("NO_NODE");
    const created = await session.create(path, "x", { parents: true });
    expect(created.path).toBe(path);
    expect((await session.get(`${world.root}/a`)).data).toHaveLength(0);
    expect(await codeOf(session.create(path, "y", { parents: true }))).toBe("NODE_EXISTS");
    await session.delete(path);
    await session.delete(`${world.root}/a/b`);
    await session.create(path, "z", { parents: true });
    expect((await session.get(path)).text()).toBe("z");
  });

  caseOf(setting, "make what is missing above again that somebody else has deleted", async (world) => {
    const session = await world.open();
    const other = await world.open();
    const path = `${world.root}/a/b`;
    await session.create(path, "1", { parents: true });
    await other.sync();
    await other.delete(path);
    await other.delete(`${world.root}/a`);
    await session.create(path, "2", { parents: true });
    expect((await session.get(path)).text()).toBe("2");
  });

  caseOf(setting, "keep their place in the order with parents, too", async (world) => {
    const session = await world.open();
    const path = `${world.root}/a/b`;
    const first = session.create(path, "1", { parents: true });
    const second = session.set(path, "2");
    const read = session.get(path);
    await Promise.all([first, second]);
    expect((await read).text()).toBe("2");
  });
}
