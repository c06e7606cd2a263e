import { type ChainHash, createZxid } from "@coterie/interface";
import { expect, it } from "vitest";
import { follow, positionOf } from "../support/history.ts";
import type { LonePeer } from "../support/lone-peer.ts";
import { commit, newLeader, ping, propose, sync, syncCheckpoint, upToDate } from "../support/messages.ts";
import { following, promised } from "../support/roles.ts";

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
