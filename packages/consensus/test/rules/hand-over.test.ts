import type { Epoch, PeerId } from "@coterie/interface";
import { expect, it } from "vitest";
import { TIMING_DEDICATED } from "../../src/index.ts";
import { Ensemble } from "../support/ensemble.ts";
import { vote } from "../support/lone-peer.ts";
import { ack, leads, pong } from "../support/messages.ts";
import { following, join, leading } from "../support/roles.ts";

const LOG = { entries: ["1.1"], current: 1, committed: "1.1" };
const { electionTicks, electionMaxTicks } = TIMING_DEDICATED;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

it("hand-over: no more proposals; the target is asked once it has synced everything and knows that it is committed", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  expect(peer.step({ kind: "hand-over", target: null })).toEqual([]);
  expect(peer.nextZxid).toBeNull();
  peer.settle();
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual(["deliver 2.1"]);
  expect(peer.turn()).toEqual(["to 2: commit 2 2.1", "to 2: take-over 2"]);
  expect(peer.role).toMatchObject({ state: "leading", isServing: true });
});

it("hand-over: the target is not asked while something is uncommitted, though it has everything", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  peer.step({ kind: "hand-over", target: null });
  // The leader's own disk has not stored it.
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual([]);
  expect(peer.turn()).toEqual([]);
  peer.settle();
  expect(peer.turn()).toEqual(["to 2: commit 2 2.1", "to 2: take-over 2"]);
});

it("hand-over: the target calls an election with a flag, and does not take the leader's word for it", () => {
  const peer = following({ epoch: 2, log: LOG });
  const lines = peer.hear(3, { kind: "take-over", epoch: 2 as Epoch });
  expect(lines).toEqual(["to 3: notification looking round 2 vote 1 at 2/1.1 takes over 2", "role looking"]);
  expect(peer.hear(3, leads(3, 2, { at: "2/1.1" }))).toEqual([]);
});

it("hand-over: the flag passes pre-vote: the leader of that epoch looks too, and votes for the target among equals", () => {
  const { peer } = leading({ log: LOG });
  const call = vote({ for: 2, at: "2/1.1", round: 2, takesOver: 2 as Epoch });
  const lines = peer.hear(2, call);
  expect(lines).toContain("to 2: notification looking round 2 vote 2 at 2/1.1");
  expect(lines.at(-1)).toBe("role following 2 in epoch 0");
});

it("hand-over: the flag of another epoch, or of a peer that is not sound, moves nobody", () => {
  const peer = following({ epoch: 2, log: LOG });
  peer.open(2);
  for (const flags of [{ takesOver: 1 as Epoch }, { takesOver: 2 as Epoch, standing: "amnesiac" as const }]) {
    peer.hear(2, vote({ for: 2, at: "2/1.1", round: 2, ...flags }));
    expect(peer.role?.state).toBe("following");
  }
});

it("hand-over: requests wait meanwhile, and come out when the leader goes on because nothing came of it", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.step({ kind: "hand-over", target: 2 as PeerId });
  expect(peer.step({ kind: "request", payload: bytes("a") })).toEqual([]);
  const lines: string[] = [];
  for (let tick = 0; tick < electionMaxTicks; tick++) {
    lines.push(...peer.tick());
    peer.hear(2, pong(epoch, peer.pingRound));
  }
  expect(lines).toContain("requests of 3: a");
  expect(peer.role?.state).toBe("leading");
  expect(peer.nextZxid).toBe("2.1");
});

it("hand-over: if the target's link ends, the leader goes on at the next tick", () => {
  const { peer, epoch } = leading({ log: LOG, voters: [1, 2, 3] });
  join(peer, 1, epoch);
  peer.step({ kind: "hand-over", target: 1 as PeerId });
  expect(peer.nextZxid).toBeNull();
  peer.close(1);
  peer.tick();
  expect(peer.nextZxid).toBe("2.1");
});

it("hand-over: a target that nobody steps aside for takes its leader back after electionTicks", () => {
  const peer = following({ epoch: 2, log: LOG });
  peer.hear(3, { kind: "take-over", epoch: 2 as Epoch });
  peer.tick(electionTicks);
  expect(peer.hear(3, leads(3, 2, { at: "2/1.1" }))).toContain("to 3: follower-info accepted 2 at 2/1.1");
});

it("hand-over: an observer, an amnesiac or an unknown peer is no target: nothing happens", () => {
  const { peer, epoch } = leading({ log: LOG });
  join(peer, 9, epoch);
  for (const target of [9, 77]) expect(peer.step({ kind: "hand-over", target: target as PeerId })).toEqual([]);
  expect(peer.nextZxid).toBe("2.1");
});

it("hand-over: without a name the best voter is asked; a peer that does not lead ignores the input", () => {
  const { peer } = leading({ log: LOG });
  expect(peer.step({ kind: "hand-over", target: null })).toEqual(["to 2: take-over 2"]);
  const follower = following({ epoch: 2, log: LOG });
  expect(follower.step({ kind: "hand-over", target: null })).toEqual([]);
});

it("hand-over: in an ensemble no write is lost, and no new round follows", () => {
  const ensemble = new Ensemble({ voters: [1, 2, 3, 4, 5] }).begin();
  ensemble.request(5, "a");
  ensemble.step(ensemble.peer(5), { kind: "hand-over", target: 2 as PeerId });
  ensemble.settle();
  expect(ensemble.leader()?.id).toBe(2);
  ensemble.request(5, "b");
  ensemble.settle();
  for (const id of [1, 2, 3, 4, 5]) expect(ensemble.texts(id)).toEqual(["a", "b"]);
});
