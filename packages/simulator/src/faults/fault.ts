import type { PeerId } from "@coterie/interface";
import type { SimPeer } from "../peer/sim-peer.ts";
import type { Dice } from "../world/dice.ts";
import type { World } from "../world/world.ts";

/** What a fault may do, and draw from. */
export interface FaultScope {
  readonly world: World;
  readonly dice: Dice;
  /** How long this one lasts, if it lasts. */
  readonly durationUs: number;
  /** Cuts a link both ways some time from now, for some time. */
  flap(pair: readonly [from: PeerId, to: PeerId], afterUs: number, forUs: number): void;
}

/**
 * Does it; gives what ends it, if something has to. False: it cannot be done now, or would be more than the ensemble
 * promises to bear.
 */
export type Fault = (scope: FaultScope) => (() => void) | boolean;

export function upPeers({ world }: FaultScope): readonly SimPeer[] {
  return world.peers.filter((peer) => peer.isUp);
}
