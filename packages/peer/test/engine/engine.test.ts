import { TIMING_DEDICATED } from "@coterie/consensus";
import { expect, it } from "vitest";
import type { EngineHost } from "../../src/engine/create-engine.ts";
import { beginsEngines, type TestSession } from "../support/engines.ts";

const begin = beginsEngines();

it("a peer that is alone founds its cluster, serves and writes, without a transport", async () => {
  const engines = begin({ voters: 1 });
  const [peer] = await engines.startAll();
  const session = await peer!.open();
  expect(await peer!.create(session, "/a", "text")).toMatchObject({ kind: "create", path: "/a" });
  expect(peer!.data("/a")).toBe("text");
  expect(peer!.data("/zookeeper/config")).toBe("server.1=peer1:2888:2888:participant\nversion=1");
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

it("three blank peers found, elect and commit with no tick and no timer: as fast as they can talk", async () => {
  const engines = begin({ timing: { ...TIMING_DEDICATED, tickMs: 1_000_000 } });
  const [one, two, three] = [engines.create(1), engines.create(2), engines.create(3)];
  const began = engines.clock.nowMs();
  let session: TestSession | null = null;
  const starts = Promise.all([one, two, three].map(({ host, handler }) => host.start(handler)));
  for (let turn = 0; session === null && turn < 10_000; turn++) {
    engines.clock.settle();
    await new Promise((resolve) => setImmediate(resolve));
    if (three.isServing) session = await three.open();
  }
  await starts;
  expect(session).not.toBeNull();
  expect(engines.clock.nowMs()).toBe(began);
  // Of equal ones the highest id leads.
  expect(engines.leader).toBe(three);
});

it("a lost leader is replaced, and what it had confirmed is there; it comes back as a learner", async () => {
  const engines = begin();
  await engines.startAll();
  const first = engines.leader;
  const session = await first.open();
  await first.create(session, "/a");
  engines.network.crash(`peer${first.id}`);
  await engines.until("another leads", () => engines.peers.some((peer) => peer !== first && leads(peer)));
  const second = engines.peers.find((peer) => peer !== first && leads(peer))!;
  const { session: moved, outcome } = await second.attach(session);
  expect(outcome).toEqual({ kind: "multi", results: [] });
  await second.create(moved, "/b");
  expect([second.data("/a"), second.data("/b")]).toEqual(["", ""]);
  // The one that nobody hears has noticed, too: its requests are refused, and its questions.
  await engines.until("it has noticed", () => !first.isServing);
  const id = first.confirm("committed");
  first.ask(session, { kind: "delete", path: "/a", version: -1 });
  await engines.until("both are refused", () => first.handler.refusals.length > 0);
  expect(first.handler.refusals).toMatchObject([{ kind: "client", sessionId: session.id, write: { path: "/a" } }]);
  expect(first.handler.confirmRefusals).toEqual([id]);
  await engines.settled(first.host.stop());
  const again = await engines.start(first.id);
  await engines.until("it serves", () => again.isServing && again.data("/b") === "");
  expect(again.engine.role.state).toBe("following");
  expect(again.engine.machine.digest).toBe(second.engine.machine.digest);
});

it("an observer takes part without a vote, and nobody dials it", async () => {
  const engines = begin({ voters: 1 });
  const voter = await engines.start(1, { transport: engines.network.transport("peer1"), listen: "peer1:2888" });
  const observer = await engines.start(9, { role: "observer", transport: engines.network.transport("peer9") });
  await engines.until("it serves", () => observer.isServing);
  const session = await observer.open();
  await observer.create(session, "/a", "text");
  await engines.until("both have it", () => observer.data("/a") === "text" && voter.data("/a") === "text");
  expect([voter.engine.role.state, observer.engine.role.state]).toEqual(["leading", "observing"]);
});

it("all peers together are restarted on their stores, and go on where they were", async () => {
  const engines = begin();
  await engines.startAll();
  const session = await engines.leader.open();
  for (let index = 0; index < 20; index++) await engines.leader.create(session, `/n-${index}`, String(index));
  const { digest } = engines.leader.engine.machine;
  const { clusterId } = engines.leader.host;
  await engines.stopAll();
  const peers = await engines.startAll();
  await engines.until("all have it", () => peers.every((peer) => peer.engine.machine.digest === digest));
  expect(peers.map(({ host }) => host.clusterId)).toEqual([clusterId, clusterId, clusterId]);
  expect(peers.map((peer) => peer.data("/n-19"))).toEqual(["19", "19", "19"]);
});

it("a peer that has stopped takes nothing, and says so to whoever starts it again", async () => {
  const engines = begin({ voters: 1 });
  const [peer] = await engines.startAll();
  const stops = [peer!.host.stop(), peer!.host.stop()];
  await engines.settled(Promise.all(stops));
  expect(peer!.handler.told).toEqual(["stopped PEER_STOPPED"]);
  peer!.engine.confirm(1, "committed");
  peer!.engine.wake();
  await engines.pass(3);
  await expect(peer!.host.start(peer!.handler)).rejects.toMatchObject({ code: "PEER_STOPPED" });
  expect(peer!.host.state).toBe("stopped");
});

it("stop works before start, and in the middle of it", async () => {
  const engines = begin({ voters: 1 });
  await engines.startAll();
  await engines.stopAll();
  const never = engines.create(1);
  await never.host.stop();
  expect(never.host.state).toBe("stopped");
  const starting = engines.create(1);
  const start = starting.host.start(starting.handler).then(
    () => "started",
    (error: { readonly code: string }) => error.code,
  );
  await engines.settled(starting.host.stop());
  expect(await start).toBe("PEER_STOPPED");
  expect([starting.host.state, starting.handler.told]).toEqual(["stopped", []]);
  // The store is free again.
  await engines.startAll();
  expect(engines.leader.id).toBe(1);
});

it("a leader that stops hands over: the next one leads in the next epoch, with no time in between", async () => {
  const engines = begin();
  await engines.startAll();
  const first = engines.leader;
  const session = await first.open();
  await first.create(session, "/a");
  const before = engines.clock.nowMs();
  await engines.settled(first.host.stop());
  const next = engines.leader;
  expect(next.engine.role.epoch).toBe(first.engine.role.epoch);
  expect(first.handler.roles.at(-1)).toMatchObject({ state: "following", leader: next.id, isServing: true });
  // Nobody had to find out by silence.
  expect(engines.clock.nowMs() - before).toBeLessThan(engines.timing.syncTicks * engines.timing.tickMs);
  expect(next.data("/a")).toBe("");
});

function leads(peer: { readonly host: EngineHost }): boolean {
  const { state, engine } = peer.host;
  return state === "running" && engine.role.state === "leading" && engine.role.isServing;
}
