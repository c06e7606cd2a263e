import type { Epoch } from "@coterie/interface";
import { expect, it } from "vitest";
import { Ensemble } from "../support/ensemble.ts";
import { START } from "../support/history.ts";
import { ack, ackEpoch, ackNewLeader, followerInfo, pong } from "../support/messages.ts";
import { elected, following, leading } from "../support/roles.ts";

const LOG = { entries: ["1.1"], current: 1, committed: "1.1" };
const READMIT = { kind: "readmit", epoch: 2 as Epoch } as const;
const READMITTED = { kind: "readmitted", epoch: 2 as Epoch } as const;

/** Voter 1 was wiped, has come back, and joins 3, which leads with 2. */
function wiped() {
  const { peer, epoch } = leading({ log: LOG });
  peer.open(1, { clusterId: null, incarnation: 4711 });
  peer.hear(1, { ...followerInfo(0, "0/0.0"), standing: "blank" } as never);
  peer.hear(1, ackEpoch(epoch, 0, [], { base: START }));
  peer.rest();
  return { peer, epoch };
}

it("R3b: an amnesiac's acks count for nothing until it is readmitted", () => {
  const { peer, epoch } = wiped();
  peer.hear(1, ackNewLeader(epoch, "1.1"));
  peer.close(2);
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.turn();
  peer.settle();
  expect(peer.hear(1, ack(epoch, "2.1"))).toEqual([]);
  expect(peer.committed).toBe("1.1");
});

it("R3b: it is readmitted when, after its join, a quorum without it has confirmed the epoch and holds all, as it does", () => {
  const { peer, epoch } = wiped();
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.turn();
  peer.settle();
  // The join asks the quorum once more; 2.1 was proposed before it, so it has to be everywhere.
  expect(peer.hear(1, ackNewLeader(epoch, "1.1"))).toEqual([
    "to 1: up-to-date 2 committed 1.1",
    `to 2,1: ping 2 round ${peer.pingRound}`,
  ]);
  const round = peer.pingRound;
  expect(peer.hear(2, pong(epoch, round))).toEqual([]);
  expect(peer.hear(1, ack(epoch, "2.1"))).toEqual([]);
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual(["to 1: readmit 2", "deliver 2.1"]);
});

it("R3b: it is not readmitted before it has again all that was proposed when it joined", () => {
  const { peer, epoch } = wiped();
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.turn();
  peer.settle();
  peer.hear(1, ackNewLeader(epoch, "1.1"));
  peer.hear(2, pong(epoch, peer.pingRound));
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual(["deliver 2.1"]);
  expect(peer.hear(1, ack(epoch, "2.1"))).toEqual(["to 1: readmit 2"]);
});

it("R3b: a heartbeat answered before the join confirms nothing", () => {
  const { peer, epoch } = wiped();
  const before = peer.pingRound;
  peer.hear(1, ackNewLeader(epoch, "1.1"));
  expect(peer.hear(2, pong(epoch, before))).toEqual([]);
  expect(peer.hear(2, pong(epoch, before + 1))).toEqual(["to 1: readmit 2"]);
});

it("R3b: it counts when it says that its disk knows it is readmitted, and not before", () => {
  const { peer, epoch } = wiped();
  peer.hear(1, ackNewLeader(epoch, "1.1"));
  expect(peer.hear(1, READMITTED)).toEqual([]);
  peer.hear(2, pong(epoch, peer.pingRound));
  peer.close(2);
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.turn();
  peer.settle();
  peer.hear(1, ack(epoch, "2.1"));
  expect(peer.committed).toBe("1.1");
  expect(peer.hear(1, READMITTED)).toEqual(["deliver 2.1"]);
});

it("R3b: READMIT is stored before READMITTED is said", () => {
  const peer = following({ epoch: 2, log: { ...LOG, isAmnesiac: true } });
  expect(peer.hear(3, READMIT)).toEqual(["store epochs 2/2"]);
  expect(peer.stored()).toEqual(["to 3: readmitted 2"]);
  expect(peer.hear(3, READMIT)).toEqual([]);
});

it("R3b: an amnesiac is no candidate, votes in no election, and promises no epoch that counts", () => {
  const peer = elected({ log: { ...LOG, isAmnesiac: true } });
  expect(peer.role?.state).toBe("looking");
  const leader = elected({ log: LOG });
  leader.hear(2, followerInfo(1, "1/1.1", "amnesiac"));
  expect(leader.zab.view().role.epoch).toBe(0);
});

it("ST-13: a voter that was wiped does not make a quorum with one that lags: the ensemble waits", () => {
  const ensemble = new Ensemble().begin();
  ensemble.crash(1);
  ensemble.request(3, "a");
  ensemble.settle();
  ensemble.crash(2);
  ensemble.crash(3);
  ensemble.peer(2).disk.wipe();
  ensemble.start(1);
  ensemble.start(2);
  ensemble.tick(200);
  expect(ensemble.leader()).toBeNull();
  ensemble.start(3);
  ensemble.tick(100);
  expect([1, 2, 3].map((id) => ensemble.texts(id))).toEqual([["a"], ["a"], ["a"]]);
  expect(ensemble.peer(2).disk.hardState?.isAmnesiac).toBe(false);
});

it("ST-23: a disk that was rolled back behind the peer's back is noticed by those who saw it acknowledge more", () => {
  const ensemble = new Ensemble().begin();
  ensemble.request(3, "a");
  ensemble.settle();
  const rollBack = ensemble.peer(2).disk.image();
  ensemble.request(3, "b");
  ensemble.settle();
  ensemble.tick(10);
  ensemble.crash(2);
  rollBack();
  ensemble.start(2);
  ensemble.tick(5);
  expect(ensemble.log.filter((line) => line.includes("AMNESIA")).length).toBeGreaterThan(0);
  expect(ensemble.texts(2)).toEqual(["a", "b"]);
  expect(ensemble.peer(2).disk.hardState?.isAmnesiac).toBe(false);
});
