import type { Epoch } from "@coterie/interface";
import { expect, it } from "vitest";
import { TIMING_DEDICATED } from "../../src/index.ts";
import type { Message } from "../../src/message.ts";
import { Ensemble } from "../support/ensemble.ts";
import { CLUSTER_ID } from "../support/history.ts";
import { LonePeer, vote } from "../support/lone-peer.ts";
import { leads } from "../support/messages.ts";

const BLANK = vote({ for: null, at: "0/0.0", standing: "blank", clusterId: null });
const FOUNDED = vote({ for: null, at: "0/0.1" });

/** Long enough for several notifications, and not for a link to count as silent. */
const WHILE = 2 * TIMING_DEDICATED.electionMaxTicks;

/** Peer 1 of three holds the first entry. Peer 2 has said that it holds the first entry and nothing else. */
function founded(): LonePeer {
  const peer = new LonePeer({ self: 1 });
  peer.tick();
  peer.open(2);
  peer.hear(2, FOUNDED);
  return peer;
}

/** A blank voter 3 turns up. */
function meet(peer: LonePeer): string[] {
  peer.open(3, { clusterId: null });
  return peer.hear(3, BLANK);
}

function answer(number: number, isUntouched = true): Message {
  return { kind: "founding-answer", number, isUntouched };
}

function isFounding(lines: readonly string[]): boolean {
  return lines.some((line) => line.endsWith(": found"));
}

it("R3b: what another voter said before the blank one turned up is old: it is asked", () => {
  const peer = founded();
  expect(meet(peer)).toEqual(["to 2: founding-question 1"]);
  expect(isFounding(peer.tick(WHILE))).toBe(false);
});

it("R3b: who answers that it has promised nothing was in no quorum before: the blank voter is founded, once", () => {
  const peer = founded();
  meet(peer);
  expect(peer.hear(2, answer(1))).toEqual(["to 3: found"]);
  expect([...peer.hear(2, answer(1)), ...peer.tick(WHILE)].join()).not.toContain("found");
});

it("R3b: an answer that has promised something founds nobody, nor does one to another question", () => {
  const peer = founded();
  meet(peer);
  for (const message of [answer(1, false), answer(0), answer(2)]) expect(peer.hear(2, message)).toEqual([]);
  expect(isFounding(peer.tick(WHILE))).toBe(false);
});

it("R3b: what a blank voter said is as old as what others said: it may have been founded since, and promised", () => {
  const peer = founded();
  peer.open(2, { clusterId: null });
  expect(peer.hear(2, BLANK)).toEqual([]);
  // The cluster has three voters, and 3 is not there: only now is anybody asked.
  expect(meet(peer)).toEqual(["to 3: founding-question 1", "to 2: founding-question 2"]);
  expect(peer.hear(3, answer(1))).toEqual(["to 2: found"]);
  expect(peer.hear(2, answer(2, false))).toEqual([]);
});

it("R3b: each blank voter is asked about: an answer from before the second one turned up is old for it", () => {
  const peer = new LonePeer({ self: 1, voters: [1, 2, 3, 4] });
  peer.tick();
  peer.open(2);
  peer.open(3, { clusterId: null });
  peer.hear(2, FOUNDED);
  peer.hear(3, BLANK);
  peer.open(4, { clusterId: null });
  expect(peer.hear(4, BLANK)).toEqual([
    "to 2: founding-question 1",
    "to 4: founding-question 1",
    "to 2: founding-question 2",
    "to 3: founding-question 2",
  ]);
  expect(peer.hear(2, answer(1))).toEqual([]);
  expect(peer.hear(4, answer(1))).toEqual(["to 3: found"]);
  expect(peer.hear(3, answer(2))).toEqual([]);
  expect(peer.hear(2, answer(2))).toEqual(["to 4: found"]);
});

it("R3b: a blank voter that was wiped again, over another link, is asked about again", () => {
  const peer = founded();
  meet(peer);
  expect(peer.hear(2, answer(1))).toEqual(["to 3: found"]);
  expect(meet(peer)).toEqual(["to 2: founding-question 2"]);
  expect(peer.hear(2, answer(1))).toEqual([]);
  expect(peer.hear(2, answer(2))).toEqual(["to 3: found"]);
});

it("R3b: who is asked and comes over another link is asked again: an answer over the old one is of a dead link", () => {
  const peer = founded();
  meet(peer);
  peer.open(2);
  expect(peer.hear(2, FOUNDED)).toContain("to 2: founding-question 1");
  expect(peer.hear(2, answer(1))).toEqual(["to 3: found"]);
});

it("R3b: while a leader is there nobody is founded, whatever is answered", () => {
  const peer = founded();
  meet(peer);
  peer.hear(2, leads(2, 0, { at: "0/0.1" }));
  expect(peer.role?.state).toBe("following");
  expect(isFounding([...peer.hear(2, answer(1)), ...meet(peer)])).toBe(false);
});

it("R3b: a blank observer is none whom anybody founds", () => {
  const peer = founded();
  peer.open(9, { clusterId: null });
  expect(peer.hear(9, BLANK)).toEqual([]);
});

it("R3b: whoever has a history founds nobody: a blank voter is an amnesiac there", () => {
  const peer = new LonePeer({ self: 1, log: { entries: ["1.1"], current: 1 } });
  peer.tick();
  peer.open(2);
  peer.hear(2, FOUNDED);
  expect(meet(peer)).toEqual([]);
});

it.each([
  ["blank", "blank", true],
  ["with the first entry alone", {}, true],
  ["that has promised an epoch", { accepted: 1 as Epoch }, false],
  ["that has a history", { entries: ["1.1"], accepted: 1 as Epoch, current: 1 as Epoch }, false],
  ["that has forgotten what it promised", { isAmnesiac: true }, false],
] as const)("R3b: asked, a peer %s says whether it is untouched", (_, log, isUntouched) => {
  const peer = new LonePeer({ self: 2, log });
  peer.tick();
  peer.open(1);
  expect(peer.hear(1, { kind: "founding-question", number: 7, clusterId: CLUSTER_ID })).toEqual([
    `to 1: founding-answer 7 ${isUntouched ? "untouched" : "no"}`,
  ]);
});

it("R3b: asked for another cluster, a peer that was founded in one of its own is not untouched", () => {
  const peer = founded();
  const question = { kind: "founding-question", number: 1, clusterId: "another" } as const;
  expect(peer.hear(2, question)).toEqual(["to 2: founding-answer 1 no"]);
});

it("R3b: a peer that is about to promise is not untouched any more, though nothing of it is on its disk yet", () => {
  const peer = founded();
  peer.hear(2, leads(2, 0, { at: "0/0.1", isEstablished: false }));
  expect(peer.hear(2, { kind: "founding-question", number: 1, clusterId: CLUSTER_ID })).toEqual([
    "to 2: founding-answer 1 untouched",
  ]);
  peer.hear(2, { kind: "new-epoch", epoch: 1 as Epoch });
  expect(peer.hear(2, { kind: "founding-question", number: 2, clusterId: CLUSTER_ID })).toEqual([
    "to 2: founding-answer 2 no",
  ]);
});

// The founder hears nobody for a while, in which the two others write something and one of them is wiped: what it had
// heard of the other before is old, whichever of the frames of the founding had passed by then.
it("R3b: a voter that was wiped is not founded by one to whom the cluster has not got through since the founding", () => {
  let writes = 0;
  for (let frames = 0; frames < 60; frames++) {
    const ensemble = new Ensemble();
    for (const id of [1, 2, 3]) ensemble.start(id);
    ensemble.connectAll();
    for (let count = 0; count < frames; count++) {
      const [frame] = ensemble.frames;
      if (frame !== undefined) ensemble.pass(frame.from, frame.to);
    }
    for (const way of ["2>1", "3>1", "1>2", "1>3"]) ensemble.held.add(way);
    ensemble.tick(4);
    if (ensemble.leader()?.id !== 3) continue;
    ensemble.request(3, "x");
    ensemble.settle();
    if (!ensemble.texts(3).includes("x")) continue;
    writes += 1;
    ensemble.crash(2);
    ensemble.peer(2).disk.wipe();
    ensemble.cutOff(2, 3);
    ensemble.start(2);
    ensemble.held.delete("2>1");
    ensemble.held.delete("1>2");
    ensemble.tick(6);
    expect(ensemble.leader()?.id ?? 3).toBe(3);
    expect(ensemble.peer(2).disk.hardState).toBeNull();
    ensemble.held.clear();
    ensemble.mend();
    ensemble.tick(80);
    expect([1, 2, 3].map((id) => ensemble.texts(id))).toEqual([["x"], ["x"], ["x"]]);
  }
  expect(writes).toBeGreaterThan(0);
});
