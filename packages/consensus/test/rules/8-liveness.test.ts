import { expect, it } from "vitest";
import { TIMING_DEDICATED, TIMING_EMBEDDED } from "../../src/index.ts";
import { follow } from "../support/history.ts";
import { LonePeer } from "../support/lone-peer.ts";
import { ack, leads, ping, pong, propose } from "../support/messages.ts";
import { following, join, leading } from "../support/roles.ts";

const { heartbeatTicks, syncTicks, storeTicks } = TIMING_DEDICATED;
const LOG = { entries: ["1.1"], current: 1, committed: "1.1" };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

it("8: a leader sends PING to every learner each heartbeatTicks", () => {
  const { peer, epoch } = leading({ log: LOG });
  join(peer, 9, epoch);
  const pings = (): number => peer.tick().filter((line) => line.startsWith("to 2,9: ping")).length;
  const counts = Array.from({ length: heartbeatTicks * 3 }, pings);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3);
});

it("8: a leader that has no replies of a quorum to pings of the last syncTicks resigns (TR-01)", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.hear(2, pong(epoch, peer.pingRound));
  let ticks = 0;
  while (peer.role?.state === "leading" && ticks < 100) {
    peer.tick();
    ticks += 1;
    // It hears the follower: requests, acks, an old reply. None of that answers.
    if (peer.role?.state === "leading") peer.hear(2, pong(epoch, 1));
  }
  expect(ticks).toBe(syncTicks + 1);
  expect(peer.role).toMatchObject({ state: "looking", isServing: false });
});

it("8: replies of a quorum keep a leader in office, whatever the others do", () => {
  const { peer, epoch } = leading({ log: LOG });
  for (let tick = 0; tick < 5 * syncTicks; tick++) {
    peer.tick();
    peer.hear(2, pong(epoch, peer.pingRound));
  }
  expect(peer.role?.state).toBe("leading");
});

it("8: a reply stands for the moment its ping was sent: a late reply keeps nobody alive for long", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.tick(heartbeatTicks);
  const first = peer.pingRound;
  peer.tick(syncTicks - heartbeatTicks - 1);
  expect(peer.role?.state).toBe("leading");
  peer.hear(2, pong(epoch, first));
  peer.tick(heartbeatTicks + 2);
  expect(peer.role?.state).toBe("looking");
});

it("8: a leader that resigns tells its learners", () => {
  const { peer } = leading({ log: LOG });
  const lines = peer.tick(syncTicks + 2);
  expect(lines).toContain("to 2: not-leading");
});

it("8: a single voter leads alone, for as long as it likes", () => {
  const peer = new LonePeer({ self: 1, voters: [1], log: LOG });
  peer.tick(4);
  peer.settle();
  peer.tick(200);
  expect(peer.role).toMatchObject({ state: "leading", isServing: true });
});

it("8: a learner that does not answer is dropped after twice syncTicks, so that what waits for it ends", () => {
  const { peer, epoch } = leading({ log: LOG });
  join(peer, 1, epoch);
  const lines: string[] = [];
  for (let tick = 0; tick < 3 * syncTicks; tick++) {
    lines.push(...peer.tick());
    peer.hear(2, pong(epoch, peer.pingRound));
  }
  expect(lines).toContain("close 1: silent");
  expect(peer.role?.state).toBe("leading");
  expect(peer.zab.view().learners.map((learner) => learner.peer)).toEqual([2]);
});

it("8: a learner that hears nothing of its leader for syncTicks looks for another", () => {
  const peer = following({ epoch: 2, log: LOG });
  expect(peer.tick(syncTicks)).toEqual([]);
  const lines = peer.tick();
  expect(lines[0]).toBe("close 3: silent");
  expect(lines.at(-1)).toBe("role looking");
});

it("8: anything the leader says keeps a learner with it", () => {
  const peer = following({ epoch: 2, log: LOG });
  for (let round = 1; round <= 3; round++) {
    peer.tick(syncTicks - 1);
    expect(peer.hear(3, ping(2, round))).toEqual([`to 3: pong 2 round ${round}`]);
  }
  expect(peer.role?.state).toBe("following");
});

it("8, R8: ticks that the event loop missed are not made up for: a stall ends no leadership by itself", () => {
  // The shell hands in what has arrived before the one tick that follows a stall.
  const peer = following({ epoch: 2, log: LOG });
  peer.tick(syncTicks - 1);
  peer.hear(3, ping(2, 1));
  peer.tick();
  expect(peer.role?.state).toBe("following");
});

it("8: a learner whose leader says that it does not lead looks for another at once", () => {
  const peer = following({ epoch: 2, log: LOG });
  expect(peer.hear(3, { kind: "not-leading" }).at(-1)).toBe("role looking");
});

it("8, TR-05: an old leader's 'not leading', over another link, moves nobody", () => {
  const peer = following({ epoch: 2, log: LOG });
  peer.open(2);
  expect(peer.hear(2, { kind: "not-leading" })).toEqual([]);
  expect(peer.role?.state).toBe("following");
});

it("8: a peer that was left behind leaves its leader for a later established epoch, by its leader's own word", () => {
  const peer = following({ epoch: 2, log: LOG });
  peer.open(2);
  expect(peer.hear(2, leads(2, 3, { isEstablished: false }))).toEqual([]);
  expect(peer.hear(2, leads(2, 3))).toContain("to 2: follower-info accepted 2 at 2/1.1");
});

it("8, ST-19: a leader whose write takes longer than storeTicks resigns, and says why", () => {
  const { peer, epoch } = leading({ log: LOG });
  peer.step({ kind: "propose", txns: [bytes("a")] });
  peer.turn();
  const lines: string[] = [];
  for (let tick = 0; tick <= storeTicks; tick++) {
    expect(peer.role?.state).toBe("leading");
    lines.push(...peer.tick());
    peer.hear(2, pong(epoch, peer.pingRound));
  }
  expect(lines).toContain("report STORE_SLOW");
  expect(peer.role?.state).toBe("looking");
});

it("8, ST-19: heartbeats do not wait for the disk", () => {
  const { peer } = leading({ log: LOG });
  peer.step({ kind: "propose", txns: [bytes("a")] });
  expect(peer.tick(heartbeatTicks).join()).toContain("ping");
  const other = following({ epoch: 2, log: LOG });
  other.hear(3, propose(2, other.entry("1.1"), follow(other.history, ["2.1"]).slice(2)));
  expect(other.hear(3, ping(2, 4))).toEqual(["to 3: pong 2 round 4"]);
});

it("8, 1277: when the epoch's counters are used up and all is committed, another epoch begins", () => {
  const { peer, epoch } = leading({ log: LOG, limits: { counterMax: 3 } });
  expect(peer.zab.proposalRoom()).toBe(3);
  peer.step({ kind: "propose", txns: [bytes("a"), bytes("b"), bytes("c")] });
  expect(peer.nextZxid).toBeNull();
  expect(peer.turn()).toEqual(["to 2: propose 2 2.1..2.3 after 1.1 committed 1.1"]);
  peer.settle();
  expect(peer.role?.state).toBe("leading");
  peer.hear(2, ack(epoch, "2.3"));
  peer.settle();
  const lines = peer.turn();
  expect(lines).toEqual(expect.arrayContaining(["to 2: commit 2 2.3", "report COUNTER_EXHAUSTED", "role looking"]));
  expect(lines.indexOf("to 2: commit 2 2.3")).toBeLessThan(lines.indexOf("to 2: not-leading"));
});

it("8, 1277: a txn beyond the last counter is never given a zxid: an assertion guards it", () => {
  const { peer } = leading({ log: LOG, limits: { counterMax: 3 } });
  expect(() => peer.step({ kind: "propose", txns: ["a", "b", "c", "d"].map(bytes) })).toThrow("stay in the epoch");
});

it("8: both profiles hold together: several heartbeats fit into syncTicks, and a disk may be slower than a link", () => {
  for (const timing of [TIMING_DEDICATED, TIMING_EMBEDDED]) {
    expect(timing.syncTicks).toBeGreaterThan(2 * timing.heartbeatTicks);
    expect(timing.initTicks).toBeGreaterThan(timing.syncTicks);
    expect(timing.storeTicks).toBeGreaterThan(timing.syncTicks);
    expect(timing.electionMaxTicks).toBeGreaterThan(timing.electionTicks);
  }
  // A host's event loop that is blocked for a second costs no leadership.
  expect(TIMING_EMBEDDED.syncTicks * TIMING_EMBEDDED.tickMs).toBeGreaterThan(2000);
});
