import { epochOf, formatZxid } from "@coterie/interface";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * A peer delivers what was proposed in an earlier epoch before what was proposed in a later one.
 *
 * Source: `GlobalPrimaryOrder` in Zab.tla; ZAB paper, section 3.
 * Sound: the epoch is part of the zxid, and one life delivers in an order that can be compared step by step.
 */
export function createGlobalPrimaryOrder(witness: Witness): Invariant {
  return {
    name: "global-primary-order",
    observe(observation) {
      if (observation.kind !== "delivered") return;
      const { applied } = witness.peer(observation.peer);
      const { zxid } = observation.entry;
      if (epochOf(zxid) >= epochOf(applied)) return;
      throw new Violation(
        "global-primary-order",
        `peer ${observation.peer} delivers ${formatZxid(zxid)} after ${formatZxid(applied)}`,
      );
    },
  };
}
