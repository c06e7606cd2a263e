import { expect, it } from "vitest";
import { TIMING_DEDICATED, ZAB_LIMITS_DEFAULT } from "../../src/index.ts";
import { LonePeer, vote } from "../support/lone-peer.ts";
import { follows, leads } from "../support/messages.ts";
import { following, leading } from "../support/roles.ts";

const { electionTicks, electionMaxTicks, finalizeTicks } = TIMING_DEDICATED;

/** Peer 3 of five, which looks and has links to some. */
function looking(others: readonly number[], current = 1): LonePeer {
  const peer = new LonePeer({ self: 3, voters: [1, 2, 3, 4, 5], log: { entries: ["1.1"], current } });
  peer.tick();
  for (const other of others) peer.open(other);
  return peer;
}

it("4.3: an election begins with another round and a vote for oneself by one's own credential, told to all voters", () => {
  const peer = new LonePeer({ self: 2, log: { entries: ["1.1", "1.2"], current: 1 } });
  expect(peer.tick()).toEqual(["role looking"]);
  expect(peer.zab.view().round).toBe(1);
  expect(peer.open(1)).toEqual(["to 1: notification looking round 1 vote 2 at 1/1.2"]);
  expect(peer.open(3)).toEqual(["to 3: notification looking round 1 vote 2 at 1/1.2"]);
});

it.each([
  // The candidate's own credential, and whether peer 3 at 2/1.5 votes for it rather than for itself.
  ["a later epoch beats a later zxid", 1, "3/1.1", true],
  ["an earlier epoch loses against an earlier zxid", 5, "1/1.9", false],
  ["in the same epoch a later zxid wins", 1, "2/2.1", true],
  ["in the same epoch an earlier zxid loses", 5, "2/1.4", false],
  ["between equals a higher id wins", 4, "2/1.5", true],
  ["between equals a lower id loses", 2, "2/1.5", false],
])("4.3: the order of candidates: %s", (_, candidate, at, wins) => {
  const peer = new LonePeer({
    self: 3,
    voters: [1, 2, 3, 4, 5],
    log: { entries: ["1.1", "1.2", "1.3", "1.4", "1.5"], current: 2 },
  });
  peer.tick();
  peer.open(candidate);
  const lines = peer.hear(candidate, vote({ for: candidate, at }));
  expect(lines).toEqual(wins ? [`to ${candidate}: notification looking round 1 vote ${candidate} at 2/1.5`] : []);
});

it("4.3: a higher round is taken over: what was heard is forgotten, and all are told", () => {
  const peer = looking([1, 2, 5]);
  peer.hear(5, vote({ for: 5, at: "1/1.1" }));
  expect(peer.hear(1, vote({ for: 1, at: "1/0.1", round: 4 }))).toEqual([
    "to 1,2,5: notification looking round 4 vote 3 at 1/1.1",
  ]);
  expect(peer.zab.view().round).toBe(4);
});

it("4.3: a lower round is answered, and not counted", () => {
  const peer = looking([1, 2, 4]);
  peer.hear(1, vote({ for: 3, at: "1/0.1", round: 4 }));
  expect(peer.hear(2, vote({ for: 3, at: "1/0.1", round: 3 }))).toEqual([
    "to 2: notification looking round 4 vote 3 at 1/1.1",
  ]);
  peer.tick(20);
  expect(peer.role?.state).toBe("looking");
  expect(peer.hear(2, vote({ for: 3, at: "1/0.1", round: 4 }))).toEqual([]);
  peer.tick(finalizeTicks + 1);
  expect(peer.role?.state).toBe("leading");
});

it("4.3: a better candidate of the same round is adopted, and all are told; a worse one is only counted", () => {
  const peer = looking([1, 4, 5]);
  expect(peer.hear(1, vote({ for: 1, at: "1/0.1" }))).toEqual([]);
  expect(peer.hear(4, vote({ for: 4, at: "1/1.1" }))).toEqual([
    "to 1,4,5: notification looking round 1 vote 4 at 1/1.1",
  ]);
  expect(peer.hear(5, vote({ for: 5, at: "1/0.1" }))).toEqual([]);
});

it("4.3: with a quorum and voters not heard yet, finalizeTicks pass before the decision", () => {
  const peer = looking([1, 2, 4]);
  peer.hear(1, vote({ for: 3, at: "1/0.1" }));
  expect(peer.hear(2, vote({ for: 3, at: "1/0.1" }))).toEqual([]);
  expect(peer.tick(finalizeTicks)).toContain("role leading 3 in epoch 0");
});

it("4.3: a better candidate that turns up within finalizeTicks is voted for instead", () => {
  const peer = looking([1, 2, 4]);
  peer.hear(1, vote({ for: 3, at: "1/0.1" }));
  peer.hear(2, vote({ for: 3, at: "1/0.1" }));
  expect(peer.hear(4, vote({ for: 4, at: "1/1.2" }))).toEqual([
    "to 1,2,4: notification looking round 1 vote 4 at 1/1.1",
  ]);
});

it("4.3: when every voter that can be reached has been heard, the decision is at once (ours: no fixed 200 ms)", () => {
  const peer = looking([1, 2]);
  peer.hear(1, vote({ for: 3, at: "1/0.1" }));
  expect(peer.hear(2, vote({ for: 3, at: "1/0.1" }))).toEqual(["role leading 3 in epoch 0"]);
});

it("4.3: whoever is elected is followed: FOLLOWERINFO goes there", () => {
  const peer = looking([4, 5]);
  peer.hear(4, vote({ for: 5, at: "1/1.1" }));
  expect(peer.hear(5, vote({ for: 5, at: "1/1.1" }))).toEqual([
    "to 4,5: notification looking round 1 vote 5 at 1/1.1",
    "to 5: follower-info accepted 1 at 1/1.1",
    "role following 5 in epoch 0",
  ]);
});

it("4.3, checkLeader: nobody is voted for, or followed, on hearsay; only over an open link, by its own word", () => {
  const peer = looking([1, 2]);
  // Both name 5, which this peer does not reach: ZooKeeper would adopt the vote that they carry.
  expect(peer.hear(1, vote({ for: 5, at: "1/0.1" }))).toEqual([]);
  expect(peer.hear(2, vote({ for: 5, at: "1/0.1" }))).toEqual([]);
  expect(peer.hear(1, follows(5, 2))).toEqual([]);
  expect(peer.hear(2, follows(5, 2))).toEqual([]);
  peer.tick(20);
  expect(peer.role).toMatchObject({ state: "looking", leader: null });
});

it("4.3: a vote is gone with the link that it came over", () => {
  const peer = looking([1, 2, 5]);
  peer.hear(5, vote({ for: 5, at: "1/1.1" }));
  expect(peer.close(5)).toEqual(["to 1,2: notification looking round 1 vote 3 at 1/1.1"]);
});

it.each([
  ["in a higher round than the established ones (1514)", 9],
  ["in a lower round (1732, 1805, 1818)", 1],
])("4.3: a peer that comes back %s joins whoever itself says LEADING", (_, round) => {
  const peer = looking([1]);
  if (round > 1) peer.hear(1, vote({ for: 1, at: "1/0.1", round }));
  peer.open(5);
  expect(peer.hear(5, { ...leads(5, 4), round: 5 })).toEqual([
    "to 5: follower-info accepted 1 at 1/1.1",
    "role following 5 in epoch 0",
  ]);
});

it("4.3: a leader that is not established is not joined by a voter that has more: it would be refused", () => {
  const peer = looking([5]);
  expect(peer.hear(5, leads(5, 2, { at: "1/0.1", isEstablished: false }))).toEqual([]);
  expect(peer.hear(5, leads(5, 2, { at: "1/0.1", isEstablished: true }))).toContain("role following 5 in epoch 0");
});

it("4.3: a FOLLOWING peer's vote is not one for this round", () => {
  const peer = looking([1, 2]);
  peer.hear(1, vote({ for: 3, at: "1/0.1" }));
  expect(peer.hear(2, follows(3, 1))).toEqual([]);
  peer.tick(20);
  expect(peer.role?.state).toBe("looking");
});

it("4.3: an established peer answers one that looks, and stays (pre-vote: nobody is dragged into an election)", () => {
  const { peer } = leading({ log: { entries: ["1.1"], current: 1 } });
  expect(peer.hear(2, vote({ for: 3, at: "1/1.1", round: 7 }))).toContain(
    "to 2: notification leading round 1 vote 3 at 2/1.1 epoch 2 established",
  );
  expect(peer.role).toMatchObject({ state: "leading", isServing: true });
  const follower = following({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  follower.open(2);
  expect(follower.hear(2, vote({ for: 2, at: "7/7.7", round: 7 }))).toEqual([
    "to 2: notification following round 1 vote 3 at 2/1.1 epoch 2",
  ]);
  expect(follower.role).toMatchObject({ state: "following", epoch: 2, isServing: true });
});

it("4.3: after the synchronisation a peer's own credential names the new epoch (1732)", () => {
  const peer = following({ epoch: 5, log: { entries: ["1.1"], current: 1 } });
  expect(peer.open(2)).toEqual(["to 2: notification following round 1 vote 3 at 5/1.1 epoch 5"]);
});

it("4.3: without a result notifications are sent again, at intervals that double, and never rarer than electionMaxTicks", () => {
  const peer = looking([1], 1);
  const sent: number[] = [];
  for (let tick = 1; tick <= 200; tick++) {
    if (peer.tick().some((line) => line.startsWith("to 1"))) sent.push(tick);
    // It says something now and then, so the link is not taken for dead.
    peer.hear(1, vote({ for: 1, at: "1/0.1" }));
  }
  const gaps = sent.map((tick, index) => tick - (sent[index - 1] ?? 0));
  expect(gaps.slice(1, 3)).toEqual([electionTicks * 2, electionTicks * 4]);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(electionMaxTicks);
});

it("4.1: the last notification is sent again over a fresh link: losing one is harmless", () => {
  const peer = looking([5]);
  peer.hear(5, vote({ for: 5, at: "1/1.1" }));
  peer.close(5);
  expect(peer.open(5)).toEqual(["to 5: notification looking round 1 vote 3 at 1/1.1"]);
});

it("4.3: a leader whom nobody hears is not elected again at once (checkLeader: a crashed one is not followed for ever)", () => {
  const peer = looking([4, 5]);
  peer.hear(4, vote({ for: 5, at: "1/1.1" }));
  peer.hear(5, vote({ for: 5, at: "1/1.1" }));
  expect(peer.tick(TIMING_DEDICATED.initTicks)).toEqual([]);
  expect(peer.tick()).toContain("close 5: silent");
  expect(peer.role?.state).toBe("looking");
  peer.open(5);
  expect(peer.hear(5, vote({ for: 5, at: "1/1.1", round: 2 }))).not.toContain("role following 5 in epoch 0");
  expect(peer.zab.view().round).toBe(2);
});

it("4.3: a peer of another cluster is no voter: its link is closed (MB-02)", () => {
  const peer = looking([]);
  expect(peer.open(4, { clusterId: "another" })).toEqual(["report FOREIGN_PEER", "close 4: foreign"]);
  expect(peer.hear(4, vote({ for: 4, at: "9/9.9" }))).toEqual([]);
});

it("roundAheadMax: a round that no election comes to is not taken on: the link goes, and others go on", () => {
  const peer = new LonePeer({ log: { current: 1 } });
  peer.tick();
  peer.open(2);
  const lines = peer.hear(2, vote({ for: 2, at: "1/0.1", round: 2 + ZAB_LIMITS_DEFAULT.roundAheadMax }));
  expect(lines).toEqual(["report ROUND_TOO_FAR_AHEAD", "close 2: refused"]);
  expect(peer.zab.view().round).toBe(1);
  peer.open(2);
  peer.hear(2, vote({ for: 2, at: "1/0.1", round: 1 + ZAB_LIMITS_DEFAULT.roundAheadMax }));
  expect(peer.zab.view().round).toBe(1 + ZAB_LIMITS_DEFAULT.roundAheadMax);
});

it("4.3: an observer's election: it votes for nobody, and follows only whoever says LEADING", () => {
  const peer = new LonePeer({ self: 9, voters: [1, 2, 3], log: { entries: ["1.1"], current: 1 } });
  peer.tick();
  peer.open(3);
  expect(peer.hear(3, leads(3, 2))).toEqual(["to 3: follower-info accepted 1 at 1/1.1", "role observing 3 in epoch 0"]);
});
