import type { Session } from "@coterie/session";
import { expect, it } from "vitest";
import { type Cache, createPathCache } from "../../src/index.ts";
import { Replay, shown, shownTree } from "../cache/support.ts";

const ROUNDS = 4;

/** What caches promise, over real sessions. */
export function testCaches(roomOf: () => { readonly sessions: readonly Session[]; readonly root: string }): void {
  it("has a path cache that is as the tree is, whoever changes it", async () => {
    const { sessions, root } = roomOf();
    const [reader, ...writers] = sessions;
    const path = `${root}/members`;
    const cache = createPathCache(reader!, path);
    const replay = new Replay(cache.changes(), "name");
    await cache.ready;
    await writers[0]!.create(path);
    await Promise.all(writers.map((session, index) => change(session, path, index)));
    await writers[0]!.create(`${path}/last`);
    await untilHas(cache, () => cache.get("last") !== undefined);
    expect(shown(cache.entries)).toEqual(await shownTree(reader!, path, 1, 1));
    expect(shown(replay.entries)).toEqual(shown(cache.entries));
    expect(cache.entries.size).toBe(1 + writers.length * (ROUNDS / 2));
    await cache.close();
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
