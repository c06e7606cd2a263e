import { expect } from "vitest";
import type { Acl } from "../../src/index.ts";
import { caseOf } from "./case.ts";
import { codeOf, type SessionSetting } from "./world.ts";

const EVERYONE: Acl = { permissions: "all", scheme: "world", id: "anyone" };
const READ_ONLY: Acl = { permissions: ["read"], scheme: "world", id: "anyone" };
const MINE: Acl = { permissions: "all", scheme: "auth", id: "" };

export function testAcls(setting: SessionSetting): void {
  caseOf(setting, "let everyone do everything by default", async (world) => {
    const session = await world.openWithRoot();
    const { acl, stat } = await session.getAcl(world.root);
    expect(acl).toEqual([EVERYONE]);
    expect(stat.aversion).toBe(0);
  });

  caseOf(setting, "are set at a version of their own", async (world) => {
    const session = await world.openWithRoot();
    const admin: Acl = { permissions: ["read", "delete", "admin"], scheme: "world", id: "anyone" };
    expect((await session.setAcl(world.root, [admin], { version: 0 })).aversion).toBe(1);
    expect((await session.getAcl(world.root)).acl).toEqual([admin]);
    expect(await codeOf(session.setAcl(world.root, [EVERYONE], { version: 0 }))).toBe("BAD_VERSION");
    expect(await codeOf(session.set(world.root, "x"))).toBe("NO_AUTH");
    expect(await codeOf(session.create(`${world.root}/a`))).toBe("NO_AUTH");
    await session.setAcl(world.root, [EVERYONE]);
    expect((await session.set(world.root, "x")).version).toBe(1);
  });

  caseOf(setting, "that say nothing that the server knows are refused", async (world) => {
    const session = await world.openWithRoot();
    expect(await codeOf(session.create(`${world.root}/a`, null, { acl: [] }))).toBe("INVALID_ACL");
    const unknown: Acl = { permissions: "all", scheme: "nonsense", id: "x" };
    expect(await codeOf(session.create(`${world.root}/a`, null, { acl: [unknown] }))).toBe("INVALID_ACL");
    expect(await session.exists(`${world.root}/a`)).toBeNull();
  });

  caseOf(setting, "go by the identities that a session has shown", async (world) => {
    const session = await world.openWithRoot();
    await session.addAuth("digest", "bob:secret");
    const path = `${world.root}/a`;
    await session.create(path, "x", { acl: [MINE] });
    const [entry] = (await session.getAcl(path)).acl;
    expect(entry).toMatchObject({ permissions: "all", scheme: "digest" });
    expect(entry?.id).toMatch(/^bob:/);
    const other = await world.open();
    await other.sync();
    expect(await codeOf(other.get(path))).toBe("NO_AUTH");
    await other.addAuth("digest", "bob:wrong");
    expect(await codeOf(other.get(path))).toBe("NO_AUTH");
    await other.addAuth("digest", new TextEncoder().encode("bob:secret"));
    expect((await other.get(path)).text()).toBe("x");
    await other.setAcl(path, [READ_ONLY]);
  });

  caseOf(setting, "an identity counts for what is asked behind it, awaited or not", async (world) => {
    const session = await world.openWithRoot();
    const shown = session.addAuth("digest", "ann:secret");
    const created = session.create(`${world.root}/a`, "x", { acl: [MINE] });
    await shown;
    expect((await created).path).toBe(`${world.root}/a`);
    await session.setAcl(`${world.root}/a`, [EVERYONE]);
  });

  caseOf(setting, "a session is told who it is", async (world) => {
    const session = await world.open();
    await session.addAuth("digest", "bob:secret");
    if (world.lacks("who-am-i")) {
      expect(await codeOf(session.whoAmI())).toMatch(/^(UNIMPLEMENTED|CONNECTION_LOSS)$/);
    } else {
      expect(await session.whoAmI()).toContainEqual({ scheme: "digest", user: "bob" });
    }
  });
}
