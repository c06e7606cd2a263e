import { expect } from "vitest";
import { caseOf } from "./case.ts";
import { codeOf, errorOf, type SessionSetting } from "./world.ts";

export function testTransactions(setting: SessionSetting): void {
  caseOf(setting, "do all of it, each operation behind the one before", async (world) => {
    const session = await world.openWithRoot();
    const { root } = world;
    const results = await session
      .transaction()
      .check(root, 0)
      .create(`${root}/a`, "x")
      .create(`${root}/a/n-`, null, { mode: "persistent-sequential" })
      .create(`${root}/e`, null, { mode: "ephemeral" })
      .set(root, "changed", { version: 0 })
      .create(`${root}/gone`)
      .delete(`${root}/gone`)
      .commit();
    expect(results.map(({ kind }) => kind)).toEqual(["check", "create", "create", "create", "set", "create", "delete"]);
    const hasStats = !world.lacks("transaction-stats");
    expect(results[1]).toMatchObject({ path: `${root}/a`, stat: hasStats ? { dataSizeBytes: 1 } : null });
    expect(results[2]).toMatchObject({ path: `${root}/a/n-0000000000` });
    expect(results[3]).toMatchObject({ stat: hasStats ? { ephemeralOwner: session.id } : null });
    expect(results[4]).toMatchObject({ stat: { version: 1 } });
    expect((await session.get(root)).text()).toBe("changed");
    expect((await session.children(root)).children.toSorted()).toEqual(["a", "e"]);
  });

  caseOf(setting, "do nothing if one operation fails, and say which", async (world) => {
    const session = await world.openWithRoot();
    const { root } = world;
    const failing = session
      .transaction()
      .set(root, "never")
      .create(`${root}/a`)
      .delete(`${root}/missing`)
      .create(`${root}/b`)
      .commit();
    const error = await errorOf(failing);
    expect(error).toMatchObject({ code: "NO_NODE", path: `${root}/missing`, index: 2, outcome: "not-applied" });
    expect((await session.get(root)).data).toBeNull();
    expect((await session.children(root)).children).toEqual([]);
    const checked = session.transaction().check(root, 5).set(root, "never").commit();
    expect(await errorOf(checked)).toMatchObject({ code: "BAD_VERSION", path: root, index: 0 });
  });

  caseOf(setting, "make containers, and znodes with a time to live where there are any", async (world) => {
    const session = await world.openWithRoot();
    const builder = session.transaction().create(`${world.root}/c`, null, { mode: "container" });
    if (!world.lacks("ttl")) builder.create(`${world.root}/t`, null, { mode: "ttl", ttlMs: 3_600_000 });
    const results = await builder.commit();
    expect(results.every(({ kind }) => kind === "create")).toBe(true);
    expect((await session.children(world.root)).children).toHaveLength(results.length);
  });

  caseOf(setting, "may hold nothing", async (world) => {
    const session = await world.open();
    expect(await session.transaction().commit()).toEqual([]);
  });

  caseOf(setting, "are sent once, and not at all with an argument that means nothing", async (world) => {
    const session = await world.openWithRoot();
    const builder = session.transaction().create(`${world.root}/a`);
    const first = builder.commit();
    expect(await codeOf(builder.commit())).toBe("BAD_ARGUMENTS");
    await first;
    const wrong = session.transaction().delete(`${world.root}/a`).set("no-slash", "x").commit();
    expect(await errorOf(wrong)).toMatchObject({ code: "BAD_ARGUMENTS", path: "no-slash", index: 1 });
    expect(await session.exists(`${world.root}/a`)).not.toBeNull();
  });
}
