import { type Epoch, LOG_LIMITS } from "@coterie/interface";
import { expect, it } from "vitest";
import { TIMING_DEDICATED, ZAB_LIMITS_DEFAULT, type ZabLimits } from "../../src/index.ts";
import { VOTERS_MAX } from "../../src/limits.ts";
import { AckMarks } from "../../src/standing/ack-marks.ts";
import { follow, historyOf, positionOf } from "../support/history.ts";
import {
  ack,
  ackEpoch,
  ackMark,
  ackNewLeader,
  followerInfo,
  newLeader,
  pong,
  propose,
  requests,
  sync,
  upToDate,
} from "../support/messages.ts";
import { elected, following, join, leading, promised } from "../support/roles.ts";

const LOG = { entries: ["1.1"], current: 1, committed: "1.1" };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function leader(limits: Partial<ZabLimits>) {
  return leading({ log: LOG, limits }).peer;
}

it("proposalsInFlightMax: no zxid is given until the leader has applied something", () => {
  const peer = leader({ proposalsInFlightMax: 2 });
  expect(peer.zab.proposalRoom()).toBe(2);
  peer.step({ kind: "propose", txns: [bytes("a"), bytes("b")] });
  expect([peer.nextZxid, peer.zab.proposalRoom()]).toEqual([null, 0]);
  peer.turn();
  peer.settle();
  expect(peer.hear(2, ack(2, "2.1"))).toEqual(["deliver 2.1"]);
  expect([peer.nextZxid, peer.zab.proposalRoom()]).toEqual([null, 0]);
  peer.applied("2.1");
  expect([peer.nextZxid, peer.zab.proposalRoom()]).toEqual(["2.3", 1]);
});

it("proposalsInFlightMaxBytes: no zxid is given until the leader has applied something", () => {
  const peer = leader({ proposalsInFlightMaxBytes: 3 });
  peer.step({ kind: "propose", txns: [bytes("abc")] });
  expect(peer.nextZxid).toBeNull();
  peer.turn();
  peer.settle();
  peer.hear(2, ack(2, "2.1"));
  expect(peer.nextZxid).toBeNull();
  peer.applied("2.1");
  expect(peer.nextZxid).toBe("2.2");
});

it("txnSizeMaxBytes: a larger txn is an assertion; prepare refuses it before", () => {
  const peer = leader({ txnSizeMaxBytes: 2 });
  peer.step({ kind: "propose", txns: [bytes("ab")] });
  expect(() => peer.step({ kind: "propose", txns: [bytes("abc")] })).toThrow("not larger than the limit");
});

it("requestsQueuedMax: without room requests wait, in order; more of them are refused where they came from", () => {
  const peer = leader({ proposalsInFlightMax: 1, requestsQueuedMax: 2 });
  peer.step({ kind: "propose", txns: [bytes("x")] });
  peer.turn();
  peer.settle();
  expect(peer.hear(2, requests(2, "a", "b", "c"))).toEqual(["to 2: requests-refused 2 c"]);
  expect(peer.step({ kind: "request", payload: bytes("d") })).toEqual(["requests-refused d"]);
  expect(peer.hear(2, ack(2, "2.1"))).toEqual(["deliver 2.1"]);
  expect(peer.applied("2.1")).toEqual(["requests of 2: a"]);
});

it("requestsQueuedMax: what has room is handed out before anything is queued, or refused", () => {
  const peer = leader({ proposalsInFlightMax: 1, requestsQueuedMaxBytes: 3 });
  expect(peer.hear(2, requests(2, "aaaa", "b", "ccc"))).toEqual([
    "requests of 2: aaaa",
    "to 2: requests-refused 2 ccc",
  ]);
});

it("proposalsInFlightMax: what is handed out has taken its room, until it is proposed or the turn ends", () => {
  const peer = leader({ proposalsInFlightMax: 2 });
  expect(peer.hear(2, requests(2, "a"))).toEqual(["requests of 2: a"]);
  expect(peer.hear(2, requests(2, "b", "c"))).toEqual(["requests of 2: b"]);
  peer.step({ kind: "propose", txns: [bytes("a")] });
  expect(peer.hear(2, requests(2, "d"))).toEqual([]);
  expect(peer.turn()).toEqual(["to 2: propose 2 2.1 after 1.1 committed 1.1", "requests of 2: c"]);
  expect(peer.turn()).toEqual(["requests of 2: d"]);
});

it("proposalsInFlightMaxBytes: requests that are handed out count with their bytes", () => {
  const peer = leader({ proposalsInFlightMaxBytes: 4 });
  expect(peer.hear(2, requests(2, "abcd"))).toEqual(["requests of 2: abcd"]);
  expect(peer.hear(2, requests(2, "e"))).toEqual([]);
  expect(peer.turn()).toEqual(["requests of 2: e"]);
});

it("storeTicks: a learner that answers heartbeats and stores nothing is given up", () => {
  const { peer, epoch } = leading({ log: LOG });
  join(peer, 1, epoch);
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  peer.settle();
  peer.hear(2, ack(2, "2.1"));
  const effects: string[] = [];
  for (let ticks = 0; ticks <= 2 * TIMING_DEDICATED.storeTicks; ticks++) {
    effects.push(...peer.tick());
    for (const learner of [1, 2]) peer.hear(learner, pong(epoch, peer.pingRound));
  }
  expect(effects.filter((effect) => effect.startsWith("close"))).toEqual(["close 1: silent"]);
});

it("what a learner asked for and was not handed out goes with its link: its sessions know that the outcome is unknown", () => {
  const peer = leader({ proposalsInFlightMax: 1, requestsQueuedMax: 2 });
  peer.step({ kind: "propose", txns: [bytes("x")] });
  peer.turn();
  peer.settle();
  join(peer, 1, 2);
  peer.hear(1, requests(2, "a", "b"));
  peer.close(1);
  expect(peer.hear(2, requests(2, "c"))).toEqual([]);
  expect(peer.hear(2, ack(2, "2.1"))).toEqual(["deliver 2.1"]);
  expect(peer.applied("2.1")).toEqual(["requests of 2: c"]);
});

it("requestsQueuedMaxBytes: as requestsQueuedMax", () => {
  const peer = leader({ proposalsInFlightMax: 1, requestsQueuedMaxBytes: 3 });
  peer.step({ kind: "propose", txns: [bytes("x")] });
  expect(peer.hear(2, requests(2, "ab", "cd", "e"))).toEqual(["to 2: requests-refused 2 cd,e"]);
});

it("requestsQueuedMax: a learner refuses more than that in one turn", () => {
  const peer = following({ epoch: 2, log: LOG, limits: { requestsQueuedMax: 1 } });
  expect(peer.step({ kind: "request", payload: bytes("a") })).toEqual([]);
  expect(peer.step({ kind: "request", payload: bytes("b") })).toEqual(["requests-refused b"]);
  expect(peer.turn()).toEqual(["to 3: requests 2 a"]);
});

it("a learner hands on what its leader had no room for", () => {
  const peer = following({ epoch: 2, log: LOG });
  const message = { kind: "requests-refused", epoch: 2 as Epoch, payloads: [bytes("a")] } as const;
  expect(peer.hear(3, message)).toEqual(["requests-refused a"]);
});

it("confirmsPendingMax: more reads that wait are refused", () => {
  const peer = leader({ confirmsPendingMax: 1 });
  expect(peer.step({ kind: "confirm", id: 1, target: "committed" })).toEqual([]);
  expect(peer.step({ kind: "confirm", id: 2, target: "committed" })).toEqual(["refused 2"]);
  const learner = following({ epoch: 2, log: LOG, limits: { confirmsPendingMax: 1 } });
  learner.step({ kind: "confirm", id: 1, target: "committed" });
  learner.turn();
  expect(learner.step({ kind: "confirm", id: 2, target: "committed" })).toEqual(["refused 2"]);
});

it("confirmsPendingMax: a learner that asks for more than that is dropped", () => {
  const peer = leader({ confirmsPendingMax: 1 });
  const question = { kind: "confirm", epoch: 2 as Epoch, number: 1, target: "committed" } as const;
  expect(peer.hear(2, question)).toEqual([]);
  expect(peer.hear(2, { ...question, number: 2 })).toEqual(["close 2: refused"]);
});

it("touchesPendingMax: more reports are sent at once, in a pong that nobody asked for", () => {
  const peer = following({ epoch: 2, log: LOG, limits: { touchesPendingMax: 1 } });
  expect(peer.step({ kind: "touch", payload: bytes("a") })).toEqual([]);
  expect(peer.step({ kind: "touch", payload: bytes("b") })).toEqual(["to 3: pong 2 round 0"]);
});

it("frameSizeTargetBytes: a frame holds as many entries as fit, and one at least", () => {
  const peer = leader({ frameSizeTargetBytes: 4 });
  peer.step({ kind: "propose", txns: ["ab", "cd", "e", "longer than that"].map(bytes) });
  expect(peer.turn()).toEqual([
    "to 2: propose 2 2.1..2.2 after 1.1 committed 1.1",
    "to 2: propose 2 2.3 after 2.2 committed 1.1",
    "to 2: propose 2 2.4 after 2.3 committed 1.1",
  ]);
});

it("learnerInFlightMaxBytes: a learner gets no more until it has acknowledged", () => {
  const peer = leader({ frameSizeTargetBytes: 1, learnerInFlightMaxBytes: 40 });
  peer.step({ kind: "propose", txns: ["a", "b", "c"].map(bytes) });
  expect(peer.turn()).toEqual([
    "to 2: propose 2 2.1 after 1.1 committed 1.1",
    "to 2: propose 2 2.2 after 2.1 committed 1.1",
  ]);
  expect(peer.turn()).toEqual([]);
  peer.hear(2, ack(2, "2.1"));
  expect(peer.turn()).toEqual(["to 2: propose 2 2.3 after 2.2 committed 1.1"]);
});

it("historyWindowMax: older entries are read from the store for a learner that lags", () => {
  const peer = leader({ historyWindowMax: 1 });
  peer.step({ kind: "propose", txns: ["a", "b", "c"].map(bytes) });
  peer.turn();
  peer.settle();
  peer.hear(2, ack(2, "2.3"));
  peer.rest();
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/1.1"));
  peer.hear(1, ackEpoch(2, 1, peer.history));
  peer.turn();
  expect(peer.turn()).toEqual(["read-log 1.1<..2.3"]);
  expect(peer.settle()).toEqual(["to 1: propose 2 2.1..2.3 after 1.1 committed 2.3"]);
});

it("historyWindowMaxBytes: as historyWindowMax; what is not synced and delivered stays in memory", () => {
  const peer = leader({ historyWindowMaxBytes: 1 });
  peer.step({ kind: "propose", txns: ["aa", "bb"].map(bytes) });
  expect(peer.turn()).toEqual(["to 2: propose 2 2.1..2.2 after 1.1 committed 1.1"]);
  peer.settle();
  expect(peer.hear(2, ack(2, "2.2"))).toEqual(["deliver 2.1..2.2"]);
});

it("deliveriesInFlightMax: no more is delivered until something is applied", () => {
  const peer = following({ epoch: 2, log: LOG, limits: { deliveriesInFlightMax: 2 } });
  const theirs = historyOf(peer.voters, ["1.1", "2.1", "2.2", "2.3"]);
  peer.hear(3, propose(2, theirs[1]!, theirs.slice(2), "2.3"));
  expect(peer.stored()).toEqual(["to 3: ack 2 2.3", "deliver 2.1..2.2"]);
  expect(peer.applied("2.1")).toEqual([]);
  expect(peer.applied("2.2")).toEqual(["deliver 2.3"]);
});

it("deliveriesInFlightMax: nor of what is read from the log; the rest is read when there is room", () => {
  const entries = ["1.1", "1.2", "1.3", "1.4"];
  const limits = { deliveriesInFlightMax: 2 };
  const peer = promised({ epoch: 2, log: { entries, current: 1, committed: "1.1" }, limits });
  const read = (texts: readonly string[]): string[] => {
    const result = { kind: "entries", entries: texts.map((text) => peer.entry(text)) } as const;
    return peer.step({ kind: "log-read", reading: peer.readings.at(-1)!, result });
  };
  peer.hear(3, sync(2, peer.entry("1.4"), peer.voters));
  peer.hear(3, newLeader(2, "1.4"));
  peer.stored();
  expect(peer.hear(3, upToDate(2, "1.4"))).toEqual(["read-log 1.1<..1.4"]);
  expect(read(["1.2", "1.3", "1.4"])).toEqual(["deliver 1.2..1.3"]);
  expect(peer.applied("1.3")).toEqual(["read-log 1.3<..1.4"]);
  expect(read(["1.4"])).toEqual(["deliver 1.4"]);
});

it("batchEntriesMax, batchSizeMaxBytes: the rest is the next batch", () => {
  const few = leader({ batchEntriesMax: 2 });
  expect(few.step({ kind: "propose", txns: ["a", "b", "c"].map(bytes) })).toEqual(["store append 2.1..2.2"]);
  expect(few.stored()).toEqual(["store append 2.3"]);
  const small = leader({ batchSizeMaxBytes: 3 });
  expect(small.step({ kind: "propose", txns: ["aa", "b", "cccc"].map(bytes) })).toEqual(["store append 2.1..2.2"]);
  expect(small.stored()).toEqual(["store append 2.3"]);
});

it("batchEntriesMax: a promise that comes after entries is never stored before them", () => {
  const peer = promised({ epoch: 2, log: LOG, limits: { batchEntriesMax: 1 } });
  const theirs = historyOf(peer.voters, ["1.1", "1.2", "1.3", "1.4"]);
  peer.hear(3, sync(2, theirs[1]!, peer.voters));
  peer.hear(3, propose(2, theirs[1]!, theirs.slice(2), "1.1"));
  peer.hear(3, newLeader(2, "1.4"));
  expect(peer.stored()).toEqual(["to 3: ack 2 1.2", "store append 1.3"]);
  expect(peer.stored()).toEqual(["to 3: ack 2 1.3", "store epochs 2/2, append 1.4"]);
  expect(peer.stored()).toEqual(["to 3: ack-new-leader 2 1.4"]);
});

it("VOTERS_MAX: what the most voters there may be have acknowledged fits into a store's notes; others' marks do not count", () => {
  const voters = Array.from({ length: VOTERS_MAX }, (_, index) => index + 1);
  const marks = Array.from({ length: 254 }, (_, index) => ackMark(index + 1, (index + 1) * 1000, "1.1"));
  // It knows of others from a time in which they voted.
  const earlier = new AckMarks(new Uint8Array(0));
  for (const mark of marks.slice(-VOTERS_MAX)) earlier.learn(mark);
  const notes = earlier.encode({ isVoter: () => true });
  const peer = following({ epoch: 1, voters, log: { entries: ["1.1"], current: 1, notes } });
  const message = { kind: "ping", epoch: 1 as Epoch, committed: peer.entry("1.1").zxid, marks } as const;
  for (let round = 1; round <= 64; round++) {
    peer.tick();
    peer.hear(3, { ...message, round });
  }
  peer.hear(3, propose(1, peer.entry("1.1"), follow(peer.history, ["1.2"]).slice(-1)));
  const [saved] = peer.effects.flatMap((effect) => (effect.kind === "store" ? [effect.batch.notes] : []));
  expect(saved?.length).toBeGreaterThan(LOG_LIMITS.notesSizeMaxBytes - 17);
  expect(saved?.length).toBeLessThanOrEqual(LOG_LIMITS.notesSizeMaxBytes);
});

it("epochEndsMax: what a learner does not tell is compared as if it were not there", () => {
  const entries = ["1.1", "2.1", "3.1"];
  const peer = promised({ epoch: 4, log: { entries, current: 3, accepted: 3 }, limits: { epochEndsMax: 2 } });
  const told = peer.effects.flatMap((effect) =>
    effect.kind === "send" && effect.message.kind === "ack-epoch" ? [effect.message.epochEnds] : [],
  );
  expect(told).toEqual([[positionOf(peer.entry("2.1")), positionOf(peer.entry("3.1"))]]);
});

it("counterMax and epochAheadMax have tests of their own; every limit has a value that a store takes", () => {
  expect(ZAB_LIMITS_DEFAULT.txnSizeMaxBytes).toBeLessThanOrEqual(LOG_LIMITS.entrySizeMaxBytes);
  expect(ZAB_LIMITS_DEFAULT.batchEntriesMax).toBeLessThanOrEqual(LOG_LIMITS.batchEntriesMax);
  expect(ZAB_LIMITS_DEFAULT.batchSizeMaxBytes).toBeLessThanOrEqual(LOG_LIMITS.batchSizeMaxBytes);
  for (const value of Object.values(ZAB_LIMITS_DEFAULT)) expect(value).toBeGreaterThan(0);
});

it("storeTicks, syncTicks, initTicks bound every wait: an elected peer without anybody is one for initTicks only", () => {
  const peer = elected({ log: LOG });
  peer.tick(200);
  expect(peer.role?.state).toBe("looking");
  expect(join(peer, 1, 2)).not.toContain("to 1: up-to-date 2 committed 1.1");
  expect(peer.hear(1, ackNewLeader(2, "1.1"))).toEqual([]);
  expect(peer.hear(1, pong(2, 1))).toEqual([]);
});
