import { expect, it } from "vitest";
import { TIMING_DEDICATED } from "../../src/index.ts";
import { LonePeer, vote } from "../support/lone-peer.ts";
import { propose } from "../support/messages.ts";
import { follow } from "../support/history.ts";
import { following, leading } from "../support/roles.ts";

const { electionMaxTicks } = TIMING_DEDICATED;
const LOG = { entries: ["1.1"], current: 1, committed: "1.1" };

it("TR-05: another link of the same peer replaces the first; what comes over that one is of a dead link", () => {
  const peer = following({ epoch: 2, log: LOG });
  const old = peer.linkOf(3);
  const lines = peer.open(3);
  expect(lines).toContain("close 3: replaced");
  expect(peer.role?.state).toBe("looking");
  const theirs = follow(peer.history, ["2.1"]);
  expect(peer.step({ kind: "message", link: old, message: propose(2, theirs[1]!, theirs.slice(2)) })).toEqual([]);
  expect(peer.last).toBe("1.1");
  // Its end may be told later, or twice.
  expect(peer.step({ kind: "link-closed", link: old })).toEqual([]);
  expect(peer.step({ kind: "link-closed", link: old })).toEqual([]);
});

it("TR-04: now and then a word goes over every link, so that its other end knows that it is alive", () => {
  const { peer } = leading({ log: LOG });
  peer.open(9);
  const lines = Array.from({ length: 2 * electionMaxTicks }, () => peer.tick()).flat();
  expect(lines.filter((line) => /^to [0-9,]*9.*: notification/.test(line)).length).toBeGreaterThanOrEqual(2);
});

it("TR-04: a link over which nothing has come for several such times only looks open, and is closed", () => {
  const peer = new LonePeer({ log: LOG });
  peer.tick();
  peer.open(2);
  peer.open(3);
  const lines: string[] = [];
  for (let tick = 0; tick < 5 * electionMaxTicks; tick++) {
    lines.push(...peer.tick());
    peer.hear(3, vote({ for: null, at: "0/0.1" }));
  }
  expect(lines.filter((line) => line.startsWith("close"))).toEqual(["close 2: silent"]);
});

it("TR-04: the vote of a peer behind such a link goes with it", () => {
  const peer = new LonePeer({ log: LOG, voters: [1, 2, 3, 4, 5] });
  peer.tick();
  peer.open(2);
  peer.hear(2, vote({ for: 2, at: "1/1.1" }));
  const lines = peer.tick(5 * electionMaxTicks);
  expect(lines).toContain("close 2: silent");
  peer.open(3);
  expect(peer.effects).toMatchObject([{ message: { kind: "notification", vote: 1 } }]);
});

it("a peer that says it is this one is none: its link is closed", () => {
  const peer = new LonePeer({ log: LOG });
  peer.tick();
  expect(peer.open(1)).toEqual(["report FOREIGN_PEER", "close 1: foreign"]);
});

it("MB-02: a peer without a cluster may be a blank one, and is no foreigner", () => {
  const peer = new LonePeer({ log: LOG });
  peer.tick();
  expect(peer.open(2, { clusterId: null })).toEqual(["to 2: notification looking round 1 vote 1 at 1/1.1"]);
});

const FOREIGN = vote({ for: null, at: "1/1.1", clusterId: "another" });

it("MB-02: a peer that was blank when its link opened and belongs to another cluster by now is dropped and reported", () => {
  const peer = new LonePeer({ log: LOG });
  peer.tick();
  peer.open(2, { clusterId: null });
  expect(peer.hear(2, FOREIGN)).toEqual(["report FOREIGN_PEER", "close 2: foreign"]);
  expect(peer.hear(2, vote({ for: 2, at: "1/1.2" }))).toEqual([]);
  expect(peer.zab.view()).toMatchObject({ phase: "voting", round: 1 });
});

it("MB-02: the vote that it had in the election is gone with it", () => {
  const peer = new LonePeer({ log: LOG, voters: [1, 2, 3, 4, 5] });
  peer.tick();
  peer.open(2, { clusterId: null });
  peer.open(3);
  expect(peer.hear(2, vote({ for: 2, at: "1/1.2" }))).toEqual(["to 2,3: notification looking round 1 vote 2 at 1/1.1"]);
  expect(peer.hear(2, FOREIGN)).toEqual([
    "report FOREIGN_PEER",
    "close 2: foreign",
    "to 3: notification looking round 1 vote 1 at 1/1.1",
  ]);
});

it("MB-02: a peer that was blank itself finds out when its cluster is another one than the link's", () => {
  const peer = new LonePeer({ self: 2, log: "blank" });
  peer.tick();
  peer.open(1);
  peer.open(3, { clusterId: "another" });
  const founder = new LonePeer({ self: 1 });
  peer.hear(1, { kind: "found", clusterId: "cluster", entry: founder.history[0]! });
  peer.settle();
  expect(peer.zab.view().hardState?.clusterId).toBe("cluster");
  expect(peer.hear(3, FOREIGN)).toEqual(["report FOREIGN_PEER", "close 3: foreign"]);
});

it("MB-02: a leader forgets such a learner; a learner leaves such a leader", () => {
  const { peer, epoch } = leading({ log: LOG });
  expect(peer.zab.view().learners.map((learner) => learner.peer)).toEqual([2]);
  expect(peer.hear(2, FOREIGN)).toEqual(["report FOREIGN_PEER", "close 2: foreign"]);
  expect(peer.zab.view().learners).toEqual([]);
  expect(peer.zab.view().role.epoch).toBe(epoch);
  const learner = following({ epoch: 2, log: LOG });
  expect(learner.hear(3, FOREIGN)).toEqual(["report FOREIGN_PEER", "close 3: foreign", "role looking"]);
});

it("MB-02: who says no cluster, or this one, is none", () => {
  const peer = new LonePeer({ log: LOG });
  peer.tick();
  peer.open(2, { clusterId: null });
  const lines = [
    ...peer.hear(2, vote({ for: null, at: "0/0.0", standing: "blank", clusterId: null })),
    ...peer.hear(2, vote({ for: null, at: "1/1.1" })),
  ];
  expect(lines.filter((line) => /close|report/.test(line))).toEqual([]);
});
