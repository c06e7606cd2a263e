import type { RecoveredLog } from "@coterie/interface";
import { expect, it } from "vitest";
import {
  beginsEngines,
  type Engines,
  type EnginesOptions,
  type TestPeer,
  type TestSession,
} from "../support/engines.ts";

const SMALL: EnginesOptions = {
  limits: { checkpointIntervalBytes: 4_000 },
  consensusLimits: { historyWindowMax: 4, historyWindowMaxBytes: 1_000, frameSizeTargetBytes: 2_000 },
};

const begin = beginsEngines();

/** Some a turn. */
async function writeMany(engines: Engines, peer: TestPeer, session: TestSession, count: number): Promise<void> {
  for (let done = 0; done < count; done += 10) {
    const from = peer.handler.applieds.length;
    for (let index = done; index < done + 10; index++) {
      const path = `/${peer.id}-${session.attachment}-${index}`;
      peer.ask(session, {
        kind: "create",
        path,
        data: new Uint8Array(50),
        acl: [{ perms: 31, scheme: "world", id: "anyone" }],
        flags: 0,
      });
    }
    await engines.until("ten more are there", () => peer.handler.applieds.length >= from + 10);
    await engines.pass(1);
  }
}

/** What a peer's store holds once it has stopped. */
async function stored(engines: Engines, id: number): Promise<RecoveredLog & { readonly kind: "open" }> {
  const storage = engines.storage(id);
  const found = await engines.settled(storage.open());
  await engines.settled(storage.close());
  if (found.kind !== "open") throw new Error("the store is blank");
  return found;
}

it("a peer takes checkpoints of its own by the log's size, lets go of the log behind the last but one, and starts from it", async () => {
  const engines = begin({ voters: 1, ...SMALL });
  const [peer] = await engines.startAll();
  const session = await peer!.open();
  await writeMany(engines, peer!, session, 200);
  const { digest } = peer!.engine.machine;
  const { znodeCount } = peer!.engine.machine.statistics;
  await engines.stopAll();
  const { checkpoint, base, last } = await stored(engines, 1);
  expect(checkpoint).not.toBeNull();
  expect(base.zxid).toBeGreaterThan(1);
  expect(base.zxid).toBeLessThan(checkpoint!.zxid);
  expect(checkpoint!.zxid).toBeLessThan(last.zxid);
  const [again] = await engines.startAll();
  expect(again!.engine.machine.digest).toBe(digest);
  expect(again!.engine.machine.statistics.znodeCount).toBe(znodeCount);
  // The founding entry is long purged: who votes stands in the state.
  expect(again!.data("/zookeeper/config")).toBe("server.1=peer1:2888:2888:participant\nversion=1");
  expect(again!.engine.view().config?.voters.map((voter) => voter.peer)).toEqual([1]);
});

it("a peer that was away for too long becomes what the leader's checkpoint says, and takes its own from there on", async () => {
  const engines = begin(SMALL);
  await engines.startAll();
  const { leader } = engines;
  const away = engines.peers.find((peer) => peer !== leader)!;
  await engines.settled(away.host.stop());
  const session = await leader.open();
  await writeMany(engines, leader, session, 200);
  const back = await engines.start(away.id);
  await engines.until(
    "it has caught up",
    () => back.isServing && back.engine.machine.digest === leader.engine.machine.digest,
  );
  expect(back.handler.told).toEqual(["restored"]);
  await writeMany(engines, leader, await leader.open(), 200);
  await engines.until("it has the rest", () => back.engine.machine.digest === leader.engine.machine.digest);
  await engines.pass(5);
  await engines.stopAll();
  const found = await stored(engines, away.id);
  const restored = back.handler.applieds[0]!.zxid - 1;
  expect(found.checkpoint!.zxid).toBeGreaterThan(restored);
  expect(found.base.zxid).toBeGreaterThanOrEqual(restored);
});
