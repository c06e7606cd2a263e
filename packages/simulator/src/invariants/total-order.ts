import { formatZxid } from "@coterie/interface";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * If one peer delivers a before b, then no peer delivers b before a.
 *
 * Source: `TotalOrder` in Zab.tla; ZAB paper, section 3.
 * Sound: the committed log gives every delivered entry one place; within a life the places ascend, and whatever
 * ascends on two peers is ordered alike on both.
 */
export function createTotalOrder(witness: Witness): Invariant {
  return {
    name: "total-order",
    observe(observation) {
      if (observation.kind !== "delivered" || witness.isVoid) return;
      const { peer, entry } = observation;
      const before = witness.appliedIndexOf(peer);
      const index = witness.indexOf(entry.zxid);
      if (before === null || index === null || index > before) return;
      const applied = witness.peer(peer).applied;
      throw new Violation(
        "total-order",
        `peer ${peer} delivers ${formatZxid(entry.zxid)} after ${formatZxid(applied)}; others did before`,
      );
    },
  };
}
