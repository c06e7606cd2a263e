import { formatZxid } from "@coterie/interface";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * If one peer has a committed, and another one b, then one of them has both: no two peers ever hold different entries
 * to be committed at the same place.
 *
 * Source: `Agreement` in Zab.tla; ZAB paper, section 3.
 * Sound: the first who says that a zxid is committed shows by its own log what is committed up to there. Whoever says
 * a lower zxid later must mean an entry of that log, and whoever says a higher one must have a log that contains it.
 */
export function createAgreement(witness: Witness): Invariant {
  return {
    name: "agreement",
    observe(observation) {
      if (witness.contradiction === null) return;
      const who = `peer ${observation.peer} holds ${formatZxid(witness.claim!)} to be committed`;
      throw new Violation("agreement", `${who}, but ${witness.contradiction}`);
    },
  };
}
