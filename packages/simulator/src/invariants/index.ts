import { createAckedSurvives } from "./acked-survives.ts";
import { createAgreement } from "./agreement.ts";
import { createCommitHasAQuorum } from "./commit-has-a-quorum-of-synced-copies.ts";
import { createDiskImage } from "./disk-image.ts";
import { createEpochsMonotonic } from "./epochs-monotonic.ts";
import { createEqualDigests } from "./equal-digests-at-equal-zxid.ts";
import { createGlobalPrimaryOrder } from "./global-primary-order.ts";
import { createIntegrity } from "./integrity.ts";
import type { Invariant } from "./invariant.ts";
import { createLeadership } from "./leadership.ts";
import { createLocalPrimaryOrder } from "./local-primary-order.ts";
import { createLogContiguous } from "./log-contiguous.ts";
import { createNeverBelowApplied } from "./never-below-applied.ts";
import { createNeverExpiresEarly } from "./never-expires-early.ts";
import { createPingedSessionsLive } from "./pinged-sessions-live.ts";
import { createPrefixConsistency } from "./prefix-consistency.ts";
import { createPrimaryIntegrity } from "./primary-integrity.ts";
import { createReplayEqualsLive } from "./replay-equals-live.ts";
import { createServedByItsOwner } from "./served-by-its-owner.ts";
import { createServesUnderOneLeader } from "./serves-under-one-leader.ts";
import { createSyncedBeforeSaid } from "./synced-before-said.ts";
import { createTotalOrder } from "./total-order.ts";
import { Witness } from "./witness.ts";

export { type Invariant, Violation } from "./invariant.ts";

export interface InvariantsOptions {
  /** Names of those to check; all of them unless said. */
  readonly only?: readonly string[];
}

/** In the order in which they are asked: where one mistake breaks several, the one that names it best comes first. */
const FACTORIES: readonly ((witness: Witness) => Invariant)[] = [
  createLogContiguous,
  createSyncedBeforeSaid,
  createEpochsMonotonic,
  createLeadership,
  createIntegrity,
  createAgreement,
  createCommitHasAQuorum,
  createPrefixConsistency,
  createGlobalPrimaryOrder,
  createTotalOrder,
  createLocalPrimaryOrder,
  createPrimaryIntegrity,
  createAckedSurvives,
  createNeverBelowApplied,
  createEqualDigests,
  createReplayEqualsLive,
  createServesUnderOneLeader,
  createServedByItsOwner,
  createNeverExpiresEarly,
  createPingedSessionsLive,
];

/**
 * The invariants of one world, to be shown every observation, in this order and none left out: the first and the last
 * of them keep the facts that the others compare with.
 */
export function createInvariants(options: InvariantsOptions = {}): Invariant[] {
  const witness = new Witness();
  const begin: Invariant = {
    name: "witness",
    observe: (observation) => witness.begin(observation),
  };
  const judges = FACTORIES.map((create) => create(witness));
  const { only } = options;
  const chosen = only === undefined ? judges : judges.filter(({ name }) => only.includes(name));
  const keeper = createDiskImage(witness);
  const end: Invariant =
    only === undefined || only.includes(keeper.name)
      ? keeper
      : { name: "witness-end", observe: (observation) => witness.end(observation) };
  return [begin, ...chosen, end];
}
