import { type Epoch, EPOCH_MAX } from "@coterie/interface";
import { expect, it } from "vitest";
import { TIMING_DEDICATED } from "../../src/index.ts";
import { follow } from "../support/history.ts";
import { LonePeer, vote } from "../support/lone-peer.ts";
import {
  ackEpoch,
  ackNewLeader,
  followerInfo,
  leads,
  ackMark,
  newEpoch,
  newLeader,
  pong,
  sync,
} from "../support/messages.ts";
import { elected, following, join, leading, promised, reporting, synchronising } from "../support/roles.ts";

const { initTicks } = TIMING_DEDICATED;

it("5, step 1: a learner reports its accepted epoch and what it has", () => {
  const peer = new LonePeer({ log: { entries: ["1.1", "1.2"], accepted: 4, current: 1 } });
  peer.tick();
  peer.open(3);
  expect(peer.hear(3, leads(3, 5))).toEqual(["to 3: follower-info accepted 4 at 1/1.2", "role following 3 in epoch 0"]);
});

it("5, step 2: with a quorum of reports the epoch is one above the highest accepted one", () => {
  const peer = elected({ voters: [1, 2, 3, 4, 5], log: { current: 1 } });
  peer.open(1);
  peer.hear(1, vote({ for: 3, at: "1/0.1" }));
  peer.tick(3);
  expect(peer.hear(1, followerInfo(6, "1/0.1"))).toEqual([]);
  expect(peer.hear(2, followerInfo(3, "1/0.1"))).toEqual(["store epochs 7/1", "role leading 3 in epoch 7"]);
});

it("5, step 2: reports that were there before the election count all, not only the first quorum of them", () => {
  const peer = new LonePeer({ self: 4, voters: [1, 2, 3, 4, 5, 6], log: { current: 1 } });
  peer.tick();
  for (const other of [1, 2, 3, 6]) peer.open(other);
  for (const other of [1, 2, 3]) peer.hear(other, vote({ for: 4, at: "1/0.1" }));
  peer.hear(1, followerInfo(1, "1/0.1"));
  peer.hear(2, followerInfo(1, "1/0.1"));
  peer.hear(3, followerInfo(6, "1/0.1"));
  expect(peer.tick(3)).toEqual(["store epochs 7/1", "role leading 4 in epoch 7"]);
});

it("5, step 3: LEADERINFO goes to all who have reported, and at once to those who report later", () => {
  const peer = elected({ log: { current: 1 } });
  peer.hear(2, followerInfo(1, "1/0.1"));
  expect(peer.stored()).toEqual(["to 2: new-epoch 2"]);
  peer.open(1);
  expect(peer.hear(1, followerInfo(1, "1/0.1"))).toEqual(["to 1: new-epoch 2"]);
});

it("5, step 4: a higher epoch than the accepted one is promised; it is stored first", () => {
  const peer = reporting({ epoch: 5, log: { accepted: 3, current: 1 } });
  expect(peer.hear(3, newEpoch(5))).toEqual(["store epochs 5/1", "role following 3 in epoch 5"]);
  expect(peer.stored()).toEqual(["to 3: ack-epoch 5 at 1/0.1"]);
});

it("5, step 4, U4: an equal epoch is acknowledged without a promise, and joined", () => {
  const peer = reporting({ epoch: 3, log: { accepted: 3, current: 1 } });
  expect(peer.hear(3, newEpoch(3))).toEqual(["to 3: ack-epoch 3 at 1/0.1 no promise", "role following 3 in epoch 3"]);
  peer.hear(3, sync(3, peer.entry("0.1"), peer.voters));
  expect(peer.all(peer.hear(3, newLeader(3, "0.1")), peer.settle())).toContain("to 3: ack-new-leader 3 0.1");
});

it("5, step 4: the same promise to the same leader still holds after a lost link: it counts again", () => {
  // ZooKeeper would not count it. This life of the peer knows that it has promised the number to nobody else.
  const peer = promised({ epoch: 2, log: { current: 1 } });
  peer.close(3);
  peer.open(3);
  peer.hear(3, leads(3, 2, { isEstablished: false, at: "2/0.1" }));
  expect(peer.hear(3, newEpoch(2))).toEqual(["to 3: ack-epoch 2 at 1/0.1", "role following 3 in epoch 2"]);
});

it("5, step 4: a promise given to one leader is none to another that has chosen the same number", () => {
  const peer = promised({ epoch: 2, log: { current: 1 } });
  peer.close(3);
  peer.open(2);
  peer.hear(2, leads(2, 2, { isEstablished: false, at: "2/0.1" }));
  expect(peer.hear(2, newEpoch(2))).toContain("to 2: ack-epoch 2 at 1/0.1 no promise");
});

it("5, step 4: a promise given to an earlier life of the leader is none to the next one", () => {
  const peer = promised({ epoch: 2, log: { current: 1 } });
  peer.close(3);
  peer.open(3, { incarnation: 77 });
  peer.hear(3, leads(3, 2, { isEstablished: false, at: "2/0.1" }));
  expect(peer.hear(3, newEpoch(2))).toContain("to 3: ack-epoch 2 at 1/0.1 no promise");
});

it("5, step 4, U4: an ACKEPOCH without promise is not counted; without other promises the epoch is given up", () => {
  const peer = elected({ log: { current: 1 } });
  peer.hear(2, followerInfo(1, "1/0.1"));
  peer.stored();
  expect(peer.hear(2, ackEpoch(2, 1, peer.history, { isPromise: false }))).toEqual([]);
  expect(peer.epochs).toBe("2/1");
  for (let tick = 0; tick <= initTicks; tick++) {
    peer.tick();
    peer.hear(2, pong(2, peer.pingRound));
  }
  expect(peer.role?.state).toBe("looking");
});

it("5, step 4: whoever joined without a promise does not establish the epoch, and counts once it is established", () => {
  const { peer, epoch } = synchronising({ voters: [1, 2, 3, 4, 5], log: { current: 1 } });
  expect(epoch).toBe(2);
  expect(peer.role?.state).toBe("looking");
  const three = synchronising({ log: { current: 1 } }).peer;
  three.open(1);
  three.hear(1, followerInfo(2, "1/0.1"));
  three.hear(1, ackEpoch(2, 1, three.history, { isPromise: false }));
  three.turn();
  three.hear(1, ackNewLeader(2, "0.1"));
  expect(three.hear(1, pong(2, three.pingRound))).toEqual([]);
  expect(three.zab.view().phase).toBe("synchronisation");
});

it("5, step 4: a smaller epoch than the accepted one is refused: the peer looks for another leader", () => {
  const peer = reporting({ epoch: 3, log: { accepted: 5, current: 1 } });
  const lines = peer.hear(3, newEpoch(3));
  expect(lines).toContain("to 3: notification looking round 2 vote 1 at 1/0.1");
  expect(lines.at(-1)).toBe("role looking");
  expect(peer.epochs).toBe("5/1");
});

it("5, step 5: a voter that has more than the leader had at its election is refused, and not counted", () => {
  const peer = elected({ log: { entries: ["1.1"], current: 1 } });
  peer.hear(2, followerInfo(1, "1/0.1"));
  peer.stored();
  const longer = follow(peer.history, ["1.2"]);
  expect(peer.hear(2, ackEpoch(2, 1, longer))).toEqual(["close 2: refused"]);
  expect(peer.epochs).toBe("2/1");
});

it("5, step 5: a later currentEpoch is more, however short the log", () => {
  const peer = elected({ log: { entries: ["1.1", "1.2"], accepted: 3, current: 1 } });
  peer.hear(2, followerInfo(3, "2/0.1"));
  peer.stored();
  expect(peer.hear(2, ackEpoch(4, 2, peer.history.slice(0, 1)))).toEqual(["close 2: refused"]);
});

it("5, step 5: once the epoch is established, more than the leader has was never committed: it is taken, and truncated", () => {
  const { peer, epoch } = leading({ log: { entries: ["1.1"], current: 1 } });
  const longer = follow(peer.history, ["1.2"]);
  peer.open(1);
  expect(peer.hear(1, followerInfo(1, "1/1.2"))).toEqual(["to 1: new-epoch 2"]);
  expect(peer.hear(1, ackEpoch(epoch, 1, longer))).toEqual(["to 1: sync 2 diff after 1.1"]);
});

it("5, step 6: with a quorum of promises the leader stores its currentEpoch", () => {
  const peer = elected({ voters: [1, 2, 3, 4, 5], log: { current: 1 } });
  peer.open(1);
  peer.hear(1, vote({ for: 3, at: "1/0.1" }));
  peer.tick(3);
  for (const other of [1, 2]) peer.hear(other, followerInfo(1, "1/0.1"));
  peer.stored();
  expect(peer.hear(1, ackEpoch(2, 1, peer.history))).toEqual([]);
  const lines = peer.hear(2, ackEpoch(2, 1, peer.history));
  expect(lines.toSorted()).toEqual(["store epochs 2/2", "to 1: sync 2 diff after 0.1", "to 2: sync 2 diff after 0.1"]);
});

it("5: an elected peer that no quorum reports to looks again after initTicks", () => {
  const peer = elected();
  peer.tick(initTicks);
  expect(peer.role?.state).toBe("leading");
  expect(peer.tick()).toContain("role looking");
});

it("5: whoever promised and is then left waiting looks again after initTicks", () => {
  const peer = promised({ epoch: 2, log: { current: 1 } });
  peer.tick(initTicks);
  expect(peer.role?.state).toBe("following");
  expect(peer.tick()).toContain("role looking");
});

it("5: an elected peer that looks again tells those who reported", () => {
  const peer = elected({ log: { current: 1 } });
  peer.hear(2, followerInfo(1, "1/0.1"));
  peer.open(1);
  // Peer 1 has promised a later epoch than the one that has been chosen.
  expect(peer.hear(1, followerInfo(9, "1/0.1"))).toEqual(["to 2: not-leading", "role looking"]);
});

it("5: FOLLOWERINFO to a peer that follows somebody is answered: it does not lead", () => {
  const peer = promised({ epoch: 2 });
  peer.open(2);
  expect(peer.hear(2, followerInfo(0, "0/0.1"))).toEqual(["to 2: not-leading"]);
});

it("5: FOLLOWERINFO that comes before the peer knows that it is elected is kept until it does", () => {
  const peer = new LonePeer({ self: 3, voters: [1, 2, 3, 4, 5] });
  peer.tick();
  peer.open(1);
  peer.open(2);
  expect(peer.hear(1, followerInfo(0, "0/0.1"))).toEqual([]);
  expect(peer.hear(2, followerInfo(0, "0/0.1"))).toEqual([]);
  peer.hear(1, vote({ for: 3, at: "0/0.1" }));
  expect(peer.hear(2, vote({ for: 3, at: "0/0.1" }))).toEqual(["role leading 3 in epoch 0"]);
});

it("U3: a voter that has promised a later epoch than the established one cannot join it: the leader begins another", () => {
  const { peer, epoch } = leading({ log: { entries: ["1.1"], current: 1 } });
  expect(epoch).toBe(2);
  peer.open(1);
  const lines = peer.hear(1, followerInfo(3, "1/1.1"));
  expect(lines).toContain("to 2: not-leading");
  expect(peer.role).toMatchObject({ state: "looking", isServing: false });
  peer.hear(2, vote({ for: 3, at: "2/1.1", round: 2 }));
  peer.hear(1, vote({ for: 3, at: "1/1.1", round: 2 }));
  peer.hear(1, followerInfo(3, "1/1.1"));
  peer.tick(2);
  expect(peer.role).toMatchObject({ state: "leading", epoch: 4 });
});

it("U3: an observer's promise counts nowhere, so it may join an earlier epoch than it has seen", () => {
  const { peer, epoch } = leading({ log: { entries: ["1.1"], current: 1 } });
  peer.open(9);
  expect(peer.hear(9, followerInfo(7, "1/1.1"))).toEqual([`to 9: new-epoch ${epoch}`]);
  const observer = new LonePeer({ self: 9, voters: [1, 2, 3], log: { accepted: 7, current: 1 } });
  observer.tick();
  observer.open(3);
  observer.hear(3, leads(3, 2));
  expect(observer.hear(3, newEpoch(2))).toEqual([
    "to 3: ack-epoch 2 at 1/0.1 no promise",
    "role observing 3 in epoch 2",
  ]);
});

it("an epoch more than epochAheadMax ahead is refused and reported, by the learner", () => {
  const limits = { epochAheadMax: 4 };
  const peer = reporting({ epoch: 7, limits, log: { accepted: 2, current: 1 } });
  const lines = peer.hear(3, newEpoch(7));
  expect(lines).toContain("report EPOCH_TOO_FAR_AHEAD");
  expect(lines.at(-1)).toBe("role looking");
  expect(peer.epochs).toBe("2/1");
  const other = reporting({ epoch: 6, limits, log: { accepted: 2, current: 1 } });
  expect(other.hear(3, newEpoch(6))).toContain("store epochs 6/1");
});

it("an epoch more than epochAheadMax ahead is refused and reported, by the leader", () => {
  const peer = elected({ limits: { epochAheadMax: 4 }, log: { accepted: 2, current: 1 } });
  expect(peer.hear(2, followerInfo(7, "1/0.1"))).toEqual(["report EPOCH_TOO_FAR_AHEAD", "close 2: refused"]);
  const other = elected({ limits: { epochAheadMax: 4 }, log: { accepted: 2, current: 1 } });
  expect(other.hear(2, followerInfo(6, "1/0.1"))).toContain("store epochs 7/1");
});

it("a blank peer has no epoch of its own to measure by: it joins whatever epoch there is", () => {
  const peer = reporting({ log: "blank", voters: [2, 3, 4], epoch: 5000 });
  expect(peer.hear(3, newEpoch(5000))).toContain("store epochs 5000/0 amnesiac");
});

it("EPOCH_EXHAUSTED: after the last epoch there is no other: the peer stops", () => {
  const peer = elected({ log: { accepted: EPOCH_MAX, current: 1 } });
  expect(peer.hear(2, followerInfo(1, "1/0.1"))).toEqual(["stop EPOCH_EXHAUSTED"]);
  const before = elected({ log: { accepted: EPOCH_MAX - 1, current: 1 } });
  before.hear(2, followerInfo(1, "1/0.1"));
  expect(before.role?.epoch).toBe(EPOCH_MAX as Epoch);
});

it("R3, ST-23: a peer whose log ends before what it has acknowledged is told, and counted for nothing", () => {
  const { peer, epoch } = leading({ log: { entries: ["1.1"], current: 1 } });
  join(peer, 1, epoch);
  // The heartbeat tells all what each has acknowledged of what is committed.
  peer.tick(TIMING_DEDICATED.heartbeatTicks);
  peer.close(1);
  peer.open(1);
  expect(peer.hear(1, followerInfo(2, "1/0.1"))).toEqual(["to 1: amnesia-notice 1.1", "report AMNESIA"]);
  expect(peer.zab.view().learners.map((learner) => learner.peer)).toEqual([2]);
});

it("R3, ST-23: what a leader says of peers that do not vote is not remembered", () => {
  const peer = following({ epoch: 1, log: { entries: ["1.1"], current: 1 } });
  const marks = [ackMark(2, 2000, "1.1"), ackMark(9, 9000, "1.1")];
  peer.hear(3, { kind: "ping", epoch: 1 as Epoch, round: 1, committed: peer.entry("1.1").zxid, marks });
  peer.close(3);
  for (const other of [2, 3, 9]) peer.open(other);
  for (const other of [2, 3]) peer.hear(other, vote({ for: 1, at: "1/1.0", round: 2 }));
  peer.tick(3);
  expect(peer.role?.state).toBe("leading");
  expect(peer.hear(9, followerInfo(1, "1/0.1"))).toEqual([]);
  expect(peer.hear(2, followerInfo(1, "1/0.1"))).toEqual(["to 2: amnesia-notice 1.1", "report AMNESIA"]);
});

it("R3, ST-23: whoever is told that it has forgotten is amnesiac from then on, on disk, and looks again", () => {
  const peer = promised({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  const { incarnation, zxid } = ackMark(1, 1000, "1.4");
  const lines = peer.hear(3, { kind: "amnesia-notice", incarnation, acknowledged: zxid });
  expect(lines).toEqual(["report AMNESIA", "store epochs 2/1 amnesiac", "role looking"]);
  expect(peer.stored()).toContain("to 3: notification looking amnesiac round 2 vote none at 1/1.1");
  expect(peer.effects.at(-2)).toMatchObject({ message: { kind: "follower-info", standing: "amnesiac" } });
});

it("R3b: a new incarnation voids what the old one acknowledged", () => {
  const { peer, epoch } = leading({ log: { entries: ["1.1"], current: 1 } });
  join(peer, 1, epoch);
  peer.tick(TIMING_DEDICATED.heartbeatTicks);
  peer.close(1);
  peer.open(1, { incarnation: 4711 });
  expect(peer.hear(1, followerInfo(2, "1/0.1", "amnesiac"))).toEqual(["to 1: new-epoch 2"]);
});
