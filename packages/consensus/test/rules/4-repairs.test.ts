import type { Epoch } from "@coterie/interface";
import { type Effect, type Message, TIMING_DEDICATED } from "../../src/index.ts";
import { expect, it } from "vitest";
import { follow, positionOf } from "../support/history.ts";
import type { LogSpec, LonePeer, LonePeerOptions } from "../support/lone-peer.ts";
import { newEpoch, newLeader, propose, sync, syncCheckpoint } from "../support/messages.ts";
import { promised, reporting } from "../support/roles.ts";

const LOG = { entries: ["1.1", "1.2", "1.3", "3.1", "3.2"], accepted: 3, current: 3, committed: "1.3" };

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
function reading(log: LogSpec, limits: LonePeerOptions["limits"] = {}): LonePeer {
  const peer = reporting({ epoch: 2, log, limits });
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

it("R4: nor does what a reading finds reach beyond where the log was cut, when a later epoch has gone on from there", () => {
  const peer = reading({ ...LONG, committed: "1.5", applied: "1.1" });
  const theirs = follow(peer.history.slice(0, 7), ["2.1", "2.2"]);
  peer.hear(3, sync(2, peer.entry("1.6"), peer.voters));
  peer.hear(3, propose(2, theirs[6]!, theirs.slice(7)));
  expect(findFault(peer, "1.1", "1.8")).toContain("report LOG_FAULTY");
  expect(faultSaid(peer)).toMatchObject({ after: peer.entry("1.1").zxid, upTo: peer.entry("1.6").zxid });
});

it("R4: what a reading finds beyond where the log was cut, and nothing before, is no fault", () => {
  const peer = reading({ ...LONG, committed: "1.5", applied: "1.1" });
  const theirs = follow(peer.history.slice(0, 7), ["2.1"]);
  peer.hear(3, sync(2, peer.entry("1.6"), peer.voters));
  peer.hear(3, propose(2, theirs[6]!, theirs.slice(7)));
  expect(findFault(peer, "1.6", "1.8")).not.toContain("report LOG_FAULTY");
  expect(faultSaid(peer)).toBeNull();
});

it("R4: damage that is found next to what is being repaired is of one fault with it, which is then not the repaired one", () => {
  const log = { ...LONG, committed: "1.9", applied: "1.1", faults: [["1.6", "1.9"]] as const };
  const peer = reading(log, { batchEntriesMax: 1 });
  const entries = ["1.7", "1.8", "1.9"].map((text) => peer.entry(text));
  peer.hear(3, { kind: "repair", epoch: 2 as Epoch, after: positionOf(peer.entry("1.6")), entries });
  expect(peer.stored()).toContain("store repair 1.8");
  // The first of them is damaged again. The store repairs nothing then that begins behind it.
  findFault(peer, "1.6", "1.7");
  peer.settle();
  peer.hear(3, newEpoch(2));
  const told = peer.effects.flatMap((effect) =>
    effect.kind === "send" && effect.message.kind === "ack-epoch" ? effect.message.faults : [],
  );
  expect(told).toEqual([{ after: positionOf(peer.entry("1.6")), upTo: positionOf(peer.entry("1.9")) }]);
});

it("R4: a log is not cut inside damage that one join is too short to tell of: the peer joins again with the rest", () => {
  const entries = Array.from({ length: 140 }, (_, index) => `1.${index + 1}`);
  const faults = Array.from({ length: 65 }, (_, index) => [`1.${2 * index + 1}`, `1.${2 * index + 2}`] as const);
  const log = {
    entries,
    accepted: 1,
    current: 1,
    committed: "1.120",
    faults: [...faults.slice(0, 64), ["1.131", "1.140"]],
  };
  const peer = promised({ epoch: 2, log: log as LogSpec });
  const lines: string[] = [];
  for (const [after, upTo] of faults.slice(0, 64)) {
    const repaired = [peer.entry(upTo)];
    const at = positionOf(peer.entry(after));
    peer.hear(3, { kind: "repair", epoch: 2 as never, after: at, entries: repaired });
  }
  lines.push(...peer.hear(3, sync(2, peer.entry("1.135"), peer.voters)), ...peer.settle());
  expect(lines.join()).not.toContain("truncate");
  expect(lines.filter((line) => line.includes("follower-info"))).toHaveLength(1);
  peer.hear(3, newEpoch(2));
  expect(faultsTold(peer.effects)).toEqual([1]);
});

it("R4: a repair that fills its batch leaves the entries behind it to the next, and no trace of them in its own", () => {
  const log = { ...LONG, committed: "1.9", faults: [["1.6", "1.9"]] as const };
  const peer = reading(log, { batchEntriesMax: 3 });
  const own = { ...positionOf(peer.entry("1.3")), kind: "full", digest: "d", pageCount: 0 } as const;
  peer.step({ kind: "checkpoint-taken", mark: own });
  const entries = ["1.7", "1.8", "1.9"].map((text) => peer.entry(text));
  peer.hear(3, { kind: "repair", epoch: 2 as Epoch, after: positionOf(peer.entry("1.6")), entries });
  peer.hear(3, sync(2, peer.entry("1.9"), peer.voters));
  const theirs = follow(peer.history, ["2.1"]);
  peer.hear(3, propose(2, theirs.at(-2)!, theirs.slice(-1)));
  peer.stored();
  const batches = peer.effects.flatMap((effect) => (effect.kind === "store" ? [effect.batch] : []));
  expect(batches.at(-1)?.repair).toHaveLength(3);
  expect(batches.at(-1)).not.toHaveProperty("append");
});

/** The first fault of which a notification speaks that the peer sends when it has looked again. */
function faultSaid(peer: LonePeer): unknown {
  peer.settle();
  peer.open(2);
  const said = peer.effects.flatMap((effect) => (effect.kind === "send" ? [effect.message] : [])).at(-1);
  return said?.kind === "notification" ? said.fault : said;
}
