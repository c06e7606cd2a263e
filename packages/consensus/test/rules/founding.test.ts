import type { PeerId } from "@coterie/interface";
import { expect, it } from "vitest";
import { type Voter, voterSetDigest } from "../../src/index.ts";
import { Ensemble } from "../support/ensemble.ts";
import { plainVoters } from "../support/history.ts";
import { LonePeer, vote } from "../support/lone-peer.ts";
import { leads } from "../support/messages.ts";

const BLANK = { standing: "blank", clusterId: null } as const;

/** Blank peer `self` of three, told by these others that they are blank too. */
function blank(
  self: number,
  others: readonly number[],
  voters: readonly number[] | readonly Voter[] = [1, 2, 3],
): LonePeer {
  const peer = new LonePeer({ self, voters, log: "blank" });
  peer.tick();
  for (const other of others) {
    peer.open(other);
    peer.hear(other, vote({ for: null, at: "0/0.0", ...BLANK }));
  }
  return peer;
}

it("R3b: a cluster is founded when every configured voter is reachable and blank, by the lowest id", () => {
  const peer = new LonePeer({ self: 1, log: "blank" });
  peer.tick();
  peer.open(2);
  peer.open(3);
  expect(peer.hear(2, vote({ for: null, at: "0/0.0", ...BLANK }))).toEqual([]);
  expect(peer.hear(3, vote({ for: null, at: "0/0.0", ...BLANK }))).toEqual([
    "store epochs 0/0, append 0.1, committed 0.1",
    "role looking",
  ]);
  expect(peer.stored()).toEqual([
    "to 2,3: notification looking round 2 vote 1 at 0/0.1",
    "to 3: founding-question 1",
    "to 2: founding-question 2",
    "deliver 0.1",
  ]);
  expect(peer.hear(3, { kind: "founding-answer", number: 1, isUntouched: true })).toEqual(["to 2: found"]);
  expect(peer.hear(2, { kind: "founding-answer", number: 2, isUntouched: true })).toEqual(["to 3: found"]);
});

it("R3b: any other id waits to be founded", () => {
  const peer = blank(2, [1, 3]);
  peer.tick(40);
  expect(peer.role?.state).toBe("blank");
  expect(peer.zab.view().hardState).toBeNull();
});

it("R3b: one voter that is missing keeps the cluster from being founded; who it is, is said", () => {
  const peer = blank(1, [2]);
  const details: string[] = [];
  for (let tick = 0; tick < 40; tick++) {
    peer.tick();
    for (const effect of peer.effects) if (effect.kind === "report") details.push(`${effect.code} ${effect.details}`);
  }
  expect(peer.role?.state).toBe("blank");
  expect(details[0]).toMatch(/^WAITING_FOR_VOTERS .*: 3$/);
});

it("R3b: a voter that has promised something keeps the cluster from being founded: there is one already", () => {
  const peer = blank(1, [2]);
  peer.open(3, { clusterId: "cluster" });
  peer.hear(3, vote({ for: 3, at: "1/1.1" }));
  peer.tick(40);
  expect(peer.role?.state).toBe("blank");
});

it("R3b, MB-04: voters that are configured otherwise found nothing together", () => {
  const peer = blank(1, [2]);
  peer.open(3, { voterSetDigest: voterSetDigest(plainVoters([1, 3, 4])) });
  peer.hear(3, vote({ for: null, at: "0/0.0", ...BLANK }));
  peer.tick(40);
  expect(peer.role?.state).toBe("blank");
});

it("R3b: an observer founds nothing, and is not founded", () => {
  const peer = new LonePeer({ self: 9, voters: [1, 2, 3], log: "blank" });
  peer.tick();
  for (const other of [1, 2, 3]) {
    peer.open(other);
    peer.hear(other, vote({ for: null, at: "0/0.0", ...BLANK }));
  }
  peer.tick(40);
  expect(peer.role?.state).toBe("blank");
  expect(peer.hear(1, found(peer))).toEqual([]);
});

/** What a founder with these voters hands out. */
function found(of: LonePeer, voters: readonly number[] | readonly Voter[] = of.voters) {
  const founder = new LonePeer({ self: 1, voters });
  return { kind: "found", clusterId: "cluster", entry: founder.history[0]! } as const;
}

it("R3b: whoever is founded stores the first entry, and votes only then", () => {
  const peer = blank(2, [1, 3]);
  peer.hear(1, vote({ for: 1, at: "0/0.1", round: 2 }));
  expect(peer.hear(1, found(peer))).toEqual(["store epochs 0/0, append 0.1, committed 0.1", "role looking"]);
  expect(peer.stored()).toEqual(["to 1,3: notification looking round 3 vote 2 at 0/0.1", "deliver 0.1"]);
});

/** Voters at these addresses, weight and group as everybody's. */
function at(addresses: Readonly<Record<number, string>>, weight = 1): Voter[] {
  return Object.entries(addresses).map(([peer, address]) => ({
    peer: Number(peer) as PeerId,
    weight,
    group: 1,
    address,
  }));
}

it.each<[string, readonly number[] | readonly Voter[], RegExp]>([
  ["other voters", [1, 2, 4], /: the voters are 1, 2, 4 there, and 1, 2, 3 here$/],
  [
    "the same at other addresses",
    at({ 1: "a:1", 2: "b:2", 3: "c:9" }),
    /: the voters are the same, their addresses are not: peer 3 is at c:9 there, and at c:3 here$/,
  ],
  ["the same with other weights", at({ 1: "a:1", 2: "b:2", 3: "c:3" }, 2), /their weights, groups .* are not$/],
])("R3b: a founding with %s is refused, and what differs is said", (_what, theirs, details) => {
  const peer = blank(2, [1, 3], at({ 1: "a:1", 2: "b:2", 3: "c:3" }));
  expect(peer.hear(1, found(peer, theirs))).toEqual(["report VOTER_SETS_DIFFER"]);
  expect(peer.effects).toEqual([expect.objectContaining({ kind: "report", details: expect.stringMatching(details) })]);
  expect(peer.role?.state).toBe("blank");
});

it("R3b: a founding with a voter set of another version is refused", () => {
  const peer = blank(2, [1, 3]);
  const { entry, ...message } = found(peer);
  const bytes = Uint8Array.from(entry.bytes);
  bytes[0] = 9;
  expect(peer.hear(1, { ...message, entry: { ...entry, bytes } })).toEqual(["report VOTER_SETS_DIFFER"]);
  expect(peer.role?.state).toBe("blank");
});

it("R3b, R6: whoever has something is never founded", () => {
  const peer = new LonePeer({ self: 2 });
  peer.tick();
  peer.open(1);
  expect(peer.hear(1, found(peer))).toEqual([]);
});

it("R3b: a founding cut short by a crash goes on: the lowest of those that hold the first entry hands it on", () => {
  const peer = new LonePeer({ self: 2 });
  peer.tick();
  peer.open(1, { clusterId: null });
  peer.open(3, { clusterId: null });
  expect(peer.hear(1, vote({ for: null, at: "0/0.0", ...BLANK }))).toEqual([]);
  expect(peer.hear(3, vote({ for: null, at: "0/0.0", ...BLANK }))).toEqual([
    "to 3: founding-question 1",
    "to 1: founding-question 2",
  ]);
  expect(peer.hear(3, { kind: "founding-answer", number: 1, isUntouched: true })).toEqual(["to 1: found"]);
  expect(peer.hear(1, { kind: "founding-answer", number: 2, isUntouched: true })).toEqual(["to 3: found"]);
});

it("R3b: a founding is not gone on with once any voter has promised something: a blank one may have forgotten as much", () => {
  const peer = new LonePeer({ self: 2 });
  peer.tick();
  peer.open(1, { clusterId: null });
  peer.open(3);
  peer.hear(1, vote({ for: null, at: "0/0.0", ...BLANK }));
  const lines = [...peer.hear(3, vote({ for: 3, at: "1/1.1" })), ...peer.tick(40)];
  expect(lines.filter((line) => line.includes("found"))).toEqual([]);
});

it("R3b: a blank peer that meets a cluster joins it as an amnesiac, under the cluster's id", () => {
  const peer = new LonePeer({ self: 1, log: "blank" });
  peer.open(3, { clusterId: "cluster" });
  expect(peer.hear(3, leads(3, 4))).toContain("to 3: follower-info blank accepted 0 at 0/0.0");
  peer.hear(3, { kind: "new-epoch", epoch: 4 as never });
  peer.settle();
  expect(peer.zab.view().hardState).toMatchObject({ clusterId: "cluster", isAmnesiac: true, currentEpoch: 0 });
});

it("R3b: a blank peer joins no leader that a quorum has not acknowledged", () => {
  const peer = new LonePeer({ self: 1, log: "blank" });
  peer.open(3, { clusterId: "cluster" });
  expect(peer.hear(3, leads(3, 4, { isEstablished: false }))).toEqual([]);
  expect(peer.role?.state).toBe("blank");
});

it.each([1, 2, 3])(
  "R3b: peer %i of three crashes in the middle of the founding; there is one cluster all the same",
  (id) => {
    for (let frames = 0; frames < 14; frames++) {
      const ensemble = new Ensemble();
      for (const each of [1, 2, 3]) ensemble.start(each);
      ensemble.connectAll();
      for (let count = 0; count < frames; count++) {
        const [frame] = ensemble.frames;
        if (frame !== undefined) ensemble.pass(frame.from, frame.to);
      }
      ensemble.crash(id);
      ensemble.tick(3);
      ensemble.start(id);
      ensemble.tick(80);
      const ids = [1, 2, 3].map((each) => ensemble.peer(each).disk.hardState?.clusterId);
      expect(new Set(ids).size).toBe(1);
      expect([1, 2, 3].every((each) => ensemble.peer(each).role?.isServing)).toBe(true);
    }
  },
);
