import type { Epoch } from "@coterie/interface";
import { expect, it } from "vitest";
import { TIMING_DEDICATED } from "../../src/index.ts";
import { LonePeer, vote } from "../support/lone-peer.ts";
import { follows, leads } from "../support/messages.ts";

const BLANK = vote({ for: null, at: "0/0.0", standing: "blank", clusterId: null });

/** Long enough for several notifications, and not for a link to count as silent. */
const WHILE = 2 * TIMING_DEDICATED.electionMaxTicks;

/** Peer 1 of three holds the first entry. Peer 2 has said, in round 1, that it holds the first entry and nothing else. */
function founded(): LonePeer {
  const peer = new LonePeer({ self: 1 });
  peer.tick();
  peer.open(2);
  peer.hear(2, vote({ for: null, at: "0/0.1", round: 1 }));
  return peer;
}

/** A blank voter 3 turns up. */
function meet(peer: LonePeer): string[] {
  peer.open(3, { clusterId: null });
  return peer.hear(3, BLANK);
}

function isFounding(lines: readonly string[]): boolean {
  return lines.some((line) => line.endsWith(": found"));
}

it("R3b: what a founded peer said before the blank voter turned up is old: it is asked in another round", () => {
  const peer = founded();
  expect(meet(peer)).toEqual(["to 2,3: notification looking round 2 vote 2 at 0/0.1"]);
  expect(isFounding(peer.tick(WHILE))).toBe(false);
});

it("R3b: who answers in that round that it looks, and has promised nothing, has not gone on: the blank voter is founded", () => {
  const peer = founded();
  meet(peer);
  expect(peer.hear(2, vote({ for: null, at: "0/0.1", round: 2 }))).toContain("to 3: found");
});

it("R3b: an answer of an earlier round was under way already, and is none", () => {
  const peer = founded();
  meet(peer);
  expect(isFounding(peer.hear(2, vote({ for: null, at: "0/0.1", round: 1 })))).toBe(false);
  expect(isFounding(peer.tick(WHILE))).toBe(false);
});

it.each([
  ["follows", { ...follows(3, 0, "0/0.1"), round: 2 }],
  ["leads", { ...leads(2, 0, { at: "0/0.1", isEstablished: false }), round: 2 }],
])(
  "R3b: a peer that %s takes part in an epoch, whatever it has on its disk: nobody is founded beside it",
  (_, answer) => {
    const peer = founded();
    meet(peer);
    expect(isFounding([...peer.hear(2, answer), ...peer.tick(WHILE)])).toBe(false);
  },
);

it("R3b: an answer that has promised an epoch, or has a history, founds nobody", () => {
  for (const answer of [
    vote({ for: null, at: "0/0.1", round: 2, acceptedEpoch: 1 as Epoch }),
    vote({ for: null, at: "1/1.1", round: 2 }),
  ]) {
    const peer = founded();
    meet(peer);
    expect(isFounding([...peer.hear(2, answer), ...peer.tick(WHILE)])).toBe(false);
  }
});

it("R3b: each blank voter is asked after: an answer from before the second one turned up is old for it", () => {
  const peer = new LonePeer({ self: 1, voters: [1, 2, 3, 4] });
  peer.tick();
  peer.open(2);
  peer.hear(2, vote({ for: null, at: "0/0.1" }));
  meet(peer);
  peer.hear(2, vote({ for: null, at: "0/0.1", round: 2 }));
  peer.open(4, { clusterId: null });
  expect(peer.hear(4, BLANK)).toEqual(["to 2,3,4: notification looking round 3 vote 2 at 0/0.1", "to 3: found"]);
  expect(peer.hear(2, vote({ for: null, at: "0/0.1", round: 3 }))).toContain("to 4: found");
});

it("R3b: a blank voter that was wiped again, over another link, is asked after again", () => {
  const peer = founded();
  meet(peer);
  peer.hear(2, vote({ for: null, at: "0/0.1", round: 2 }));
  expect(meet(peer)).toEqual(["to 2,3: notification looking round 3 vote 2 at 0/0.1"]);
  expect(peer.hear(2, vote({ for: null, at: "0/0.1", round: 3 }))).toContain("to 3: found");
});

it("R3b: a blank voter that spoke while this peer did not look is asked after when it speaks again", () => {
  const peer = founded();
  // A leader is there, which goes away again.
  peer.open(3);
  peer.hear(3, leads(3, 0, { at: "0/0.1" }));
  expect(peer.role?.state).toBe("following");
  peer.open(2, { clusterId: null });
  peer.hear(2, BLANK);
  peer.hear(3, vote({ for: null, at: "0/0.1", round: 9 }));
  expect(peer.role?.state).toBe("looking");
  expect(isFounding(peer.tick(WHILE))).toBe(false);
  expect(peer.hear(2, BLANK)).toEqual(["to 3,2: notification looking round 10 vote 3 at 0/0.1"]);
});

it("R3b: only a voter is asked after: a blank observer begins no round", () => {
  const peer = founded();
  peer.open(9, { clusterId: null });
  expect(peer.hear(9, BLANK)).toEqual([]);
  expect(peer.zab.view().round).toBe(1);
});

it("R3b: whoever has a history asks nobody: a blank voter is an amnesiac there, and begins no round", () => {
  const peer = new LonePeer({ self: 1, log: { entries: ["1.1"], current: 1 } });
  peer.tick();
  expect(meet(peer)).toEqual([]);
  expect(peer.zab.view().round).toBe(1);
});
