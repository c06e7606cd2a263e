import { formatZxid, type LogEntry, type PeerId, type Zxid } from "@coterie/interface";
import { TAG_TXN } from "./committed-log.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * Only what a primary has proposed gets into a log or is delivered, byte for byte, and a life delivers it once.
 *
 * Source: `Integrity` in Zab.tla; ZAB paper, section 3 ("if some process delivers a txn, some process has broadcast
 * it"); design, decision 6 (a txn is encoded once).
 * Sound: a proposal is observed before consensus sees it. The founding entry, which nobody proposes, has a tag of its
 * own and must be the same everywhere. Disks that were filled before the world began count as proposed.
 */
export function createIntegrity(witness: Witness): Invariant {
  const deliveredOf = new Map<PeerId, Set<Zxid>>();

  function check(peer: PeerId, what: string, entry: LogEntry): void {
    const record = witness.entry(entry.zxid);
    if (record === undefined || (entry.tag === TAG_TXN && !record.isProposed)) {
      throw new Violation("integrity", `peer ${peer} ${what} ${formatZxid(entry.zxid)}, which nobody has proposed`);
    }
    if (record.tag !== entry.tag || !isEqual(record.bytes, entry.bytes)) {
      if (witness.isVoid) return;
      throw new Violation(
        "integrity",
        `peer ${peer} ${what} ${formatZxid(entry.zxid)} with other bytes than were proposed`,
      );
    }
  }

  return {
    name: "integrity",
    observe(observation) {
      if (observation.kind === "synced") {
        const { append } = observation.batch;
        if (append !== undefined) for (const entry of append) check(observation.peer, "stores", entry);
      } else if (observation.kind === "started") {
        deliveredOf.set(observation.peer, new Set());
      } else if (observation.kind === "delivered") {
        const { peer, entry } = observation;
        check(peer, "delivers", entry);
        const delivered = deliveredOf.get(peer);
        if (delivered?.has(entry.zxid) === true) {
          throw new Violation("integrity", `peer ${peer} delivers ${formatZxid(entry.zxid)} twice`);
        }
        delivered?.add(entry.zxid);
      }
    },
  };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
