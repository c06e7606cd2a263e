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
