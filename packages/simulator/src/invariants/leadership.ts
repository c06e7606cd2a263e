import type { Epoch, PeerId } from "@coterie/interface";
import type { Life, Observation } from "../observation.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/**
 * At most one leader is ever established in an epoch, and in one life of its peer.
 *
 * Source: `Leadership` in Zab.tla; ZAB paper, section 4 (a prospective leader is heard by a quorum, and quorums meet).
 * Sound: a leader is established when it says so, by the role it takes towards its sessions, by a notification or by
 * the first UPTODATE; none of these is undone, so that the first one of an epoch excludes every other.
 */
export function createLeadership(witness: Witness): Invariant {
  const leaders = new Map<Epoch, { readonly peer: PeerId; readonly life: Life }>();

  function establish(epoch: Epoch, peer: PeerId, life: Life): void {
    const leader = leaders.get(epoch);
    if (leader === undefined) {
      leaders.set(epoch, { peer, life });
    } else if ((leader.peer !== peer || leader.life !== life) && !witness.isVoid) {
      const who = `peer ${peer} in life ${life}`;
      throw new Violation("leadership", `${who} leads epoch ${epoch}, as did peer ${leader.peer} in ${leader.life}`);
    }
  }

  return {
    name: "leadership",
    observe(observation: Observation): void {
      if (observation.kind === "role") {
        const { state, isServing, epoch } = observation.role;
        if (state === "leading" && isServing) establish(epoch, observation.peer, observation.life);
      } else if (observation.kind === "sent") {
        const { message, peer, life } = observation;
        if (message.kind === "up-to-date") establish(message.epoch, peer, life);
        else if (message.kind === "notification" && message.state === "leading" && message.isEstablished) {
          establish(message.epoch, peer, life);
        }
      }
    },
  };
}
