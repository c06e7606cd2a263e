import { afterEach, expect, it } from "vitest";
import { Engines, type EnginesOptions } from "../support/engines.ts";

const all: Engines[] = [];
afterEach(async () => {
  for (const engines of all.splice(0)) await engines.stopAll();
});

function begin(options: EnginesOptions = {}): Engines {
  const engines = new Engines(options);
  all.push(engines);
  return engines;
}

it("a peer that is alone founds its cluster, serves and writes, without a transport", async () => {
  const engines = begin({ voters: 1 });
  const [peer] = await engines.startAll();
  const session = await peer!.open();
  expect(await peer!.create(session, "/a", "text")).toMatchObject({ kind: "create", path: "/a" });
  expect(peer!.data("/a")).toBe("text");
  expect(peer!.data("/zookeeper/config")).toBe("server.1=peer-1:0:0:participant\nversion=1");
  expect(peer!.host.peers).toEqual([]);
  expect(peer!.host.clusterId).toMatch(/^[0-9a-f]{32}$/);
});

it("three peers elect a leader; a write through a learner is applied by all, and confirmed", async () => {
  const engines = begin();
  const peers = await engines.startAll();
  const learner = peers.find((peer) => peer !== engines.leader)!;
  const session = await learner.open();
  await learner.create(session, "/a", "text");
  const id = learner.confirm("proposed");
  await engines.until("confirmed", () => learner.handler.confirmations.includes(id));
  await engines.until("all have it", () => peers.every((peer) => peer.data("/a") === "text"));
  expect(new Set(peers.map(({ engine }) => engine.machine.digest)).size).toBe(1);
  expect(learner.host.peers.map(({ id: other, isLinked }) => [other, isLinked])).toEqual(
    [1, 2, 3].filter((other) => other !== learner.id).map((other) => [other, true]),
  );
});
