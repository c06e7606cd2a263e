import type { Epoch } from "@coterie/interface";
import { expect, it } from "vitest";
import { follow, historyOf, positionOf } from "../support/history.ts";
import { LonePeer } from "../support/lone-peer.ts";
import {
  ackEpoch,
  commit,
  followerInfo,
  leads,
  newEpoch,
  newLeader,
  propose,
  sync,
  syncCheckpoint,
  upToDate,
} from "../support/messages.ts";
import { leading, promised, reporting } from "../support/roles.ts";

const LOG = { entries: ["1.1", "1.2", "1.3"], accepted: 1, current: 1, committed: "1.1" };

function pages(epoch: number, first: number, count: number) {
  return {
    kind: "checkpoint-pages",
    epoch: epoch as Epoch,
    first,
    pages: Array.from({ length: count }, (_, index) => Uint8Array.of(first + index)),
  } as const;
}

it("6.2: DIFF with nothing to drop changes nothing", () => {
  const peer = promised({ epoch: 2, log: LOG });
  expect(peer.hear(3, sync(2, peer.entry("1.3"), peer.voters))).toEqual([]);
  expect(peer.last).toBe("1.3");
});

it("6.2: TRUNC drops what the leader does not have, on disk before what follows", () => {
  const peer = promised({ epoch: 2, log: LOG });
  expect(peer.hear(3, sync(2, peer.entry("1.2"), peer.voters))).toEqual(["store truncate after 1.2"]);
  const theirs = follow(peer.history.slice(0, 3), ["2.1"]);
  peer.hear(3, propose(2, theirs[2]!, theirs.slice(3)));
  expect(peer.last).toBe("2.1");
  expect(peer.stored()).toEqual(["to 3: ack 2 1.2", "store append 2.1"]);
  expect(peer.stored()).toEqual(["to 3: ack 2 2.1"]);
  expect(peer.log.map((entry) => entry.zxid)).toEqual(
    [...peer.history.slice(0, 3), ...theirs.slice(3)].map((entry) => entry.zxid),
  );
});

it("6.2: TRUNC and what follows may be one batch: a crash leaves both or neither", () => {
  const peer = promised({ epoch: 2, log: LOG });
  peer.step({
    kind: "checkpoint-taken",
    mark: { kind: "full", ...positionOf(peer.entry("1.1")), digest: "d", pageCount: 1 },
  });
  expect(peer.hear(3, sync(2, peer.entry("1.2"), peer.voters))).toEqual([]);
  const theirs = follow(peer.history.slice(0, 3), ["2.1"]);
  peer.hear(3, propose(2, theirs[2]!, theirs.slice(3)));
  peer.hear(3, newLeader(2, "2.1"));
  expect(peer.stored()).toEqual(["to 3: ack 2 1.2", "store epochs 2/2, truncate after 1.2, append 2.1"]);
  expect(peer.stored()).toContain("to 3: ack-new-leader 2 2.1");
});

it("6.2, decision 3: a TRUNC below what is committed is never obeyed: the peer stops", () => {
  const peer = promised({ epoch: 2, log: { ...LOG, committed: "1.3" } });
  expect(peer.hear(3, sync(2, peer.entry("1.2"), peer.voters))).toEqual(["stop HISTORY_DIVERGED"]);
  expect(peer.last).toBe("1.3");
});

it("6.2, U1: a TRUNC to a position that the log does not have is never obeyed", () => {
  const peer = promised({ epoch: 2, log: LOG });
  const elsewhere = follow(peer.history.slice(0, 3), ["1.9"]).at(-1)!;
  expect(peer.hear(3, sync(2, elsewhere, peer.voters))).toEqual(["stop HISTORY_DIVERGED"]);
  const other = promised({ epoch: 2, log: LOG });
  const otherHash = historyOf(other.voters, ["1.1", "1.2", "1.3=else"]).at(-1)!;
  expect(other.hear(3, sync(2, otherHash, other.voters))).toEqual(["stop HISTORY_DIVERGED"]);
});

it("6.2: SYNC of another cluster is refused", () => {
  const peer = promised({ epoch: 2, log: LOG });
  const message = { ...sync(2, peer.entry("1.3"), peer.voters), clusterId: "another" };
  expect(peer.hear(3, message as never)).toContain("close 3: disorder");
});

it("6.2: a gap in the stream is never filled over: the link ends, and the next one begins from what is on disk (4925)", () => {
  const peer = promised({ epoch: 2, log: LOG });
  peer.hear(3, sync(2, peer.entry("1.3"), peer.voters));
  const theirs = follow(peer.history, ["1.4", "1.5"]);
  const lines = peer.hear(3, propose(2, theirs[4]!, theirs.slice(5)));
  expect(lines[0]).toBe("close 3: disorder");
  expect(lines.at(-1)).toBe("role looking");
  expect(peer.last).toBe("1.3");
});

it("6.2: NEWLEADER before the history is whole ends the link", () => {
  const peer = promised({ epoch: 2, log: LOG });
  peer.hear(3, sync(2, peer.entry("1.3"), peer.voters));
  expect(peer.hear(3, newLeader(2, "1.4"))[0]).toBe("close 3: disorder");
  expect(peer.epochs).toBe("2/1");
});

it("6.2: messages out of their phase are dropped: no NEWLEADER without SYNC, no UPTODATE without NEWLEADER", () => {
  const peer = promised({ epoch: 2, log: LOG });
  expect(peer.hear(3, newLeader(2, "1.3"))).toEqual([]);
  expect(peer.hear(3, upToDate(2, "1.3"))).toEqual([]);
  expect(peer.hear(3, propose(2, peer.entry("1.3"), follow(peer.history, ["1.4"]).slice(4)))).toEqual([]);
  expect(peer.zab.view()).toMatchObject({ phase: "promised", lastZxid: peer.entry("1.3").zxid });
});

it("6.2: messages of another epoch, or over another link, are dropped (TR-05)", () => {
  const peer = promised({ epoch: 2, log: LOG });
  expect(peer.hear(3, sync(1, peer.entry("1.2"), peer.voters))).toEqual([]);
  peer.open(2);
  expect(peer.hear(2, sync(2, peer.entry("1.2"), peer.voters))).toEqual([]);
  expect(peer.last).toBe("1.3");
});

it("6.2: commits that come before NEWLEADER are remembered; nothing is applied that is not synced (4394)", () => {
  // DIFF, P1, C1, P2, NEWLEADER, C2, UPTODATE.
  const peer = promised({ epoch: 2, log: { ...LOG, committed: "1.3" } });
  const theirs = follow(peer.history, ["1.4", "1.5"]);
  const lines = [
    ...peer.hear(3, sync(2, peer.entry("1.3"), peer.voters)),
    ...peer.hear(3, propose(2, theirs[3]!, theirs.slice(4, 5))),
    ...peer.hear(3, commit(2, "1.4")),
    ...peer.hear(3, propose(2, theirs[4]!, theirs.slice(5))),
    ...peer.hear(3, newLeader(2, "1.5")),
    ...peer.hear(3, commit(2, "1.5")),
  ];
  expect(lines).toEqual(["store append 1.4"]);
  expect(peer.stored()).toEqual(["to 3: ack 2 1.4", "store epochs 2/2, append 1.5, committed 1.5", "deliver 1.4"]);
  expect(peer.stored()).toEqual(["to 3: ack-new-leader 2 1.5", "deliver 1.5"]);
  expect(peer.hear(3, upToDate(2, "1.5"))).toEqual([]);
  expect(peer.settle()).toEqual(["role following 3 in epoch 2, serving"]);
});

it("6.2: UPTODATE: the peer serves once it has applied what is committed", () => {
  const peer = promised({ epoch: 2, log: { ...LOG, committed: "1.3" } });
  peer.hear(3, sync(2, peer.entry("1.3"), peer.voters));
  peer.hear(3, newLeader(2, "1.3"));
  peer.settle();
  expect(peer.role?.isServing).toBe(false);
  expect(peer.hear(3, upToDate(2, "1.3"))).toEqual(["role following 3 in epoch 2, serving"]);
});

it("6.2: a proposal that was part of the history already is not possible: the stream has one place (finding 2 of section 1)", () => {
  const peer = promised({ epoch: 2, log: LOG });
  const theirs = follow(peer.history, ["1.4"]);
  peer.hear(3, sync(2, peer.entry("1.3"), peer.voters));
  peer.hear(3, propose(2, theirs[3]!, theirs.slice(4)));
  expect(peer.hear(3, propose(2, theirs[3]!, theirs.slice(4)))[0]).toBe("close 3: disorder");
});

it("6.2: SNAP: pages go to the draft, then one batch makes them the checkpoint and the log's beginning", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, committed: "1.3" } });
  const theirs = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1", "3.2"]);
  const at = theirs.at(-1)!;
  expect(peer.hear(3, syncCheckpoint(5, at, peer.voters, 3))).toEqual(["drop-pages"]);
  expect(peer.hear(3, pages(5, 0, 2))).toEqual(["add-pages 2"]);
  expect(peer.hear(3, pages(5, 2, 1))).toEqual([]);
  expect(peer.step({ kind: "pages-added" })).toEqual(["to 3: pages-taken 5 2", "add-pages 1"]);
  expect(peer.step({ kind: "pages-added" })).toEqual([
    "to 3: pages-taken 5 3",
    "store checkpoint incoming 3.2, committed 3.2",
  ]);
  expect(peer.last).toBe("3.2");
  expect(peer.hear(3, newLeader(5, "3.2"))).toEqual([]);
  // The state is restored once the batch is synced; ACK of NEWLEADER waits for the epoch.
  expect(peer.stored()).toEqual(["restore 3.2", "to 3: ack 5 3.2", "store epochs 5/5"]);
  expect(peer.stored()).toEqual(["to 3: ack-new-leader 5 3.2"]);
  peer.hear(3, upToDate(5, "3.2"));
  expect(peer.role?.isServing).toBe(false);
  expect(peer.applied("3.2")).toEqual(["role following 3 in epoch 5, serving"]);
});

it("6.2: until the batch of a checkpoint is synced the peer claims nothing of it (R1)", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, committed: "1.3" } });
  const at = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1"]).at(-1)!;
  peer.hear(3, syncCheckpoint(5, at, peer.voters, 0));
  expect(peer.open(2)).toEqual(["to 2: notification following round 1 vote 3 at 1/0.0 epoch 5"]);
  expect(peer.stored()).toContain("to 3: ack 5 3.1");
  expect(peer.open(4)).toEqual(["to 4: notification following round 1 vote 3 at 1/3.1 epoch 5"]);
});

it("6.2, 3642, 5094: a SNAP that is cut short leaves the peer with what it had before", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, committed: "1.3" } });
  const at = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1"]).at(-1)!;
  peer.hear(3, syncCheckpoint(5, at, peer.voters, 2));
  peer.hear(3, pages(5, 0, 1));
  peer.step({ kind: "pages-added" });
  expect(peer.close(3)).toContain("drop-pages");
  peer.open(2);
  expect(peer.hear(2, leads(2, 6))).toContain("to 2: follower-info accepted 5 at 1/1.3");
  peer.hear(2, newEpoch(6));
  expect(peer.stored()).toEqual(["to 2: ack-epoch 6 at 1/1.3"]);
});

it("6.2, 2355: whoever loses its leader after TRUNC reports what its disk holds, and waits until that is so", () => {
  const peer = promised({ epoch: 2, log: LOG });
  peer.open(2);
  peer.hear(3, sync(2, peer.entry("1.2"), peer.voters));
  expect(peer.close(3)).toEqual(["role looking"]);
  expect(peer.stored()).toEqual(["to 2: notification looking round 2 vote 1 at 1/1.2"]);
});

it("6.2: pages out of their order end the link", () => {
  const peer = promised({ epoch: 5, log: LOG });
  const at = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1"]).at(-1)!;
  peer.hear(3, syncCheckpoint(5, at, peer.voters, 3));
  expect(peer.hear(3, pages(5, 1, 1))[0]).toBe("close 3: disorder");
  const other = promised({ epoch: 5, log: LOG });
  other.hear(3, syncCheckpoint(5, at, other.voters, 3));
  expect(other.hear(3, pages(5, 0, 4))[0]).toBe("close 3: disorder");
});

it("6.2: a checkpoint without pages is one", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, committed: "1.3" } });
  const at = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1"]).at(-1)!;
  expect(peer.hear(3, syncCheckpoint(5, at, peer.voters, 0))).toEqual([
    "drop-pages",
    "store checkpoint incoming 3.1, committed 3.1",
  ]);
});

it("R4: a checkpoint inside a log that is sound beyond it covers the damage; the rest may have counted, and stays", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, faults: [["0.1", "1.1"]], committed: "1.3" } });
  expect(peer.hear(3, syncCheckpoint(5, peer.entry("1.2"), peer.voters, 0, "covering"))).toEqual([
    "drop-pages",
    "store checkpoint covering 1.2",
  ]);
  // The log begins at the checkpoint from now on, and the leader is asked anew where the two part.
  const lines = peer.stored();
  expect(lines).toContain("restore 1.2");
  expect(lines).toContain("to 3: follower-info accepted 5 at 1/1.3");
  expect(peer.applied("1.2")).toEqual([]);
  expect(peer.hear(3, newEpoch(5))).toEqual(["to 3: ack-epoch 5 at 1/1.3", "role following 3 in epoch 5"]);
  expect(peer.zab.view()).toMatchObject({ lastZxid: peer.entry("1.3").zxid, hardState: { isAmnesiac: false } });
});

it("R4: damage behind what is applied already needs no restore: only the log begins with the checkpoint", () => {
  const { peer, epoch } = leading({ log: { ...LOG, committed: "1.3" } });
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/0.1"));
  peer.hear(1, ackEpoch(epoch, 1, historyOf(peer.voters, [])));
  peer.turn();
  // What it has applied long ago can be read no more; by the time it is repaired only a checkpoint reaches so far back.
  const fault = { after: positionOf(peer.entry("1.1")), upTo: positionOf(peer.entry("1.2")) };
  peer.step({ kind: "log-read", reading: peer.readings.at(-1) ?? 0, result: { kind: "faulty", fault } });
  peer.hear(2, leads(2, 5));
  peer.hear(2, newEpoch(5));
  peer.settle();
  const covering = syncCheckpoint(5, peer.entry("1.2"), peer.voters, 0, "covering");
  expect(peer.hear(2, covering)).toContain("store checkpoint covering 1.2");
  expect(peer.stored().join()).not.toContain("restore");
  expect(peer.zab.view().appliedZxid).toBe(peer.entry("1.3").zxid);
});

it("applied counts from the last restore: a report from before it, or of what was not delivered, is not taken", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, committed: "1.3" } });
  const at = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1"]).at(-1)!;
  peer.hear(3, syncCheckpoint(5, at, peer.voters, 0));
  expect(peer.stored()).toContain("restore 3.1");
  expect(peer.zab.view().appliedZxid).toBe(0);
  peer.applied("3.2");
  expect(peer.zab.view().appliedZxid).toBe(0);
  peer.applied("3.1");
  expect(peer.zab.view().appliedZxid).toBe(at.zxid);
});

it("a checkpoint of the peer's own makes room for the leader's: never do two share a draft", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, committed: "1.3" } });
  const at = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1"]).at(-1)!;
  const mark = { kind: "full", ...positionOf(peer.entry("1.2")), digest: "digest", pageCount: 4 } as const;
  expect(peer.step({ kind: "checkpoint-taken", mark })).toEqual(["store checkpoint full 1.2"]);
  expect(peer.hear(3, syncCheckpoint(5, at, peer.voters, 1))).toEqual([]);
  expect(peer.hear(3, pages(5, 0, 1))).toEqual([]);
  expect(peer.stored()).toEqual(["drop-pages", "add-pages 1"]);
  expect(peer.step({ kind: "pages-added" })).toContain("store checkpoint incoming 3.1, committed 3.1");
});

it("a purge that was under way when a checkpoint came in changes nothing", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, committed: "1.3" } });
  const at = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1"]).at(-1)!;
  peer.hear(3, syncCheckpoint(5, at, peer.voters, 0));
  peer.stored();
  peer.applied("3.1");
  expect(peer.step({ kind: "purged", base: positionOf(peer.entry("1.2")) })).toEqual([]);
  expect(peer.last).toBe("3.1");
});

it("R4: damage that a purge makes less before it is told is repaired as it was told", () => {
  const log = { entries: ["1.1", "1.2", "1.3"], accepted: 1, current: 1, committed: "1.1" };
  const at = positionOf(promised({ log }).entry("1.1"));
  const checkpoint = { ...at, digest: "d", pageCount: 1, baseSizeBytes: 1, deltasSizeBytes: 0 };
  const peer = reporting({ epoch: 2, log: { ...log, faults: [["0.1", "1.2"]], checkpoint } });
  peer.step({ kind: "purged", base: at });
  peer.hear(3, newEpoch(2));
  expect(peer.stored()).toEqual(["to 3: ack-epoch 2 at 1/1.3 faults 1.1<..1.2"]);
  const repair = { kind: "repair", epoch: 2 as Epoch, after: at, entries: [peer.entry("1.2")] } as const;
  expect(peer.hear(3, repair)).toEqual(["store repair 1.2"]);
});

it("R4: a repair fills the fault from its beginning; nothing is acknowledged or applied across a fault", () => {
  const peer = promised({ epoch: 2, log: { ...LOG, committed: "1.3", faults: [["1.1", "1.3"]] } });
  const one = { kind: "repair", epoch: 2 as never, after: positionOf(peer.entry("1.1")), entries: [peer.entry("1.2")] };
  const two = { kind: "repair", epoch: 2 as never, after: positionOf(peer.entry("1.2")), entries: [peer.entry("1.3")] };
  expect(peer.hear(3, one as never)).toEqual(["store repair 1.2"]);
  expect(peer.hear(3, two as never)).toEqual([]);
  peer.hear(3, sync(2, peer.entry("1.3"), peer.voters));
  peer.hear(3, newLeader(2, "1.3"));
  expect(peer.stored()).toEqual(["store epochs 2/2, repair 1.3", "read-log 1.1<..1.2"]);
  expect(peer.stored()).toContain("to 3: ack-new-leader 2 1.3");
});

it("R4: a repair that arrives at another hash than the log's is another history: the peer stops", () => {
  const peer = promised({ epoch: 2, log: { ...LOG, committed: "1.3", faults: [["1.1", "1.2"]] } });
  const [, , other] = historyOf(peer.voters, ["1.1", "1.2=else"]);
  const message = { kind: "repair", epoch: 2 as never, after: positionOf(peer.entry("1.1")), entries: [other!] };
  expect(peer.hear(3, message as never)).toEqual(["stop HISTORY_DIVERGED"]);
});

it("R4: a repair that goes beyond its fault ends the link, whatever it holds", () => {
  const peer = promised({ epoch: 2, log: { ...LOG, faults: [["1.1", "1.2"]] } });
  const entries = follow(peer.history.slice(0, 2), ["1.2", "1.3"]).slice(2);
  const message = { kind: "repair", epoch: 2 as never, after: positionOf(peer.entry("1.1")), entries };
  expect(peer.hear(3, message as never)[0]).toBe("close 3: disorder");
});

it("R4: a repair for another place than the first fault ends the link", () => {
  const peer = promised({ epoch: 2, log: { ...LOG, faults: [["1.1", "1.3"]] } });
  const message = {
    kind: "repair",
    epoch: 2 as never,
    after: positionOf(peer.entry("1.2")),
    entries: [peer.entry("1.3")],
  };
  expect(peer.hear(3, message as never)[0]).toBe("close 3: disorder");
});

it("R3b: a blank peer that joins stores that it is amnesiac with its first promise, before it says a word", () => {
  const peer = new LonePeer({ log: "blank" });
  peer.open(3, { clusterId: "cluster" });
  expect(peer.hear(3, leads(3, 4))).toContain("to 3: follower-info blank accepted 0 at 0/0.0");
  expect(peer.hear(3, newEpoch(4))).toEqual(["store epochs 4/0 amnesiac", "role following 3 in epoch 4"]);
  expect(peer.stored()).toEqual(["to 3: ack-epoch 4 at 0/0.0"]);
});
