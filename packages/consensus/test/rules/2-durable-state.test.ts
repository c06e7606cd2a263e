import { expect, it } from "vitest";
import { follow } from "../support/history.ts";
import { LonePeer, vote } from "../support/lone-peer.ts";
import { ack, ackEpoch, followerInfo, newEpoch, newLeader, propose, sync, upToDate } from "../support/messages.ts";
import { elected, following, leading, promised, reporting } from "../support/roles.ts";

it("2: a follower's acceptedEpoch is synced before ACKEPOCH", () => {
  const peer = reporting({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  expect(peer.hear(3, newEpoch(2))).toEqual(["store epochs 2/1", "role following 3 in epoch 2"]);
  expect(peer.stored()).toEqual(["to 3: ack-epoch 2 at 1/1.1"]);
});

it("2: a leader's acceptedEpoch is synced before LEADERINFO", () => {
  const peer = elected({ log: { entries: ["1.1"], current: 1 } });
  expect(peer.hear(2, followerInfo(1, "1/1.1"))).toEqual(["store epochs 2/1", "role leading 3 in epoch 2"]);
  expect(peer.hear(2, followerInfo(1, "1/1.1"))).toEqual([]);
  expect(peer.stored()).toEqual(["to 2: new-epoch 2"]);
});

it("2: history, then currentEpoch, are synced before ACK of NEWLEADER (3911, 4643, 4646)", () => {
  const peer = promised({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  const theirs = follow(peer.history, ["1.2", "1.3"]);
  const last = peer.entry("1.1");
  expect(peer.hear(3, sync(2, last, peer.voters))).toEqual([]);
  expect(peer.hear(3, propose(2, last, theirs.slice(2)))).toEqual(["store append 1.2..1.3"]);
  expect(peer.hear(3, newLeader(2, "1.3"))).toEqual([]);
  // An early ack makes room in the stream. The leader counts it for nothing before ACK of NEWLEADER.
  expect(peer.stored()).toEqual(["to 3: ack 2 1.3", "store epochs 2/2"]);
  expect(peer.stored()).toEqual(["to 3: ack-new-leader 2 1.3"]);
});

it("2: history and currentEpoch may be one batch: then they are there together or not at all", () => {
  const peer = promised({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  const theirs = follow(peer.history, ["1.2", "1.3"]);
  peer.hear(3, sync(2, peer.entry("1.1"), peer.voters));
  peer.hear(3, propose(2, peer.entry("1.1"), theirs.slice(2, 3)));
  peer.hear(3, propose(2, theirs[2]!, theirs.slice(3)));
  peer.hear(3, newLeader(2, "1.3"));
  expect(peer.stored()).toEqual(["to 3: ack 2 1.2", "store epochs 2/2, append 1.3"]);
  expect(peer.stored()).toEqual(["to 3: ack-new-leader 2 1.3"]);
});

it("2: a leader's currentEpoch is stored when a quorum has promised, and no epoch is established before it is synced", () => {
  const peer = elected({ log: { entries: ["1.1"], current: 1 } });
  peer.hear(2, followerInfo(1, "1/1.1"));
  peer.stored();
  expect(peer.hear(2, ackEpoch(2, 1, peer.history))).toEqual(["to 2: sync 2 diff after 1.1", "store epochs 2/2"]);
  peer.turn();
  expect(peer.hear(2, { kind: "ack-new-leader", epoch: peer.role!.epoch, last: peer.entry("1.1").zxid })).toEqual([]);
  expect(peer.stored()).toEqual(["to 2: ping 2 round 1"]);
});

it("2: a proposal is synced, in order, before its ACK", () => {
  const peer = following({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  const theirs = follow(peer.history, ["2.1", "2.2"]);
  expect(peer.hear(3, propose(2, theirs[1]!, theirs.slice(2, 3)))).toEqual(["store append 2.1, committed 1.1"]);
  expect(peer.hear(3, propose(2, theirs[2]!, theirs.slice(3)))).toEqual([]);
  expect(peer.stored()).toEqual(["to 3: ack 2 2.1", "store append 2.2"]);
  expect(peer.stored()).toEqual(["to 3: ack 2 2.2"]);
});

it("2: a leader counts itself only as far as its own log is synced", () => {
  const { peer, epoch } = leading({ log: { entries: ["1.1"], current: 1 } });
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  expect(peer.turn()).toEqual(["to 2: propose 2 2.1 after 1.1 committed 1.1"]);
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual([]);
  expect(peer.committed).toBe("1.1");
  expect(peer.stored()).toEqual(["deliver 2.1"]);
  expect(peer.committed).toBe("2.1");
});

it("2: each batch carries the commit point known by then, never beyond the log's end on disk", () => {
  const peer = following({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  const theirs = follow(peer.history, ["2.1", "2.2"]);
  expect(peer.hear(3, propose(2, theirs[1]!, theirs.slice(2, 3), "2.2"))).toEqual(["store append 2.1, committed 2.1"]);
  expect(peer.hear(3, propose(2, theirs[2]!, theirs.slice(3), "2.2"))).toEqual([]);
  expect(peer.stored()).toEqual(["to 3: ack 2 2.1", "store append 2.2, committed 2.2", "deliver 2.1"]);
});

it("2, U8: at a restart only what is known to be committed is applied; ZooKeeper applies all that is logged", () => {
  // A checkpointed state cannot take anything back, so what may yet be truncated waits for the new epoch.
  const peer = new LonePeer({ log: { entries: ["1.1", "1.2", "1.3"], current: 1, committed: "1.2" } });
  expect(peer.tick()).toEqual(["role looking"]);
  const { appliedZxid, committedZxid, lastZxid } = peer.zab.view();
  expect([appliedZxid, committedZxid, lastZxid]).toEqual(["1.2", "1.2", "1.3"].map((text) => peer.entry(text).zxid));
});

it("2: what waited at a restart is applied when the epoch commits it", () => {
  const peer = promised({ epoch: 2, log: { entries: ["1.1", "1.2"], current: 1, committed: "1.1" } });
  peer.hear(3, sync(2, peer.entry("1.2"), peer.voters));
  peer.hear(3, newLeader(2, "1.2"));
  expect(peer.stored()).toEqual(["to 3: ack-new-leader 2 1.2"]);
  expect(peer.hear(3, upToDate(2, "1.2"))).toEqual(["read-log 1.1<..1.2"]);
  expect(peer.role?.isServing).toBe(false);
  expect(peer.settle()).toEqual(["deliver 1.2", "role following 3 in epoch 2, serving"]);
});

it("2: a blank peer has no vote, not even for itself (261)", () => {
  const peer = new LonePeer({ log: "blank" });
  expect(peer.open(2, { clusterId: "cluster" })).toEqual([
    "to 2: notification looking blank round 1 vote none at 0/0.0",
    "role blank",
  ]);
  expect(peer.tick(5)).toContain("to 2: notification looking blank round 1 vote none at 0/0.0");
  peer.hear(2, vote({ for: 1, at: "1/1.1", standing: "sound" }));
  peer.tick(20);
  expect(peer.role?.state).toBe("blank");
});

it("2: nobody counts the vote of a blank peer, nor votes for it (261)", () => {
  const peer = new LonePeer({ self: 3, voters: [3, 4, 5] });
  peer.tick();
  peer.open(4);
  const blank = { standing: "blank", clusterId: null } as const;
  expect(peer.hear(4, vote({ for: 3, at: "0/0.0", ...blank }))).toEqual([]);
  peer.tick(20);
  expect(peer.role?.state).toBe("looking");
  expect(peer.hear(4, vote({ for: 4, at: "9/9.9", ...blank, round: 2 }))).toEqual([]);
  expect(peer.role?.state).toBe("looking");
});

it("2: a vote names only what is synced, and waits until all that was written is (zab.md 8: the log is drained)", () => {
  const peer = following({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  peer.open(2);
  const theirs = follow(peer.history, ["2.1"]);
  peer.hear(3, propose(2, theirs[1]!, theirs.slice(2)));
  expect(peer.close(3)).toEqual(["role looking"]);
  expect(peer.tick(3)).toEqual([]);
  expect(peer.stored()).toEqual(["to 2: notification looking round 2 vote 1 at 2/2.1"]);
});

it("2: one batch is under way at a time; what gathers meanwhile is the next (group commit)", () => {
  const { peer } = leading();
  const lines = ["a", "b", "c"].map((text) => peer.step({ kind: "propose", txns: [new TextEncoder().encode(text)] }));
  expect(lines).toEqual([["store append 1.1"], [], []]);
  expect(peer.stored()).toEqual(["store append 1.2..1.3"]);
});
