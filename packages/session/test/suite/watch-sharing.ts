import { expect } from "vitest";
import { caseOf } from "./case.ts";
import { type SessionSetting, told } from "./world.ts";

export function testWatchSharing(setting: SessionSetting): void {
  caseOf(setting, "both are told, until they are closed", async (world) => {
    const session = await world.openWithRoot();
    const one = await session.watch(world.root);
    const other = await session.watch(world.root);
    await session.set(world.root, "1");
    const changed = `data-changed ${world.root}`;
    expect([await told(one, 1), await told(other, 1)]).toEqual([[changed], [changed]]);
    await one.close();
    await session.set(world.root, "2");
    expect(await told(other, 1)).toEqual([changed]);
    await other.close();
    const again = await session.watch(world.root);
    await session.set(world.root, "3");
    expect(await told(again, 1)).toEqual([changed]);
  });

  caseOf(setting, "a recursive one beside a plain one: each is told its own", async (world) => {
    const session = await world.openWithRoot();
    const plain = await session.watch(world.root);
    const recursive = await session.watch(world.root, { recursive: true });
    await expectBothTold(world.root, session, plain, recursive);
  });

  caseOf(setting, "a plain one beside a recursive one: each is told its own", async (world) => {
    const session = await world.openWithRoot();
    const recursive = await session.watch(world.root, { recursive: true });
    const plain = await session.watch(world.root);
    await expectBothTold(world.root, session, plain, recursive);
  });

  caseOf(setting, "when the recursive one is closed, the plain one goes on", async (world) => {
    const session = await world.openWithRoot();
    const recursive = await session.watch(world.root, { recursive: true });
    const plain = await session.watch(world.root);
    await recursive.close();
    await session.create(`${world.root}/a`);
    await session.set(`${world.root}/a`, "not told");
    await session.set(world.root, "1");
    expect(await told(plain, 2)).toEqual([`children-changed ${world.root}`, `data-changed ${world.root}`]);
    expect((await recursive[Symbol.asyncIterator]().next()).done).toBe(true);
  });

  caseOf(setting, "when the plain one is closed, the recursive one goes on", async (world) => {
    const session = await world.openWithRoot();
    const plain = await session.watch(world.root);
    const recursive = await session.watch(world.root, { recursive: true });
    await plain.close();
    await session.create(`${world.root}/a`);
    await session.set(world.root, "1");
    expect(await told(recursive, 2)).toEqual([`created ${world.root}/a`, `data-changed ${world.root}`]);
  });

  caseOf(setting, "one above the other: an event is told once to each", async (world) => {
    const session = await world.openWithRoot();
    const path = `${world.root}/a`;
    await session.create(path);
    const above = await session.watch(world.root, { recursive: true });
    const at = await session.watch(path, { recursive: true });
    const plain = await session.watch(path);
    await session.set(path, "1");
    await session.create(`${path}/b`);
    await session.delete(`${path}/b`);
    const below = [`data-changed ${path}`, `created ${path}/b`, `deleted ${path}/b`];
    expect(await told(above, 3)).toEqual(below);
    expect(await told(at, 3)).toEqual(below);
    expect(await told(plain, 3)).toEqual([
      `data-changed ${path}`,
      `children-changed ${path}`,
      `children-changed ${path}`,
    ]);
  });
}

type Session = Awaited<ReturnType<SessionSetting["open"]>>;
type Watch = Awaited<ReturnType<Session["watch"]>>;

async function expectBothTold(root: string, session: Session, plain: Watch, recursive: Watch): Promise<void> {
  await session.create(`${root}/a`);
  await session.create(`${root}/a/b`);
  await session.set(root, "1");
  await session.delete(`${root}/a/b`);
  await session.delete(`${root}/a`);
  await session.set(root, "2");
  expect(await told(plain, 4)).toEqual([
    `children-changed ${root}`,
    `data-changed ${root}`,
    `children-changed ${root}`,
    `data-changed ${root}`,
  ]);
  expect(await told(recursive, 6)).toEqual([
    `created ${root}/a`,
    `created ${root}/a/b`,
    `data-changed ${root}`,
    `deleted ${root}/a/b`,
    `deleted ${root}/a`,
    `data-changed ${root}`,
  ]);
}
