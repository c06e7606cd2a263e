import {
  chainHash,
  type ChainHash,
  counterOf,
  epochOf,
  formatZxid,
  type LogBatch,
  type LogEntry,
  type LogPosition,
  type PeerId,
} from "@coterie/interface";
import type { DiskImage } from "../observation.ts";
import { isSameLog } from "./disk-mirror.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * A log has no holes: inside an epoch counters are consecutive, an epoch begins with 1, and every entry's chain hash is
 * made of the one before it. Two logs that have the same zxid are equal up to it.
 *
 * Source: zab.md, section 11.4, and the bugs 4925, 5094, 2418; design, R2; etcd's and Raft's log matching.
 * Sound: by induction over what is appended; a log that comes otherwise, with a restart, a fault of the disk or a
 * checkpoint that replaces the log, is walked from its base.
 */
export function createLogContiguous(witness: Witness): Invariant {
  function follow(peer: PeerId, position: LogPosition, entry: LogEntry): void {
    const { zxid } = entry;
    const expected = epochOf(zxid) === epochOf(position.zxid) ? counterOf(position.zxid) + 1 : 1;
    if (zxid < position.zxid || counterOf(zxid) !== expected)
      fail(peer, `${formatZxid(zxid)} follows ${formatZxid(position.zxid)}`);
    if (chainHash(position.chainHash, zxid, entry.tag, entry.bytes) !== entry.chainHash) {
      fail(peer, `the chain hash at ${formatZxid(zxid)} is wrong`);
    }
    match(peer, entry);
  }

  function match(peer: PeerId, position: LogPosition): void {
    const known = witness.entry(position.zxid)?.chainHash ?? null;
    if (known !== null && known !== position.chainHash && !witness.isVoid) {
      fail(peer, `another history than elsewhere leads to ${formatZxid(position.zxid)}`);
    }
  }

  function walk(peer: PeerId, { base, entries, checkpoint }: DiskImage): void {
    match(peer, base);
    if (checkpoint !== null) match(peer, checkpoint);
    let position = base;
    for (const entry of entries) {
      follow(peer, position, entry);
      position = entry;
    }
  }

  function extend(peer: PeerId, batch: LogBatch): void {
    const { disk, isDisturbed } = witness.peer(peer);
    // The peer goes on from a log that it believes to be there.
    if (isDisturbed) return;
    if (batch.checkpoint !== undefined) match(peer, batch.checkpoint);
    for (const entry of batch.repair ?? []) match(peer, entry);
    let position: LogPosition = { zxid: disk.lastZxid, chainHash: disk.lastHash as ChainHash };
    if (batch.truncateAfter !== undefined) {
      const hash = disk.hashAt(batch.truncateAfter);
      if (hash === null || batch.truncateAfter < disk.base.zxid) {
        fail(peer, `it is cut after ${formatZxid(batch.truncateAfter)}, which is not in it`);
      }
      position = { zxid: batch.truncateAfter, chainHash: hash as ChainHash };
    }
    if (batch.append === undefined) return;
    for (const entry of batch.append) {
      follow(peer, position, entry);
      position = entry;
    }
  }

  return {
    name: "log-contiguous",
    observe(observation) {
      if (observation.kind === "synced") {
        const { peer, batch } = observation;
        if (batch.checkpoint?.kind === "incoming" || batch.checkpoint?.kind === "covering")
          walk(peer, observation.disk());
        else extend(peer, batch);
      } else if (observation.kind === "started") {
        const { peer, disk } = observation;
        if (!isSameLog(witness.peer(peer).disk, disk)) walk(peer, disk);
      } else if (observation.kind === "disk-changed") {
        walk(observation.peer, observation.disk());
      }
    },
  };
}

function fail(peer: PeerId, what: string): never {
  throw new Violation("log-contiguous", `in the log of peer ${peer}, ${what}`);
}
