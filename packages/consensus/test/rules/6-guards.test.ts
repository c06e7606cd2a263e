import { type ChainHash, createZxid, type Epoch } from "@coterie/interface";
import { type Effect, type Message, TIMING_DEDICATED } from "../../src/index.ts";
import { expect, it } from "vitest";
import { follow, positionOf } from "../support/history.ts";
import type { LogSpec, LonePeer } from "../support/lone-peer.ts";
import { commit, newEpoch, newLeader, ping, propose, sync, syncCheckpoint, upToDate } from "../support/messages.ts";
import { following, promised, reporting } from "../support/roles.ts";

// What a learner does with words of its leader that cannot be, or that do not fit its log.

const LOG = { entries: ["1.1", "1.2", "1.3", "3.1", "3.2"], accepted: 3, current: 3, committed: "1.3" };

it("6.2, decision 3: a checkpoint that would take back what is committed is never taken: the peer stops", () => {
  for (const at of ["1.1", "1.2"]) {
    const peer = promised({ epoch: 5, log: LOG });
    expect(peer.hear(3, syncCheckpoint(5, peer.entry(at), peer.voters, 0))).toEqual(["stop HISTORY_DIVERGED"]);
    expect(peer.zab.view()).toMatchObject({ phase: "promised", lastZxid: peer.entry("3.2").zxid });
    expect(peer.committed).toBe("1.3");
  }
});

it("6.2: a checkpoint at the commit point, or inside what is not committed, is taken", () => {
  for (const at of ["1.3", "3.1"]) {
    const peer = promised({ epoch: 5, log: LOG });
    expect(peer.hear(3, syncCheckpoint(5, peer.entry(at), peer.voters, 0))).toEqual([
      "drop-pages",
      `store checkpoint incoming ${at}${at === "1.3" ? "" : `, committed ${at}`}`,
    ]);
    expect([peer.last, peer.committed]).toEqual([at, at]);
  }
});

it("R4: a covering checkpoint outside the log covers nothing of it: the peer stops", () => {
  const log = { ...LOG, base: "1.1" };
  const elsewhere = follow(promised({ epoch: 5, log }).history, ["3.3", "4.1"]);
  for (const at of [elsewhere[0]!, ...elsewhere.slice(6)]) {
    const peer = promised({ epoch: 5, log });
    expect(peer.hear(3, syncCheckpoint(5, at, peer.voters, 0, "covering"))).toEqual(["stop HISTORY_DIVERGED"]);
    expect([peer.last, peer.committed]).toEqual(["3.2", "1.3"]);
  }
});

it("R4: a covering checkpoint of another history, or where the log has no entry, covers nothing: the peer stops", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, faults: [["0.1", "1.1"]] } });
  const other = { ...positionOf(peer.entry("1.3")), chainHash: 7 as ChainHash };
  expect(peer.hear(3, syncCheckpoint(5, other, peer.voters, 0, "covering"))).toEqual(["stop HISTORY_DIVERGED"]);
  const gap = { ...other, zxid: createZxid(2, 7) };
  const another = promised({ epoch: 5, log: { ...LOG, faults: [["0.1", "1.1"]] } });
  expect(another.hear(3, syncCheckpoint(5, gap, peer.voters, 0, "covering"))).toEqual(["stop HISTORY_DIVERGED"]);
});

it("R4: the base and the end of the log are places for a covering checkpoint; below the commit point, too", () => {
  for (const at of ["1.1", "1.2", "3.2"]) {
    const peer = promised({ epoch: 5, log: { ...LOG, base: "1.1" } });
    const lines = peer.hear(3, syncCheckpoint(5, peer.entry(at), peer.voters, 0, "covering"));
    expect(lines.slice(0, 1)).toEqual(["drop-pages"]);
    expect(lines.join()).toContain(`store checkpoint covering ${at}`);
    expect(peer.last).toBe("3.2");
  }
});

/** Follows 3 in epoch 4; of its log 1.1 is committed. */
function follower(): LonePeer {
  const peer = promised({ epoch: 4, log: { ...LOG, committed: "1.1" } });
  peer.hear(3, sync(4, peer.entry("3.2"), peer.voters));
  peer.hear(3, newLeader(4, "3.2"));
  peer.settle();
  expect([peer.zab.view().phase, peer.committed]).toEqual(["joined", "1.1"]);
  return peer;
}

it.each(["1.0", "3.0", "1.4", "2.1", "2.0"])("7: COMMIT of %s, which is no entry of the log, commits nothing", (at) => {
  for (const message of [commit(4, at), ping(4, 1, at), upToDate(4, at)]) {
    const peer = follower();
    const lines = peer.hear(3, message);
    expect(lines.filter((line) => /deliver|store|read-log/.test(line))).toEqual([]);
    expect(peer.committed).toBe("1.1");
    // The next one is taken as ever.
    expect(peer.hear(3, commit(4, "3.1"))).toContain("read-log 1.1<..3.1");
    expect(peer.settle()).toContain("deliver 1.2..3.1");
    expect(peer.committed).toBe("3.1");
  }
});

it("7: COMMIT of the epoch's start, 'epoch<<32', is none of the entry before it or after it", () => {
  const peer = following({ epoch: 4, log: { ...LOG, committed: "3.2" } });
  expect(peer.hear(3, commit(4, "4.0"))).toEqual([]);
  const theirs = follow(peer.history, ["4.1"]);
  peer.hear(3, propose(4, theirs[5]!, theirs.slice(6), "4.0"));
  expect(peer.settle()).toEqual(["to 3: ack 4 4.1"]);
  expect(peer.committed).toBe("3.2");
  expect(peer.hear(3, commit(4, "4.1"))).toEqual(["deliver 4.1"]);
});

it("7: COMMIT beyond the end of the log commits all of it at once, and what comes then as it comes", () => {
  const peer = follower();
  expect(peer.hear(3, commit(4, "4.2"))).toEqual(["read-log 1.1<..3.2"]);
  expect([peer.committed, ...peer.settle()]).toEqual(["3.2", "deliver 1.2..3.2"]);
  const theirs = follow(peer.history, ["4.1"]);
  peer.hear(3, propose(4, theirs[5]!, theirs.slice(6)));
  expect([peer.committed, ...peer.settle()]).toEqual(["4.1", "to 3: ack 4 4.1", "deliver 4.1"]);
});

/** The faults of the last ACKEPOCH. */
function faultsTold(effects: readonly Effect[]): number[] {
  return effects.flatMap((effect) =>
    effect.kind === "send" && effect.message.kind === "ack-epoch" ? [effect.message.faults.length] : [],
  );
}

/** The leader's part of a join, with the repair of as many faults. */
function repair(peer: LonePeer, faults: readonly (readonly [string, string])[]): string[] {
  const lines: string[] = [];
  for (const [after, upTo] of faults) {
    const entries = [peer.entry(upTo)];
    lines.push(...peer.hear(3, { kind: "repair", epoch: 2 as never, after: positionOf(peer.entry(after)), entries }));
  }
  lines.push(...peer.hear(3, sync(2, peer.entry("1.140"), peer.voters)));
  lines.push(...peer.hear(3, newLeader(2, "1.140")), ...peer.settle());
  return lines;
}

it("R4: of many faults 64 are told; when these are repaired the peer joins again with the rest, and acknowledges then", () => {
  const entries = Array.from({ length: 140 }, (_, index) => `1.${index + 1}`);
  const faults = Array.from({ length: 66 }, (_, index) => [`1.${2 * index + 1}`, `1.${2 * index + 2}`] as const);
  const log = { entries, accepted: 1, current: 1, committed: "1.140", faults };
  const peer = promised({ epoch: 2, log });
  expect(faultsTold(peer.effects)).toEqual([64]);
  const first = repair(peer, faults.slice(0, 64));
  expect(first.filter((line) => /ack|follower-info/.test(line))).toEqual(["to 3: follower-info accepted 2 at 2/1.140"]);
  expect(peer.zab.view()).toMatchObject({ phase: "reporting", currentEpoch: 2, lastZxid: peer.entry("1.140").zxid });
  peer.hear(3, newEpoch(2));
  expect(faultsTold(peer.effects)).toEqual([2]);
  const second = repair(peer, faults.slice(64));
  expect(second).toContain("to 3: ack-new-leader 2 1.140");
  expect(peer.zab.view()).toMatchObject({ phase: "joined", appliedZxid: peer.entry("1.140").zxid });
});

it("R4: as many faults as are told are repaired in one join", () => {
  const entries = Array.from({ length: 140 }, (_, index) => `1.${index + 1}`);
  const faults = Array.from({ length: 64 }, (_, index) => [`1.${2 * index + 1}`, `1.${2 * index + 2}`] as const);
  const peer = promised({ epoch: 2, log: { entries, accepted: 1, current: 1, committed: "1.140", faults } });
  expect(faultsTold(peer.effects)).toEqual([64]);
  expect(repair(peer, faults)).toContain("to 3: ack-new-leader 2 1.140");
});

it("R4: damage that is purged while it is told is reported anew, before a checkpoint comes that nobody needs any more", () => {
  const at = positionOf(promised({ epoch: 5, log: LOG }).entry("1.2"));
  const checkpoint = { ...at, digest: "d", pageCount: 1, baseSizeBytes: 1, deltasSizeBytes: 0 };
  const peer = promised({ epoch: 5, log: { ...LOG, faults: [["0.1", "1.1"]], checkpoint } });
  const lines = peer.step({ kind: "purged", base: positionOf(peer.entry("1.2")) });
  expect(lines.join()).toContain("to 3: follower-info accepted 5");
  const late = syncCheckpoint(5, peer.entry("1.1"), peer.voters, 0, "covering");
  expect(peer.hear(3, late)).toEqual([]);
  peer.hear(3, newEpoch(5));
  expect(peer.zab.view().phase).toBe("promised");
});

it("R4: a checkpoint that a peer takes of a state which another peer's has replaced is a mistake of its shell", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, faults: [["0.1", "1.1"]] } });
  peer.hear(3, syncCheckpoint(5, peer.entry("1.3"), peer.voters, 0, "covering"));
  expect(peer.stored()).toContain("restore 1.3");
  const own = { ...positionOf(peer.entry("0.1")), kind: "full", digest: "d", pageCount: 1 } as const;
  expect(() => peer.step({ kind: "checkpoint-taken", mark: own })).toThrow("a checkpoint is of the state as it is");
  peer.applied("1.3");
  const newer = { ...own, ...positionOf(peer.entry("1.3")) };
  expect(peer.step({ kind: "checkpoint-taken", mark: newer }).join()).toContain("store checkpoint full 1.3");
});

it("a purge that leaves the damage as it is disturbs nobody", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, faults: [["1.2", "1.3"]] } });
  expect(peer.step({ kind: "purged", base: positionOf(peer.entry("1.1")) })).toEqual([]);
});

it("R4: until a covering checkpoint is on disk the log is not purged beyond it", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, faults: [["0.1", "1.1"]] } });
  peer.hear(3, syncCheckpoint(5, peer.entry("1.2"), peer.voters, 0, "covering"));
  expect(peer.zab.view().purgeableZxid).toBeLessThanOrEqual(peer.entry("1.2").zxid);
});

const LONG = { entries: ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9"], accepted: 1, current: 1 };

/** A learner in epoch 2 that has promised, and still reads what it is to apply. */
function reading(log: LogSpec): LonePeer {
  const peer = reporting({ epoch: 2, log });
  peer.hear(3, newEpoch(2));
  peer.stored();
  return peer;
}

/** What the reading for delivery, which began at the start, turns out to hold. */
function findFault(peer: LonePeer, after: string, upTo: string): string[] {
  const fault = { after: positionOf(peer.entry(after)), upTo: positionOf(peer.entry(upTo)) };
  return peer.step({ kind: "log-read", reading: peer.readings[0]!, result: { kind: "faulty", fault } });
}

it.each([
  ["before", "1.2", "1.4"],
  ["before and over", "1.2", "1.9"],
])("R4: a repair under way is of its fault, and of none that is found %s it meanwhile", (_, after, upTo) => {
  const log = { ...LONG, committed: "1.9", applied: "1.1", faults: [["1.6", "1.9"]] as const };
  const peer = reading(log);
  const entries = ["1.7", "1.8", "1.9"].map((text) => peer.entry(text));
  const repairing: Message = { kind: "repair", epoch: 2 as Epoch, after: positionOf(peer.entry("1.6")), entries };
  expect(peer.hear(3, repairing)).toEqual(["store repair 1.7..1.9"]);
  expect(findFault(peer, after, upTo)).toContain("report LOG_FAULTY");
  peer.stored();
  peer.open(2);
  const said = peer.effects.flatMap((effect) => (effect.kind === "send" ? [effect.message] : [])).at(-1);
  expect(said).toMatchObject({ kind: "notification", fault: { after: peer.entry(after).zxid } });
});

it("R4: a repair under way fills what a purge beside it has left of its fault", () => {
  const at = positionOf(promised({ epoch: 5, log: LOG }).entry("1.2"));
  const checkpoint = { ...at, digest: "d", pageCount: 1, baseSizeBytes: 1, deltasSizeBytes: 0 };
  const peer = promised({ epoch: 5, log: { ...LOG, faults: [["0.1", "1.3"]], checkpoint } });
  const entries = ["1.1", "1.2", "1.3"].map((text) => peer.entry(text));
  const repairing: Message = { kind: "repair", epoch: 5 as Epoch, after: positionOf(peer.entry("0.1")), entries };
  expect(peer.hear(3, repairing)).toEqual(["store repair 1.1..1.3"]);
  peer.step({ kind: "purged", base: at });
  peer.stored();
  peer.open(2);
  const said = peer.effects.flatMap((effect) => (effect.kind === "send" ? [effect.message] : [])).at(-1);
  expect(said).toMatchObject({ kind: "notification", fault: null });
});

it("R4: of what a reading finds beyond the end of the log, which was cut meanwhile, nothing is a fault of it", () => {
  const peer = reading({ ...LONG, committed: "1.5", applied: "1.1" });
  expect(peer.hear(3, sync(2, peer.entry("1.6"), peer.voters))).toEqual(["store truncate after 1.6"]);
  expect(findFault(peer, "1.3", "1.8")).toContain("report LOG_FAULTY");
  peer.stored();
  peer.open(2);
  const said = peer.effects.flatMap((effect) => (effect.kind === "send" ? [effect.message] : [])).at(-1);
  expect(said).toMatchObject({ fault: { after: peer.entry("1.3").zxid, upTo: peer.entry("1.6").zxid } });
});

it("R4: a fault that lies wholly beyond what the log holds by now is none", () => {
  const peer = reading({ ...LONG, committed: "1.5", applied: "1.1" });
  peer.hear(3, sync(2, peer.entry("1.6"), peer.voters));
  expect(findFault(peer, "1.7", "1.8").join()).not.toContain("LOG_FAULTY");
});

it("R4: while a covering checkpoint goes to the disk a leader's silence is none: it has forgotten this peer", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, faults: [["0.1", "1.1"]] } });
  peer.hear(3, syncCheckpoint(5, peer.entry("1.2"), peer.voters, 0, "covering"));
  expect(peer.tick(3 * TIMING_DEDICATED.syncTicks).join()).not.toContain("close 3");
  expect(peer.stored().join()).toContain("to 3: follower-info");
});

it("while another peer's checkpoint comes in, goes to the disk and is restored, the peer takes none of its own", () => {
  const peer = promised({ epoch: 5, log: { ...LOG, committed: "1.3" } });
  const may: boolean[] = [peer.zab.view().mayCheckpoint];
  const at = follow(peer.history, ["4.1"]).at(-1)!;
  peer.hear(3, syncCheckpoint(5, at, peer.voters, 1));
  may.push(peer.zab.view().mayCheckpoint);
  peer.hear(3, { kind: "checkpoint-pages", epoch: 5 as Epoch, first: 0, pages: [new Uint8Array(3)] });
  peer.step({ kind: "pages-added" });
  // On its way to the disk, whatever becomes of the leader.
  peer.close(3);
  may.push(peer.zab.view().mayCheckpoint);
  expect(peer.stored()).toContain("restore 4.1");
  may.push(peer.zab.view().mayCheckpoint);
  peer.applied("4.1");
  expect([...may, peer.zab.view().mayCheckpoint]).toEqual([true, false, false, false, true]);
});
