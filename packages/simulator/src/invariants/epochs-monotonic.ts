import type { Epoch, HardState, PeerId } from "@coterie/interface";
import type { Life } from "../observation.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * The accepted and the current epoch of a disk never go down within one incarnation, the current one is at most the
 * accepted one, and one life of one peer proposes in an epoch.
 *
 * Source: ZAB paper, section 4 (f.p and f.a); zab.md, sections 2 and 11.4; design, R3 and R3b.
 * Sound: every durable state is seen, in order; faults of the disk replace what the next state is compared with.
 */
export function createEpochsMonotonic(witness: Witness): Invariant {
  const proposers = new Map<Epoch, { readonly peer: PeerId; readonly life: Life }>();

  function check(peer: PeerId, next: HardState): void {
    if (next.currentEpoch > next.acceptedEpoch) {
      fail(`peer ${peer} has the epoch ${next.currentEpoch} and has accepted ${next.acceptedEpoch}`);
    }
    const last = witness.peer(peer).disk.hardState;
    if (last === null || last.incarnation !== next.incarnation) return;
    if (next.acceptedEpoch < last.acceptedEpoch) {
      fail(`peer ${peer} takes back that it has accepted ${last.acceptedEpoch}, for ${next.acceptedEpoch}`);
    }
    if (next.currentEpoch < last.currentEpoch) {
      fail(`peer ${peer} goes back from epoch ${last.currentEpoch} to ${next.currentEpoch}`);
    }
  }

  return {
    name: "epochs-monotonic",
    observe(observation) {
      if (observation.kind === "synced") {
        const { hardState } = observation.batch;
        if (hardState !== undefined) check(observation.peer, hardState);
      } else if (observation.kind === "started") {
        const { hardState } = observation.disk;
        if (hardState !== null) check(observation.peer, hardState);
      } else if (observation.kind === "proposed") {
        const { epoch, peer, life } = observation;
        const proposer = proposers.get(epoch);
        if (proposer === undefined) proposers.set(epoch, { peer, life });
        else if ((proposer.peer !== peer || proposer.life !== life) && !witness.isVoid) {
          fail(`peer ${peer} in life ${life} proposes in ${epoch}, as did peer ${proposer.peer} in ${proposer.life}`);
        }
      }
    },
  };
}

function fail(what: string): never {
  throw new Violation("epochs-monotonic", what);
}
