import { formatZxid } from "@coterie/interface";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * The state that a peer rebuilds when it starts, from its checkpoint and the log after it, is the one that was reached
 * at this zxid by applying live.
 *
 * Source: design, section 1 (one apply path) and decision 4; `StateMachine`, rule 2.
 * Sound: as equal-digests-at-equal-zxid; kept apart, since it accuses recovery and checkpoints, not `apply`.
 */
export function createReplayEqualsLive(witness: Witness): Invariant {
  return {
    name: "replay-equals-live",
    observe(observation) {
      if (observation.kind !== "started" || witness.isVoid) return;
      const { peer, applied, digest } = observation;
      const expected = witness.digests.get(applied);
      if (expected === undefined || expected === digest) return;
      const found = `the digest ${digest} at ${formatZxid(applied)}, live it was ${expected}`;
      throw new Violation("replay-equals-live", `peer ${peer} starts with ${found}`);
    },
  };
}
