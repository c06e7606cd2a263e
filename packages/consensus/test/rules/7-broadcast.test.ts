import { expect, it } from "vitest";
import { follow, historyOf, positionOf } from "../support/history.ts";
import {
  ack,
  ackEpoch,
  ackNewLeader,
  commit,
  followerInfo,
  ping,
  pong,
  propose,
  requests,
} from "../support/messages.ts";
import { following, join, leading } from "../support/roles.ts";

const LOG = { entries: ["1.1"], current: 1, committed: "1.1" };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function leader() {
  return leading({ log: LOG });
}

function follower() {
  return following({ epoch: 2, log: LOG });
}

it("7: zxids are consecutive, and the first counter of an epoch is 1", () => {
  const { peer } = leader();
  expect(peer.nextZxid).toBe("2.1");
  peer.step({ kind: "propose", txns: [bytes("a"), bytes("b")] });
  expect(peer.nextZxid).toBe("2.3");
  expect(peer.last).toBe("2.2");
});

it("7: the proposals of a turn go out in one frame, and to the disk at the same time", () => {
  const { peer } = leader();
  expect(peer.step({ kind: "propose", txns: [bytes("a"), bytes("b")] })).toEqual(["store append 2.1..2.2"]);
  expect(peer.step({ kind: "propose", txns: [bytes("c")] })).toEqual([]);
  expect(peer.turn()).toEqual(["to 2: propose 2 2.1..2.3 after 1.1 committed 1.1"]);
  expect(peer.turn()).toEqual([]);
});

it("7: a frame goes to all learners at the same place as one message, encoded once (decision 6)", () => {
  const { peer, epoch } = leader();
  join(peer, 1, epoch);
  peer.step({ kind: "propose", txns: [bytes("a")] });
  expect(peer.turn()).toEqual(["to 2,1: propose 2 2.1 after 1.1 committed 1.1"]);
});

it("7: a proposal is committed when a quorum has it synced, and everything before it with it, in order", () => {
  const { peer, epoch } = leading({ log: LOG, voters: [2, 3, 4] });
  join(peer, 4, epoch);
  peer.step({ kind: "propose", txns: [bytes("a"), bytes("b"), bytes("c")] });
  peer.turn();
  peer.settle();
  expect(peer.hear(2, ack(epoch, "2.2"))).toEqual(["deliver 2.1..2.2"]);
  expect(peer.hear(4, ack(epoch, "2.1"))).toEqual([]);
  expect(peer.hear(4, ack(epoch, "2.3"))).toEqual(["deliver 2.3"]);
});

it("7: COMMIT rides on the next proposal, or goes alone at the end of the turn if there is none", () => {
  const { peer, epoch } = leader();
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  peer.settle();
  peer.hear(2, ack(epoch, "2.1"));
  expect(peer.turn()).toEqual(["to 2: commit 2 2.1"]);
  peer.step({ kind: "propose", txns: [bytes("b")] });
  peer.turn();
  peer.settle();
  peer.hear(2, ack(epoch, "2.2"));
  peer.step({ kind: "propose", txns: [bytes("c")] });
  expect(peer.turn()).toEqual(["to 2: propose 2 2.3 after 2.2 committed 2.2"]);
});

it("7: an ACK again, or of what is committed, changes nothing", () => {
  const { peer, epoch } = leader();
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  peer.settle();
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual(["deliver 2.1"]);
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual([]);
  expect(peer.hear(2, ack(epoch, "1.1"))).toEqual([]);
  expect(peer.committed).toBe("2.1");
});

it("7: an ACK of more than was sent counts for what was sent", () => {
  const { peer, epoch } = leader();
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  peer.step({ kind: "propose", txns: [bytes("b")] });
  peer.settle();
  peer.hear(2, ack(epoch, "2.2"));
  expect(peer.committed).toBe("2.1");
});

it("7: an ACK of another epoch, or over another link, is dropped", () => {
  const { peer, epoch } = leader();
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  peer.settle();
  expect(peer.hear(2, ack(epoch - 1, "2.1"))).toEqual([]);
  const old = peer.linkOf(2);
  peer.close(2);
  peer.open(2);
  expect(peer.step({ kind: "message", link: old, message: ack(epoch, "2.1") })).toEqual([]);
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual([]);
  expect(peer.committed).toBe("1.1");
});

it("7: a follower delivers what is committed and synced here, whichever of the two comes last (decision 3)", () => {
  const peer = follower();
  const theirs = follow(peer.history, ["2.1", "2.2"]);
  peer.hear(3, propose(2, theirs[1]!, theirs.slice(2), "1.1"));
  expect(peer.hear(3, commit(2, "2.1"))).toEqual([]);
  expect(peer.stored()).toEqual(["to 3: ack 2 2.2", "deliver 2.1"]);
  expect(peer.hear(3, commit(2, "2.2"))).toEqual(["deliver 2.2"]);
});

it("7: COMMIT ahead of the log is remembered; ZooKeeper's follower exits with 12", () => {
  const peer = follower();
  const theirs = follow(peer.history, ["2.1"]);
  expect(peer.hear(3, commit(2, "2.1"))).toEqual([]);
  expect(peer.committed).toBe("1.1");
  peer.hear(3, propose(2, theirs[1]!, theirs.slice(2), "1.1"));
  expect(peer.stored()).toEqual(["to 3: ack 2 2.1", "deliver 2.1"]);
});

it("7: a COMMIT below what is committed changes nothing", () => {
  const peer = follower();
  expect(peer.hear(3, commit(2, "0.1"))).toEqual([]);
  expect(peer.committed).toBe("1.1");
});

it("7: a gap, a repetition, or another history in the proposals ends the link; ZooKeeper warns and goes on", () => {
  for (const make of [
    () => follow(historyOf(follower().voters, ["1.1"]), ["2.1", "2.2"]).slice(2),
    () => follow(historyOf(follower().voters, ["1.1=else"]), ["2.1"]).slice(1),
    () => historyOf(follower().voters, ["1.1"]),
  ]) {
    const peer = follower();
    const [after, ...entries] = make();
    const lines = peer.hear(3, propose(2, after!, entries));
    expect(lines[0]).toBe("close 3: disorder");
    expect(peer.role?.state).toBe("looking");
    expect(peer.last).toBe("1.1");
  }
});

it("7: a learner that comes late gets proposals and commits it missed, once each (INTEG)", () => {
  const { peer, epoch } = leader();
  peer.step({ kind: "propose", txns: [bytes("a"), bytes("b")] });
  peer.turn();
  peer.settle();
  peer.hear(2, ack(epoch, "2.1"));
  peer.open(1);
  peer.hear(1, followerInfo(1, "1/1.1"));
  const lines = peer.all(peer.hear(1, ackEpoch(epoch, 1, peer.history)), peer.rest());
  expect(lines).toEqual([
    "to 1: sync 2 diff after 1.1",
    "to 1: new-leader 2 1.1",
    "to 2: commit 2 2.1",
    "to 1: propose 2 2.1..2.2 after 1.1 committed 2.1",
  ]);
});

it("7: an observer gets the same stream, uncommitted entries too, and acknowledges it; nobody counts that", () => {
  // ZooKeeper sends INFORM after the commit. One stream is simpler, and an observer ends up with the same log.
  const { peer, epoch } = leading({ log: LOG, voters: [2, 3, 4] });
  join(peer, 9, epoch);
  peer.step({ kind: "propose", txns: [bytes("a")] });
  expect(peer.turn()).toEqual(["to 2,9: propose 2 2.1 after 1.1 committed 1.1"]);
  peer.settle();
  expect(peer.hear(9, ack(epoch, "2.1"))).toEqual([]);
  expect(peer.zab.view().learners.map(({ peer: id, isCounted }) => [id, isCounted])).toEqual([
    [2, true],
    [9, false],
  ]);
});

it("7: requests go to the leader in one frame a turn, in order, and come out there for its shell", () => {
  const peer = follower();
  expect(peer.step({ kind: "request", payload: bytes("a") })).toEqual([]);
  expect(peer.step({ kind: "request", payload: bytes("b") })).toEqual([]);
  expect(peer.turn()).toEqual(["to 3: requests 2 a,b"]);
  const { peer: other } = leader();
  expect(other.hear(2, requests(2, "a", "b"))).toEqual(["requests of 2: a,b"]);
  expect(other.step({ kind: "request", payload: bytes("c") })).toEqual(["requests of 3: c"]);
});

it("7: a peer that does not serve refuses requests; those that wait are refused when the leader is lost", () => {
  const peer = follower();
  peer.step({ kind: "request", payload: bytes("a") });
  expect(peer.close(3)).toContain("requests-refused a");
  expect(peer.step({ kind: "request", payload: bytes("b") })).toEqual(["requests-refused b"]);
});

it("7: requests that were sent and have not come back are not refused: their outcome is unknown", () => {
  const peer = follower();
  peer.step({ kind: "request", payload: bytes("a") });
  peer.turn();
  expect(peer.close(3).filter((line) => line.startsWith("requests-refused"))).toEqual([]);
});

it("R7, U7: a read is confirmed by a quorum that answers a heartbeat sent after the question; never by a lease", () => {
  const { peer, epoch } = leader();
  const before = peer.pingRound;
  peer.hear(2, pong(epoch, before));
  expect(peer.step({ kind: "confirm", id: 7, target: "committed" })).toEqual([]);
  expect(peer.turn()).toEqual([`to 2: ping 2 round ${before + 1}`]);
  expect(peer.hear(2, pong(epoch, before))).toEqual([]);
  expect(peer.hear(2, pong(epoch, before + 1))).toEqual(["confirmed 7 at 1.1"]);
});

it("R7: the answer is what was committed when the question came, up to the last of it", () => {
  const { peer, epoch } = leader();
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  peer.settle();
  peer.hear(2, ack(epoch, "2.1"));
  peer.step({ kind: "confirm", id: 1, target: "committed" });
  peer.turn();
  expect(peer.hear(2, pong(epoch, peer.pingRound))).toEqual(["confirmed 1 at 2.1"]);
});

it("R7: a question that comes while a heartbeat is on its way needs the next one", () => {
  const { peer, epoch } = leader();
  const before = peer.pingRound;
  peer.step({ kind: "confirm", id: 1, target: "committed" });
  peer.turn();
  peer.step({ kind: "confirm", id: 2, target: "committed" });
  expect(peer.turn()).toEqual([]);
  expect(peer.hear(2, pong(epoch, before + 1))).toEqual(["confirmed 1 at 1.1"]);
  expect(peer.turn()).toEqual([`to 2: ping 2 round ${before + 2}`]);
  expect(peer.hear(2, pong(epoch, before + 2))).toEqual(["confirmed 2 at 1.1"]);
});

it("7, SYNC: answered when all that was proposed before it is committed, and a quorum has confirmed the leader (U7)", () => {
  const { peer, epoch } = leader();
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.step({ kind: "confirm", id: 1, target: "proposed" });
  peer.turn();
  peer.settle();
  expect(peer.hear(2, pong(epoch, peer.pingRound))).toEqual([]);
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual(["confirmed 1 at 2.1", "deliver 2.1"]);
});

it("7, SYNC: a follower asks its leader, one question a turn and kind, and answers when it has applied the zxid", () => {
  const peer = follower();
  peer.step({ kind: "confirm", id: 1, target: "committed" });
  peer.step({ kind: "confirm", id: 2, target: "committed" });
  peer.step({ kind: "confirm", id: 3, target: "proposed" });
  expect(peer.turn()).toEqual(["to 3: confirm 2 number 1 committed", "to 3: confirm 2 number 2 proposed"]);
  const confirmed = { kind: "confirmed", epoch: peer.role!.epoch, number: 1, zxid: peer.entry("1.1").zxid } as const;
  expect(peer.hear(3, confirmed)).toEqual(["confirmed 1,2 at 1.1"]);
  expect(peer.hear(3, confirmed)).toEqual([]);
  expect(peer.close(3)).toContain("refused 3");
});

it("7, SYNC: a leader answers a follower's question over the link that it came by", () => {
  const { peer, epoch } = leader();
  const question = { kind: "confirm", epoch: peer.role!.epoch, number: 5, target: "committed" } as const;
  peer.hear(2, question);
  expect(peer.turn()).toEqual([`to 2: ping 2 round ${peer.pingRound}`]);
  expect(peer.hear(2, pong(epoch, peer.pingRound))).toEqual(["to 2: confirmed 2 number 5 1.1"]);
});

it("7, U7: a leader that no quorum answers confirms nothing, and refuses what waits when it resigns", () => {
  const { peer } = leader();
  peer.step({ kind: "confirm", id: 1, target: "committed" });
  peer.turn();
  const lines = peer.tick(30);
  expect(lines.filter((line) => line.startsWith("confirmed"))).toEqual([]);
  expect(lines).toContain("refused 1");
});

it("7: a leader proposes only after it has applied its whole initial history (PINT, decision 3)", () => {
  const { peer } = leader();
  expect(peer.zab.proposalRoom()).toBeGreaterThan(0);
  const slow = leading({ log: { entries: ["1.1", "1.2"], current: 1, committed: "1.1" } }).peer;
  expect(slow.nextZxid).toBe("2.1");
  expect(slow.zab.view().appliedZxid).toBe(slow.entry("1.2").zxid);
});

it("7: propose is for leaders that serve: an assertion guards it", () => {
  const peer = follower();
  expect(() => peer.step({ kind: "propose", txns: [bytes("a")] })).toThrow("only a leader proposes");
});

it("7: session touches ride on the next answer to a heartbeat", () => {
  const peer = follower();
  expect(peer.step({ kind: "touch", payload: bytes("s1") })).toEqual([]);
  peer.hear(3, ping(2, 9));
  const [effect] = peer.effects;
  expect(effect).toMatchObject({ kind: "send", message: { kind: "pong", round: 9, touches: [bytes("s1")] } });
  const { peer: other, epoch } = leader();
  expect(other.hear(2, { ...pong(epoch, 1), touches: [bytes("s1")] } as never)).toEqual(["touches of 2: s1"]);
  expect(other.step({ kind: "touch", payload: bytes("own") })).toEqual(["touches of 3: own"]);
});

it("7: session touches go ahead of a question to the quorum: who is answered knows that the leader has heard of them", () => {
  const peer = follower();
  peer.step({ kind: "touch", payload: bytes("s1") });
  peer.step({ kind: "confirm", id: 1, target: "committed" });
  peer.turn();
  expect(peer.effects).toMatchObject([
    { kind: "send", message: { kind: "pong", touches: [bytes("s1")] } },
    { kind: "send", message: { kind: "confirm", target: "committed" } },
  ]);
});

it("7, 2247: acks of a learner that has joined twice count for its newest link only", () => {
  const { peer, epoch } = leader();
  const old = peer.linkOf(2);
  peer.open(2);
  peer.hear(2, followerInfo(2, "2/1.1"));
  peer.hear(2, ackEpoch(epoch, 2, peer.history, { isPromise: false }));
  peer.turn();
  peer.hear(2, ackNewLeader(epoch, "1.1"));
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  peer.settle();
  expect(peer.step({ kind: "message", link: old, message: ack(epoch, "2.1") })).toEqual([]);
  expect(peer.hear(2, ack(epoch, "2.1"))).toEqual(["deliver 2.1"]);
});

it("7: entries carry the chain from the entry before: equal history, equal hash, on every peer", () => {
  const { peer } = leader();
  peer.step({ kind: "propose", txns: [bytes("2.1")] });
  peer.turn();
  const [effect] = peer.effects;
  const expected = follow(peer.history, ["2.1"]).slice(-1);
  expect(effect).toMatchObject({ message: { entries: expected, after: positionOf(peer.entry("1.1")) } });
});
