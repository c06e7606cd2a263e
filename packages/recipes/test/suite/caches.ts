import type { Session } from "@coterie/session";
import { expect, it } from "vitest";
import { type Cache, createLiveConfig, createNodeCache, createPathCache, createTreeCache } from "../../src/index.ts";
import { counts } from "../config/support.ts";
import { Replay, shown, shownTree } from "../cache/support.ts";

const ROUNDS = 4;

/** What caches promise, over real sessions. */
export function testCaches(roomOf: () => { readonly sessions: readonly Session[]; readonly root: string }): void {
  it("has caches that are as the tree is, whoever changes it", async () => {
    const { sessions, root } = roomOf();
    const [reader, ...writers] = sessions;
    const path = `${root}/members`;
    const [members, tree] = [createPathCache(reader!, path), createTreeCache(reader!, root)];
    const node = createNodeCache(reader!, `${path}/last`);
    const replays = [new Replay(members.changes(), "name"), new Replay(tree.changes(), "path")];
    await Promise.all([members.ready, tree.ready, node.ready]);
    expect([members.entries.size, tree.entries.size, node.value]).toEqual([0, 1, null]);
    await writers[0]!.create(path);
    await Promise.all(writers.map((session, index) => change(session, path, index)));
    await writers[0]!.create(`${path}/last`, "node");
    await untilHas(members, () => members.get("last") !== null);
    await untilHas(tree, () => tree.get(`${path}/last`) !== null);
    await untilHas(node, () => node.value?.text() === "node");
    expect(shown(members.entries)).toEqual(await shownTree(reader!, path, 1, 1));
    expect(shown(tree.entries)).toEqual(await shownTree(reader!, root, 0, 9));
    expect(replays.map(({ entries }) => shown(entries))).toEqual([shown(members.entries), shown(tree.entries)]);
    expect(members.entries.size).toBe(1 + writers.length * (ROUNDS / 2));
    for (const cache of [members, tree, node]) await cache.close();
  });
}

/** What a live configuration promises, over real sessions. */
export function testLiveConfig(roomOf: () => { readonly sessions: readonly Session[]; readonly root: string }): void {
  it("has a configuration that all who use it update, each time once, and see alike", async () => {
    const { sessions, root } = roomOf();
    const configs = sessions.map((session) => createLiveConfig(session, `${root}/config/app`, { schema: counts }));
    await configs[0]!.update({ count: 0, label: "first" });
    await Promise.all(configs.map(({ ready }) => ready.catch(() => undefined)));
    await Promise.all(
      configs.map(async (config) => {
        for (let round = 0; round < 3; round++) await config.update((all) => ({ ...all, count: all.count + 1 }));
      }),
    );
    for (const config of configs) {
      for await (const event of config.changes()) {
        if ((event.kind === "changed" || event.kind === "reset") && event.value?.count === 12) break;
      }
      expect([config.value, config.error]).toEqual([{ count: 12, label: "first" }, null]);
      await config.close();
    }
  });
}

/** Creates, sets and deletes, and creates anew; half of it stays. */
async function change(session: Session, path: string, writer: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const at = `${path}/${writer}-${round}`;
    await session.create(at, "new");
    await session.set(at, String(round));
    await session.create(`${at}/below`);
    await session.delete(`${at}/below`);
    await session.delete(at);
    if (round % 2 === 0) await session.create(at, "anew");
  }
}

async function untilHas(cache: Cache, isThere: () => boolean): Promise<void> {
  const changes = cache.changes({ waitingMax: 1 });
  for await (const _ of changes) if (isThere()) return;
}
