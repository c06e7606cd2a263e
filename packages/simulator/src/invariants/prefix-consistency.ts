import { formatZxid, type PeerId, type Zxid } from "@coterie/interface";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * Of what any two peers have delivered, one is a prefix of the other: an entry that is delivered, or that a state
 * stands for, has the history that it has everywhere.
 *
 * Source: `PrefixConsistency` in Zab.tla; ZAB paper, section 3 (agreement and total order together).
 * Sound: a chain hash sums up an entry with all before it, and is the same wherever the history is the same, so that
 * comparing the hash at one zxid with that of the committed log compares the prefixes.
 */
export function createPrefixConsistency(witness: Witness): Invariant {
  function compare(peer: PeerId, zxid: Zxid, chainHash: number | null): void {
    const index = witness.indexOf(zxid);
    if (index === null || index < 0 || chainHash === null || witness.isVoid) return;
    if (witness.committed[index]!.chainHash === chainHash) return;
    throw new Violation(
      "prefix-consistency",
      `peer ${peer} has another history up to ${formatZxid(zxid)} than was committed`,
    );
  }

  return {
    name: "prefix-consistency",
    observe(observation) {
      if (observation.kind === "delivered") {
        compare(observation.peer, observation.entry.zxid, observation.entry.chainHash);
      } else if (observation.kind === "started") {
        const { disk, applied, peer } = observation;
        const entry = disk.base.zxid === applied ? disk.base : disk.entries.find(({ zxid }) => zxid === applied);
        compare(peer, applied, entry?.chainHash ?? null);
      } else if (observation.kind === "restored") {
        compare(observation.peer, observation.zxid, witness.peer(observation.peer).disk.hashAt(observation.zxid));
      }
    },
  };
}
