import { expect, it } from "vitest";
import { TIMING_DEDICATED } from "../../src/index.ts";
import { historyOf, positionOf } from "../support/history.ts";
import { type LonePeer, vote } from "../support/lone-peer.ts";
import { ackEpoch, followerInfo, pong } from "../support/messages.ts";
import { leading } from "../support/roles.ts";

// transfersMax learners get a checkpoint at the same time; the others wait, and get their turn however one of those ends.

const EPOCH = 2;
const LOG = { entries: ["1.1", "1.2"], base: "1.2", current: 1, committed: "1.2" };

function need(peer: LonePeer, learner: number): string[] {
  peer.hear(learner, followerInfo(1, "1/1.1"));
  return peer.hear(learner, ackEpoch(EPOCH, 1, historyOf(peer.voters, ["1.1"])));
}

/** Learner 1 gets a checkpoint, and observers 8 and 9 wait for theirs. */
function crowded(): LonePeer {
  const { peer } = leading({ log: LOG, limits: { transfersMax: 1 } });
  for (const learner of [1, 8, 9]) peer.open(learner);
  expect([need(peer, 1), need(peer, 8), need(peer, 9)]).toEqual([["open-checkpoint"], [], []]);
  expect(phases(peer)).toEqual({ 1: "transferring", 2: "joined", 8: "waiting", 9: "waiting" });
  return peer;
}

function phases(peer: LonePeer): Record<number, string> {
  return Object.fromEntries(peer.zab.view().learners.map((learner) => [learner.peer, learner.phase]));
}

function opened(peer: LonePeer, pageCount: number): string[] {
  const sizes = { baseSizeBytes: 9, deltasSizeBytes: 0 };
  const checkpoint = { ...positionOf(peer.entry("1.2")), digest: "d", pageCount, ...sizes };
  return peer.step({ kind: "checkpoint-opened", transfer: peer.transfer, checkpoint });
}

it("transfersMax: when a transfer has come to its end, the next learner's begins", () => {
  const peer = crowded();
  expect(opened(peer, 0)).toEqual(["to 1: sync 2 checkpoint after 1.2", "close-checkpoint", "open-checkpoint"]);
  expect(phases(peer)).toEqual({ 1: "streaming", 2: "joined", 8: "transferring", 9: "waiting" });
});

it("transfersMax: a learner that is dropped because its checkpoint cannot be opened leaves its turn", () => {
  const peer = crowded();
  const lines = peer.step({ kind: "checkpoint-opened", transfer: peer.transfer, checkpoint: null });
  expect(lines.slice(0, 2)).toEqual(["close-checkpoint", "close 1: refused"]);
  expect([...lines, ...peer.tick()]).toContain("open-checkpoint");
  expect(phases(peer)).toEqual({ 2: "joined", 8: "transferring", 9: "waiting" });
});

it("transfersMax: so does one whose pages cannot be read", () => {
  const peer = crowded();
  opened(peer, 3);
  const lines = peer.step({ kind: "pages-read", transfer: peer.transfer, pages: null });
  expect(lines.slice(0, 2)).toEqual(["close-checkpoint", "close 1: refused"]);
  expect([...lines, ...peer.tick()]).toContain("open-checkpoint");
  expect(phases(peer)).toEqual({ 2: "joined", 8: "transferring", 9: "waiting" });
});

it("transfersMax: so does one that has fallen silent; the others answer while they wait", () => {
  const peer = crowded();
  opened(peer, 3);
  const lines: string[] = [];
  for (let tick = 0; tick <= 2 * TIMING_DEDICATED.syncTicks && !lines.includes("close 1: silent"); tick++) {
    expect(lines).not.toContain("open-checkpoint");
    lines.push(...peer.tick());
    for (const learner of [2, 8, 9]) peer.hear(learner, pong(EPOCH, peer.pingRound));
  }
  expect(lines).toContain("close 1: silent");
  expect(lines).toContain("open-checkpoint");
  expect(phases(peer)).toEqual({ 2: "joined", 8: "transferring", 9: "waiting" });
});

it("transfersMax: so does one whose link ends, or is replaced", () => {
  const ended = crowded();
  expect(ended.close(1)).toEqual(["close-checkpoint", "open-checkpoint"]);
  const replaced = crowded();
  const lines = replaced.open(1);
  expect(lines.slice(0, 3)).toEqual(["close 1: replaced", "close-checkpoint", "open-checkpoint"]);
  expect(phases(replaced)).toEqual({ 2: "joined", 8: "transferring", 9: "waiting" });
});

it("transfersMax: so does one that reports again, and is the last in the row then", () => {
  const peer = crowded();
  const lines = [...peer.hear(1, followerInfo(1, "1/1.1")), ...peer.tick()];
  expect(lines).toContain("open-checkpoint");
  peer.hear(1, ackEpoch(EPOCH, 1, historyOf(peer.voters, ["1.1"])));
  expect(phases(peer)).toEqual({ 1: "waiting", 2: "joined", 8: "transferring", 9: "waiting" });
});

it("transfersMax: so does one that turns out to be of another cluster", () => {
  const peer = crowded();
  const lines = peer.hear(1, vote({ for: 1, at: "1/1.1", clusterId: "another" }));
  expect(lines).toEqual(["report FOREIGN_PEER", "close 1: foreign", "close-checkpoint", "open-checkpoint"]);
});

it("transfersMax: a learner that waits keeps its place, whoever else comes and goes", () => {
  const peer = crowded();
  peer.close(8);
  peer.open(8);
  expect(need(peer, 8)).toEqual([]);
  expect(peer.close(1)).toEqual(["close-checkpoint", "open-checkpoint"]);
  expect(phases(peer)).toEqual({ 2: "joined", 8: "waiting", 9: "transferring" });
});
