import { expect, it } from "vitest";
import { TIMING_DEDICATED } from "../../src/index.ts";
import { follow, historyOf, positionOf } from "../support/history.ts";
import type { LonePeer } from "../support/lone-peer.ts";
import { ack, ackEpoch, ackNewLeader, followerInfo, pong } from "../support/messages.ts";
import { elected, join, leading, synchronising } from "../support/roles.ts";

/** Epochs 1 and 3; the learner's logs below part from it here and there. */
const LOG = { entries: ["1.1", "1.2", "1.3", "3.1", "3.2"], current: 3, committed: "3.2" };

/** What the established leader of LOG in epoch 4 does with a learner whose log is `entries`. */
function syncOf(
  entries: readonly string[],
  current: number,
  log: typeof LOG & { readonly base?: string } = LOG,
): string[] {
  const { peer } = leading({ log });
  peer.open(1);
  peer.hear(1, followerInfo(current, `${current}/0.1`));
  const lines = peer.hear(1, ackEpoch(4, current, historyOf(peer.voters, entries)));
  return [...lines, ...peer.rest()];
}

it("6.1: P == L: an empty DIFF and NEWLEADER", () => {
  expect(syncOf(["1.1", "1.2", "1.3", "3.1", "3.2"], 3)).toEqual([
    "to 1: sync 4 diff after 3.2",
    "to 1: new-leader 4 3.2",
  ]);
});

it("6.1: P inside the history: DIFF, and everything after P", () => {
  const lines = syncOf(["1.1", "1.2", "1.3", "3.1"], 3);
  // Memory begins after the log that the peer was started with.
  expect(lines).toEqual([
    "read-log 3.0<..3.1",
    "to 1: sync 4 diff after 3.1",
    "read-log 3.1<..3.2",
    "to 1: propose 4 3.2 after 3.1 committed 3.2",
    "to 1: new-leader 4 3.2",
  ]);
});

it("6.1: P beyond the end: TRUNC to the end", () => {
  expect(syncOf(["1.1", "1.2", "1.3", "3.1", "3.2", "3.3"], 3)).toEqual([
    "to 1: sync 4 diff after 3.2",
    "to 1: new-leader 4 3.2",
  ]);
});

it("6.1: P in the middle and not in the history: TRUNC to the last common entry, then the rest (1154)", () => {
  const lines = syncOf(["1.1", "1.2", "1.3", "1.4"], 1);
  expect(lines[0]).toBe("to 1: sync 4 diff after 1.3");
  expect(lines).toContain("to 1: propose 4 3.1..3.2 after 1.3 committed 3.2");
});

it("6.1, U1: the TRUNC point may lie epochs back, and is always an entry that both logs have", () => {
  // Epoch 2 was the learner's own, and nobody has heard of it. ZooKeeper names its own last zxid, which is not in that log.
  const lines = syncOf(["1.1", "1.2", "2.1", "2.2"], 2);
  expect(lines).toContain("to 1: sync 4 diff after 1.2");
  expect(lines).toContain("to 1: propose 4 1.3..3.2 after 1.2 committed 3.2");
});

it("6.1: a log with nothing but the founding entry gets everything, as a DIFF (4352: our first entry is in every log)", () => {
  expect(syncOf([], 0)[0]).toBe("to 1: sync 4 diff after 0.1");
});

it("6.1: what has left memory is read from the log (the disk log of ZooKeeper's walk)", () => {
  const lines = syncOf(["1.1"], 1);
  expect(lines).toContain("read-log 1.1<..3.2");
  expect(lines).toContain("to 1: propose 4 1.2..3.2 after 1.1 committed 3.2");
  expect(lines.at(-1)).toBe("to 1: new-leader 4 3.2");
});

it("6.1: what has left the log too comes as a checkpoint (2418, 2846: never a log with a hole)", () => {
  const { peer } = leading({ log: { ...LOG, base: "1.2" } });
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/1.1"));
  expect(peer.hear(1, ackEpoch(4, 1, historyOf(peer.voters, ["1.1"])))).toEqual(["open-checkpoint"]);
  expect(peer.turn()).toEqual([]);
});

it("6.1: a learner at the base of the log needs no checkpoint", () => {
  expect(syncOf(["1.1", "1.2"], 1, { ...LOG, base: "1.2" })[0]).toBe("to 1: sync 4 diff after 1.2");
});

it("6.1: a learner whose log begins after the common part gets a checkpoint", () => {
  const { peer } = leading({ log: LOG });
  const theirs = follow(historyOf(peer.voters, ["1.1", "1.2", "1.3"]), ["2.1"]);
  peer.open(1);
  peer.hear(1, followerInfo(2, "2/2.1"));
  const base = positionOf(theirs[4]!);
  expect(peer.hear(1, ackEpoch(4, 2, [], { base }))).toEqual(["open-checkpoint"]);
});

it("6.1: equal zxids with unequal chain hashes are refused and reported: one of the two logs is not what was agreed on", () => {
  const { peer } = leading({ log: LOG });
  peer.open(1);
  peer.hear(1, followerInfo(3, "3/3.2"));
  const theirs = historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1", "3.2=something else"]);
  expect(peer.hear(1, ackEpoch(4, 3, theirs))).toEqual(["report LOG_FAULTY", "close 1: refused"]);
});

it("6.1: the epoch's start is no position of the log: N, 'epoch<<32', does not exist here", () => {
  const { peer } = leading({ log: LOG });
  expect(peer.last).toBe("3.2");
  expect(peer.nextZxid).toBe("4.1");
});

it("6.1: DIFF, history and NEWLEADER come in this order, and the epoch's own proposals after NEWLEADER", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.settle();
  peer.open(1);
  peer.hear(1, followerInfo(3, "3/3.1"));
  const lines = peer.all(
    peer.hear(1, ackEpoch(epoch, 3, historyOf(peer.voters, ["1.1", "1.2", "1.3", "3.1"]))),
    peer.rest(),
  );
  expect(lines.filter((line) => line.startsWith("to 1:"))).toEqual([
    "to 1: sync 4 diff after 3.1",
    "to 1: propose 4 3.2 after 3.1 committed 3.2",
    "to 1: new-leader 4 3.2",
    "to 1: propose 4 4.1 after 3.2 committed 3.2",
  ]);
});

it("6.1, 962: what is committed while a learner is synchronised is in its stream once, whatever the turn", () => {
  const { peer, epoch } = leading({ log: LOG });
  const lines: string[] = [];
  const propose = (): void => {
    lines.push(...peer.step({ kind: "propose", txns: [Uint8Array.of(1)] }), ...peer.settle(), ...peer.turn());
    lines.push(...peer.hear(2, ack(epoch, peer.last)), ...peer.settle(), ...peer.turn());
  };
  peer.open(1);
  propose();
  lines.push(...peer.hear(1, followerInfo(3, "3/3.2")));
  propose();
  lines.push(...peer.hear(1, ackEpoch(epoch, 3, historyOf(peer.voters, LOG.entries))));
  propose();
  lines.push(...peer.hear(1, ackNewLeader(epoch, "3.2")));
  propose();
  const stream = lines.filter((line) => /^to (?:2,)?1(?:,2)?: propose/.test(line)).map((line) => line.split(" ")[4]);
  expect(stream).toEqual(["4.1..4.3", "4.4"]);
});

it("6.2: the epoch is established when a quorum has acknowledged NEWLEADER and then answers one more heartbeat", () => {
  // The heartbeat is ours: all of the quorum stood behind this leader at one moment.
  const { peer, epoch } = synchronising({ log: LOG });
  expect(peer.hear(2, ackNewLeader(epoch, "3.2"))).toEqual(["to 2: ping 4 round 1"]);
  expect(peer.zab.view().phase).toBe("synchronisation");
  expect(peer.hear(2, pong(epoch, 1))).toEqual([
    "to 2: up-to-date 4 committed 3.2",
    "to 2: notification leading round 1 vote 3 at 4/3.2 epoch 4 established",
    "role leading 3 in epoch 4, serving",
  ]);
});

it("6.2: an ack of NEWLEADER that says less than the history is none: the learner is given up, and not counted", () => {
  const { peer, epoch } = synchronising({ log: LOG });
  expect(peer.hear(2, ackNewLeader(epoch, "3.1"))).toEqual(["close 2: disorder"]);
  expect(peer.hear(2, pong(epoch, peer.pingRound))).toEqual([]);
  expect(peer.zab.view()).toMatchObject({ phase: "synchronisation", learners: [] });
  const late = leading({ log: LOG });
  expect(join(late.peer, 1, late.epoch, 3)).toContain("to 1: up-to-date 4 committed 3.2");
  late.peer.close(1);
  late.peer.open(1);
  late.peer.hear(1, followerInfo(4, "4/3.2"));
  late.peer.hear(1, ackEpoch(late.epoch, 4, late.peer.history));
  late.peer.turn();
  expect(late.peer.hear(1, ackNewLeader(late.epoch, "3.1"))).toEqual(["close 1: disorder"]);
});

it("6.2: that heartbeat is sent after the last ack: an answer to an earlier one may be of a peer that has forgotten since", () => {
  const { peer, epoch } = synchronising({ log: LOG });
  peer.hear(2, ackNewLeader(epoch, "3.2"));
  const round = peer.pingRound;
  join(peer, 1, epoch, 3);
  expect(peer.pingRound).toBeGreaterThan(round);
  expect(peer.hear(2, pong(epoch, round))).toEqual([]);
  expect(peer.zab.view().phase).toBe("synchronisation");
  peer.hear(1, pong(epoch, peer.pingRound));
  expect(peer.zab.view().phase).toBe("broadcast");
});

it("6.2: the history that an epoch begins with is committed when the epoch is established, and not before", () => {
  const { peer, epoch } = synchronising({ log: { ...LOG, committed: "1.1" } });
  peer.hear(2, ack(epoch, "3.2"));
  peer.hear(2, ackNewLeader(epoch, "3.2"));
  expect(peer.committed).toBe("1.1");
  expect(peer.hear(2, pong(epoch, peer.pingRound))).toContain("read-log 1.1<..3.2");
  expect(peer.committed).toBe("3.2");
  expect(peer.zab.nextZxid()).toBeNull();
  expect(peer.settle()).toEqual(["deliver 1.2..3.2", "role leading 3 in epoch 4, serving"]);
  expect(peer.nextZxid).toBe("4.1");
});

it("6.2: a late joiner gets UPTODATE right after its own ack, with what is committed now", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.settle();
  peer.turn();
  peer.hear(2, ack(epoch, "4.1"));
  peer.open(1);
  peer.hear(1, followerInfo(3, "3/3.2"));
  peer.hear(1, ackEpoch(epoch, 3, historyOf(peer.voters, LOG.entries)));
  peer.turn();
  // COMMIT-LD carries the leader's current commit point, not the zxid of the ack (finding 3 of section 1).
  expect(peer.hear(1, ackNewLeader(epoch, "3.2"))).toEqual(["to 1: up-to-date 4 committed 4.1"]);
});

it("6.2: proposals go to whoever has been sent NEWLEADER, acknowledged or not (finding 1 of section 1)", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.open(1);
  peer.hear(1, followerInfo(3, "3/3.2"));
  peer.hear(1, ackEpoch(epoch, 3, historyOf(peer.voters, LOG.entries)));
  expect(peer.turn()).toEqual(["to 1: new-leader 4 3.2"]);
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  expect(peer.turn()).toEqual(["to 2,1: propose 4 4.1 after 3.2 committed 3.2"]);
});

it("6.2: an ack before NEWLEADER is acknowledged makes room and counts for nothing; the leader does not mind it (4685)", () => {
  const { peer, epoch } = leading({ log: LOG, voters: [1, 2, 3] });
  peer.open(1);
  peer.hear(1, followerInfo(3, "3/3.2"));
  peer.hear(1, ackEpoch(epoch, 3, historyOf(peer.voters, LOG.entries)));
  peer.turn();
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  peer.settle();
  peer.turn();
  expect(peer.hear(1, ack(epoch, "4.1"))).toEqual([]);
  expect(peer.committed).toBe("3.2");
  expect(peer.hear(1, ackNewLeader(epoch, "4.1"))).toEqual(["to 1: up-to-date 4 committed 3.2", "deliver 4.1"]);
  expect(peer.committed).toBe("4.1");
});

it("6.2: without a quorum of acks within initTicks of the last progress the leader looks again", () => {
  const { peer, epoch } = synchronising({ log: LOG });
  for (let tick = 0; tick <= TIMING_DEDICATED.initTicks; tick++) {
    expect(peer.role?.state).toBe("leading");
    peer.tick();
    peer.hear(2, pong(epoch, peer.pingRound));
  }
  expect(peer.role?.state).toBe("looking");
});

it("6.2: as long as the learners it needs get on, a leader waits (1697: a long transfer is no silence)", () => {
  const { peer, epoch } = elected3WithLaggard();
  for (let count = 1; count <= 5; count++) {
    for (let tick = 0; tick < TIMING_DEDICATED.initTicks - 2; tick++) {
      peer.tick();
      peer.hear(2, pong(epoch, peer.pingRound));
    }
    peer.hear(2, ack(epoch, `3.${count}`));
  }
  expect(peer.role?.state).toBe("leading");
});

function elected3WithLaggard(): { peer: LonePeer; epoch: number } {
  const entries = ["1.1", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6"];
  const peer = elected({ log: { entries, current: 3, committed: "1.1" } });
  peer.hear(2, followerInfo(3, "3/1.1"));
  peer.settle();
  peer.hear(2, ackEpoch(4, 3, historyOf(peer.voters, ["1.1"])));
  peer.settle();
  peer.turn();
  peer.settle();
  return { peer, epoch: 4 };
}

it("6.2: the end of a learner's link takes its ack of NEWLEADER back", () => {
  const { peer, epoch } = synchronising({ log: LOG });
  peer.hear(2, ackNewLeader(epoch, "3.2"));
  peer.close(2);
  expect(join(peer, 2, epoch, 3)).not.toContain("to 2: up-to-date 4 committed 3.2");
  expect(peer.zab.view().phase).toBe("synchronisation");
});

it("R4: a learner's unreadable entries come first, from the leader's log", () => {
  const { peer, epoch } = leading({ log: LOG });
  const theirs = historyOf(peer.voters, LOG.entries);
  const faults = [{ after: positionOf(theirs[1]!), upTo: positionOf(theirs[3]!) }];
  peer.open(1);
  peer.hear(1, followerInfo(3, "3/3.2"));
  expect(peer.hear(1, ackEpoch(epoch, 3, theirs, { faults }))).toEqual(["read-log 1.1<..1.3"]);
  expect(peer.settle()).toEqual(["to 1: repair 4 1.2..1.3", "to 1: sync 4 diff after 3.2"]);
});

it("R4: of a fault that reaches beyond the common history only the common part is repaired; the rest is truncated", () => {
  const { peer, epoch } = leading({ log: LOG });
  const theirs = historyOf(peer.voters, ["1.1", "1.2", "1.3", "1.4"]);
  const faults = [{ after: positionOf(theirs[2]!), upTo: positionOf(theirs[4]!) }];
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/1.4"));
  peer.hear(1, ackEpoch(epoch, 1, theirs, { faults }));
  expect(peer.settle().slice(0, 2)).toEqual(["to 1: repair 4 1.3", "to 1: sync 4 diff after 1.3"]);
});

it("R4: a leader whose own log turns out to be unreadable where a learner needs it leads no more", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/1.1"));
  peer.hear(1, ackEpoch(epoch, 1, historyOf(peer.voters, ["1.1"])));
  peer.turn();
  const read = peer.readings.at(-1);
  const fault = { after: positionOf(peer.entry("1.2")), upTo: positionOf(peer.entry("1.3")) };
  const lines = peer.step({ kind: "log-read", reading: read ?? 0, result: { kind: "faulty", fault } });
  expect(lines[0]).toBe("report LOG_FAULTY");
  expect(lines).toContain("to 2,1: not-leading");
  expect(lines.join()).toContain("vote none");
  expect(peer.role?.state).toBe("looking");
});

it("R4: a learner whose damage a checkpoint has covered gets nothing more: it reports again when that is on its disk", () => {
  const { peer, epoch } = leading({ log: { ...LOG, base: "1.2" } });
  peer.open(1);
  peer.hear(1, followerInfo(3, "3/3.2"));
  const theirs = historyOf(peer.voters, LOG.entries);
  const faults = [{ after: positionOf(theirs[1]!), upTo: positionOf(theirs[2]!) }];
  expect(peer.hear(1, ackEpoch(epoch, 3, theirs, { faults }))).toEqual(["open-checkpoint"]);
  const checkpoint = {
    ...positionOf(peer.entry("1.3")),
    digest: "d",
    pageCount: 0,
    baseSizeBytes: 0,
    deltasSizeBytes: 0,
  };
  expect(peer.step({ kind: "checkpoint-opened", transfer: peer.transfer, checkpoint })).toEqual([
    "to 1: sync 4 checkpoint after 1.3",
    "close-checkpoint",
  ]);
  peer.step({ kind: "propose", txns: [Uint8Array.of(1)] });
  expect(peer.turn()).toEqual(["to 2: propose 4 4.1 after 3.2 committed 3.2"]);
  expect(join(peer, 1, epoch, 3)).toContain("to 1: sync 4 diff after 3.2");
});
