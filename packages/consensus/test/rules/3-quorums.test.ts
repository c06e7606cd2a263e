import type { PeerId } from "@coterie/interface";
import { expect, it } from "vitest";
import { LonePeer, vote } from "../support/lone-peer.ts";
import { ack, ackEpoch, ackNewLeader, followerInfo, pong } from "../support/messages.ts";
import { join, leading } from "../support/roles.ts";

const OBSERVER = 9;

it("3: an observer's vote elects nobody, and is answered", () => {
  const peer = new LonePeer({ self: 3 });
  peer.tick();
  peer.open(OBSERVER);
  expect(peer.hear(OBSERVER, vote({ for: 3, at: "0/0.1" }))).toEqual([]);
  peer.tick(20);
  expect(peer.role?.state).toBe("looking");
});

it("3: observers count neither for the epoch's number nor for its promise (2959)", () => {
  const peer = new LonePeer({ self: 3, voters: [1, 2, 3, 4, 5] });
  peer.tick();
  for (const other of [1, 2, OBSERVER]) peer.open(other);
  for (const other of [1, 2]) peer.hear(other, vote({ for: 3, at: "0/0.1" }));
  peer.tick(3);
  expect(peer.role?.state).toBe("leading");
  peer.hear(1, followerInfo(0, "0/0.1"));
  expect(peer.hear(OBSERVER, followerInfo(7, "0/0.1"))).toEqual([]);
  expect(peer.hear(2, followerInfo(4, "0/0.1"))).toEqual(["store epochs 5/0", "role leading 3 in epoch 5"]);
  peer.stored();
  expect(peer.hear(OBSERVER, ackEpoch(5, 0, peer.history))).toEqual([]);
  expect(peer.hear(1, ackEpoch(5, 0, peer.history))).toEqual([]);
  expect(peer.hear(2, ackEpoch(5, 0, peer.history))).toContain("store epochs 5/5");
});

it("3: observers count neither for NEWLEADER nor for a proposal (2959)", () => {
  const { peer, epoch } = leading({ voters: [2, 3, 4] });
  const observer = join(peer, OBSERVER, epoch);
  expect(observer.at(-1)).toBe("to 9: up-to-date 1 committed 0.1");
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.settle();
  peer.turn();
  expect(peer.hear(OBSERVER, ack(epoch, "1.1"))).toEqual([]);
  expect(peer.hear(2, ack(epoch, "1.1"))).toEqual(["deliver 1.1"]);
});

it("3: observers do not keep a leader alive", () => {
  const { peer, epoch } = leading();
  join(peer, OBSERVER, epoch);
  for (let tick = 0; tick < 30 && peer.role?.state === "leading"; tick++) {
    peer.tick();
    peer.hear(OBSERVER, pong(epoch, peer.pingRound));
  }
  expect(peer.role?.state).toBe("looking");
});

it("3: unknown peers never count, whatever they say of themselves", () => {
  const { peer, epoch } = leading({ voters: [1, 2, 3, 4, 5].filter((id) => id < 4) });
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.settle();
  peer.turn();
  peer.open(77);
  expect(peer.hear(77, ack(epoch, "1.1"))).toEqual([]);
  expect(peer.hear(77, ackNewLeader(epoch, "1.1"))).toEqual([]);
  expect(peer.committed).toBe("0.1");
});

it("3: whoever has the weight 0 is never elected, and its vote decides nothing", () => {
  const voters = [1, 2, 3].map((peer) => ({ peer: peer as PeerId, weight: peer === 3 ? 0 : 1, group: 1 }));
  const peer = new LonePeer({ self: 3, voters });
  peer.open(2);
  expect(peer.tick(5)).toContain("to 2: notification looking round 1 vote none at 0/0.1");
  expect(peer.hear(2, vote({ for: 2, at: "0/0.1" }))).toEqual(["to 2: notification looking round 1 vote 2 at 0/0.1"]);
  peer.tick(20);
  expect(peer.role?.state).toBe("looking");
  const other = new LonePeer({ self: 2, voters });
  other.tick();
  other.open(3);
  other.hear(3, vote({ for: 2, at: "0/0.1" }));
  other.tick(20);
  expect(other.role?.state).toBe("looking");
});

it("3: hierarchical quorums: a majority of the groups, in each more than half of the weight", () => {
  const voters = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((peer) => ({
    peer: peer as PeerId,
    weight: 1,
    group: Math.ceil(peer / 3),
  }));
  const peer = new LonePeer({ self: 9, voters });
  peer.tick();
  const electedBy = (others: readonly number[]): string | undefined => {
    for (const other of others) {
      peer.open(other);
      peer.hear(other, vote({ for: 9, at: "0/0.1" }));
    }
    peer.tick(3);
    return peer.role?.state;
  };
  // Five of nine, but most of one group only.
  expect(electedBy([8, 7, 6, 3])).toBe("looking");
  expect(electedBy([2])).toBe("leading");
});

it("3: the voter set of the log rules, not the one a peer is configured with", () => {
  const peer = new LonePeer({ self: 3, voters: [1, 2, 3] });
  expect(peer.zab.view().config?.voters.map((voter) => voter.peer)).toEqual([1, 2, 3]);
  peer.tick();
  expect(peer.open(4, { voterSetDigest: 5 })).toEqual([
    "report VOTER_SETS_DIFFER",
    "to 4: notification looking round 1 vote 3 at 0/0.1",
  ]);
});
