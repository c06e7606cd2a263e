import { formatZxid } from "@coterie/interface";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * State machines that have applied up to the same zxid, or have been rebuilt from a checkpoint at it while their peer
 * runs, have the same digest.
 *
 * Source: design, section 5.4; `StateMachine`, rule 1; fault-scenarios.md ("Digest").
 * Sound: the first digest told for a zxid is kept for good; equality with it is equality of all.
 */
export function createEqualDigests(witness: Witness): Invariant {
  return {
    name: "equal-digests-at-equal-zxid",
    observe(observation) {
      if (observation.kind !== "delivered" && observation.kind !== "restored") return;
      const zxid = observation.kind === "delivered" ? observation.entry.zxid : observation.zxid;
      const expected = witness.digests.get(zxid);
      if (expected === undefined || expected === observation.digest || witness.isVoid) return;
      const found = `digest ${observation.digest} at ${formatZxid(zxid)}, others have ${expected}`;
      throw new Violation("equal-digests-at-equal-zxid", `peer ${observation.peer} has the ${found}`);
    },
  };
}
