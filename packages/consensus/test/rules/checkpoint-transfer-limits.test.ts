import type { Epoch } from "@coterie/interface";
import { expect, it } from "vitest";
import { decodeMessage, encodeMessage, TIMING_DEDICATED, type ZabLimits } from "../../src/index.ts";
import { FRAME_PAGES_MAX } from "../../src/limits.ts";
import { historyOf, positionOf } from "../support/history.ts";
import { ackEpoch, followerInfo, pong, syncCheckpoint } from "../support/messages.ts";
import { leading, promised } from "../support/roles.ts";

const LOG = { entries: ["1.1", "1.2"], base: "1.2", current: 1, committed: "1.2" };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** 3 leads, with a checkpoint of three pages that learner 1 needs; the learner is sent the first `pages` of them. */
function transferring(pages: readonly Uint8Array[], limits: Partial<ZabLimits> = {}) {
  const { peer, epoch } = leading({ log: LOG, limits });
  for (const learner of [1, 9]) {
    peer.open(learner);
    peer.hear(learner, followerInfo(1, "1/1.1"));
    peer.hear(learner, ackEpoch(epoch, 1, historyOf(peer.voters, ["1.1"])));
  }
  const at = positionOf(peer.entry("1.2"));
  const checkpoint = { ...at, digest: "d", pageCount: 3, baseSizeBytes: 9, deltasSizeBytes: 0 };
  peer.step({ kind: "checkpoint-opened", transfer: peer.transfer, checkpoint });
  peer.step({ kind: "pages-read", transfer: peer.transfer, pages });
  const taken = (count: number): string[] => peer.hear(1, { kind: "pages-taken", epoch: epoch as Epoch, count });
  /** What comes of ticks in which everybody answers heartbeats. */
  const wait = (ticks: number): string[] => {
    const lines: string[] = [];
    for (let count = 0; count < ticks; count++) {
      lines.push(...peer.tick());
      for (const learner of [1, 2, 9]) peer.hear(learner, pong(epoch, peer.pingRound));
    }
    return lines.filter((line) => /close|checkpoint/.test(line));
  };
  return { peer, taken, wait };
}

it("storeTicks: a learner that answers heartbeats and takes no pages is given up, and its place goes to the next", () => {
  const patience = 2 * TIMING_DEDICATED.storeTicks;
  const { peer, taken, wait } = transferring([bytes("one"), bytes("two")], { transfersMax: 1 });
  expect(wait(patience)).toEqual([]);
  // A page is progress; to say it again is none.
  taken(1);
  expect(wait(patience)).toEqual([]);
  taken(1);
  expect(wait(1)).toEqual(["close-checkpoint", "close 1: silent", "open-checkpoint"]);
  expect(peer.zab.view().learners.map((learner) => learner.peer)).toEqual([2, 9]);
});

it("storeTicks: a learner that has taken every page it was sent waits for this peer's disk, and is kept", () => {
  const { taken, wait } = transferring([bytes("one"), bytes("two")], { transfersMax: 1 });
  taken(2);
  expect(wait(5 * TIMING_DEDICATED.storeTicks)).toEqual([]);
});

it("transfersMax: the next learner that needs a checkpoint waits", () => {
  const { peer } = leading({ log: LOG, voters: [1, 2, 3], limits: { transfersMax: 1 } });
  const ask = (learner: number): string[] => {
    peer.open(learner);
    peer.hear(learner, followerInfo(1, "1/1.1"));
    return peer.hear(learner, ackEpoch(2, 1, historyOf(peer.voters, ["1.1"])));
  };
  expect(ask(1)).toEqual(["open-checkpoint"]);
  expect(ask(9)).toEqual([]);
  expect(peer.close(1)).toEqual(["close-checkpoint", "open-checkpoint"]);
});

it("pagesInFlightMaxBytes: no more pages are read than the learner has taken", () => {
  const { peer } = leading({ log: LOG, limits: { pagesInFlightMaxBytes: 5 } });
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/1.1"));
  peer.hear(1, ackEpoch(2, 1, historyOf(peer.voters, ["1.1"])));
  const opened = peer.transfer;
  const checkpoint = {
    ...positionOf(peer.entry("1.2")),
    digest: "d",
    pageCount: 3,
    baseSizeBytes: 9,
    deltasSizeBytes: 0,
  };
  const lines = peer.step({ kind: "checkpoint-opened", transfer: opened, checkpoint });
  expect(lines).toEqual(["to 1: sync 2 checkpoint after 1.2", "read-pages from 0"]);
  const page = bytes("page!");
  expect(peer.step({ kind: "pages-read", transfer: opened, pages: [page] })).toEqual(["to 1: checkpoint-pages 2 0..0"]);
  const taken = { kind: "pages-taken", epoch: 2 as Epoch, count: 1 } as const;
  expect(peer.hear(1, taken)).toEqual(["read-pages from 1"]);
});

it("FRAME_PAGES_MAX: a reading of more pages is sent in several frames, each handed to the learner's store at once", () => {
  const pages = Array.from({ length: FRAME_PAGES_MAX + 1 }, () => new Uint8Array(0));
  const { peer, epoch } = leading({ log: LOG });
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/1.1"));
  peer.hear(1, ackEpoch(epoch, 1, historyOf(peer.voters, ["1.1"])));
  const at = positionOf(peer.entry("1.2"));
  const checkpoint = { ...at, digest: "d", pageCount: pages.length, baseSizeBytes: 0, deltasSizeBytes: 0 };
  peer.step({ kind: "checkpoint-opened", transfer: peer.transfer, checkpoint });
  expect(peer.step({ kind: "pages-read", transfer: peer.transfer, pages })).toEqual([
    `to 1: checkpoint-pages 2 0..${FRAME_PAGES_MAX - 1}`,
    `to 1: checkpoint-pages 2 ${FRAME_PAGES_MAX}..${FRAME_PAGES_MAX}`,
  ]);
  const frames = peer.effects.flatMap((effect) => (effect.kind === "send" ? [effect.message] : []));
  const learner = promised({ epoch: 2, log: { entries: ["1.1"], current: 1 } });
  expect(learner.hear(3, syncCheckpoint(2, at, learner.voters, pages.length))).toEqual(["drop-pages"]);
  for (const frame of frames) learner.hear(3, decodeMessage(encodeMessage(frame)));
  const count = FRAME_PAGES_MAX;
  expect(learner.step({ kind: "pages-added" })).toEqual([`to 3: pages-taken 2 ${count}`, "add-pages 1"]);
  expect(learner.step({ kind: "pages-added" })).toContain(`to 3: pages-taken 2 ${count + 1}`);
});

it("a checkpoint that cannot be opened or read gives the learner up, and nothing else", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/1.1"));
  peer.hear(1, ackEpoch(epoch, 1, historyOf(peer.voters, ["1.1"])));
  expect(peer.step({ kind: "checkpoint-opened", transfer: peer.transfer, checkpoint: null })).toContain(
    "close 1: refused",
  );
  expect(peer.role?.state).toBe("leading");
});
