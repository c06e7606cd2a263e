import { formatZxid, ZXID_NONE } from "@coterie/interface";
import type { Delivered, PeerStarted, RestoredState, Synced } from "../observation.ts";
import { TAG_TXN } from "./committed-log.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * A state machine only ever moves forward, entry by entry along the committed log: a life begins at a committed zxid
 * that its disk covers, delivers the next committed entry each time, goes by a checkpoint only forward, and its log is
 * never cut below what it has applied.
 *
 * Source: design, decision 3 ("a TRUNC below the applied zxid is an assertion, never obeyed"); zab.md, 2845 and 2355.
 * Sound: the committed log gives each zxid its place. Entries that are no txns may be delivered or not.
 */
export function createNeverBelowApplied(witness: Witness): Invariant {
  function start({ peer, disk, applied }: PeerStarted): void {
    const checkpoint = disk.checkpoint?.zxid ?? ZXID_NONE;
    if (applied < checkpoint)
      fail(`peer ${peer} starts at ${formatZxid(applied)}, below its checkpoint at ${formatZxid(checkpoint)}`);
    if (applied > checkpoint && applied > (disk.entries.at(-1) ?? disk.base).zxid) {
      fail(`peer ${peer} starts at ${formatZxid(applied)}, where its log does not reach`);
    }
    if (!witness.isVoid && witness.indexOf(applied) === null)
      fail(`peer ${peer} starts at ${formatZxid(applied)}: not committed`);
  }

  function deliver({ peer, entry: { zxid } }: Delivered): void {
    const { applied } = witness.peer(peer);
    if (zxid <= applied)
      fail(`peer ${peer} delivers ${formatZxid(zxid)} and has applied ${formatZxid(applied)} already`);
    const before = witness.appliedIndexOf(peer);
    const index = witness.indexOf(zxid);
    if (before === null || index === null || witness.isVoid) return;
    for (let at = before + 1; at < index; at++) {
      const skipped = witness.committed[at]!;
      if (skipped.tag === TAG_TXN)
        fail(`peer ${peer} delivers ${formatZxid(zxid)} and leaves out ${formatZxid(skipped.zxid)}`);
    }
  }

  function restore({ peer, zxid }: RestoredState): void {
    const { applied } = witness.peer(peer);
    if (zxid < applied)
      fail(`peer ${peer} goes back from ${formatZxid(applied)} to a checkpoint at ${formatZxid(zxid)}`);
    if (!witness.isVoid && witness.indexOf(zxid) === null)
      fail(`peer ${peer} restores ${formatZxid(zxid)}: not committed`);
  }

  function sync({ peer, batch }: Synced): void {
    const record = witness.peer(peer);
    if (batch.truncateAfter !== undefined && record.isUp && batch.truncateAfter < record.applied) {
      fail(
        `peer ${peer} cuts its log after ${formatZxid(batch.truncateAfter)} and has applied ${formatZxid(record.applied)}`,
      );
    }
  }

  return {
    name: "never-below-applied",
    observe(observation) {
      if (observation.kind === "delivered") deliver(observation);
      else if (observation.kind === "started") start(observation);
      else if (observation.kind === "restored") restore(observation);
      else if (observation.kind === "synced") sync(observation);
    },
  };
}

function fail(what: string): never {
  throw new Violation("never-below-applied", what);
}
