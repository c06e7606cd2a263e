import { counterOf, type Epoch, epochOf, formatZxid, type Zxid } from "@coterie/interface";
import type { Delivered, Proposed } from "../observation.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * What one primary proposes is delivered in the order in which it was proposed, from its first proposal on and with
 * none left out.
 *
 * Source: `LocalPrimaryOrder` in Zab.tla; ZAB paper, section 3; zab.md, section 7 ("zxids assigned consecutively").
 * Sound: a primary numbers its proposals 1, 2, 3, … inside its epoch, which is checked at the proposal, so that
 * delivering in this order without a gap is delivering by consecutive counters.
 */
export function createLocalPrimaryOrder(witness: Witness): Invariant {
  const lastProposed = new Map<Epoch, Zxid>();

  function checkProposed({ peer, epoch, entries }: Proposed): void {
    for (const { zxid } of entries) {
      const last = lastProposed.get(epoch);
      const expected = last === undefined ? 1 : counterOf(last) + 1;
      if (epochOf(zxid) !== epoch || counterOf(zxid) !== expected) {
        if (witness.isVoid) return;
        throw new Violation(
          "local-primary-order",
          `peer ${peer} proposes ${formatZxid(zxid)} as number ${expected} of ${epoch}`,
        );
      }
      lastProposed.set(epoch, zxid);
    }
  }

  function checkDelivered({ peer, entry: { zxid } }: Delivered): void {
    const { applied } = witness.peer(peer);
    const expected = epochOf(zxid) === epochOf(applied) ? counterOf(applied) + 1 : 1;
    // An older epoch is not this rule's business.
    if (counterOf(zxid) === expected || epochOf(zxid) < epochOf(applied)) return;
    throw new Violation(
      "local-primary-order",
      `peer ${peer} delivers ${formatZxid(zxid)} next after ${formatZxid(applied)}`,
    );
  }

  return {
    name: "local-primary-order",
    observe(observation) {
      if (observation.kind === "proposed") checkProposed(observation);
      else if (observation.kind === "delivered") checkDelivered(observation);
    },
  };
}
