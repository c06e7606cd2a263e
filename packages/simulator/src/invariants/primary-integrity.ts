import { type Epoch, epochOf, formatZxid, type Zxid } from "@coterie/interface";
import type { Proposed } from "../observation.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/** An epoch whose primary has begun to propose, and what the primary had delivered by then. */
interface Beginning {
  readonly epoch: Epoch;
  readonly index: number;
}

/**
 * Before a primary proposes, it has delivered everything of earlier epochs that is ever delivered anywhere, be it
 * before or after that moment.
 *
 * Source: `PrimaryIntegrity` in Zab.tla; ZAB paper, section 3; design, decision 3 (a leader proposes only after
 * applying its whole initial history).
 * Sound: what was delivered earlier is compared when an epoch's first proposal is made; what is delivered for the first
 * time afterwards is compared with all beginnings of later epochs.
 */
export function createPrimaryIntegrity(witness: Witness): Invariant {
  const beginnings: Beginning[] = [];
  /** The highest index delivered anywhere. */
  let delivered = -1;

  function begin({ peer, epoch }: Proposed): void {
    if (beginnings.at(-1)?.epoch === epoch || beginnings.some((known) => known.epoch === epoch)) return;
    const index = witness.appliedIndexOf(peer) ?? -1;
    let earlier = delivered;
    while (earlier >= 0 && epochOf(witness.committed[earlier]!.zxid) >= epoch) earlier--;
    if (index < earlier) {
      const missing = witness.committed[earlier]!.zxid;
      throw new Violation(
        "primary-integrity",
        `peer ${peer} proposes in ${epoch} without having delivered ${formatZxid(missing)}`,
      );
    }
    beginnings.push({ epoch, index });
    beginnings.sort((a, b) => a.epoch - b.epoch);
  }

  function deliver(zxid: Zxid): void {
    const index = witness.indexOf(zxid);
    if (index === null || index <= delivered) return;
    delivered = index;
    for (let at = beginnings.length - 1; at >= 0 && beginnings[at]!.epoch > epochOf(zxid); at--) {
      const { epoch, index: known } = beginnings[at]!;
      if (index <= known) continue;
      throw new Violation(
        "primary-integrity",
        `${formatZxid(zxid)} is delivered, which the primary of ${epoch} had not delivered`,
      );
    }
  }

  return {
    name: "primary-integrity",
    observe(observation) {
      if (witness.isVoid) return;
      if (observation.kind === "proposed") begin(observation);
      else if (observation.kind === "delivered") deliver(observation.entry.zxid);
      else if (observation.kind === "started") deliver(observation.applied);
    },
  };
}
