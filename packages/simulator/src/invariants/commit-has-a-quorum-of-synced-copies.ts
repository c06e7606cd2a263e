import { formatZxid, type PeerId, type Zxid, ZXID_NONE } from "@coterie/interface";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/** The founding entry is the same in every log, so it is committed from the start and needs no quorum (R3b). */
const FOUNDING_ZXID = 1 as Zxid;

/**
 * From the first moment at which anybody says that z is committed (in a PROPOSE, COMMIT, UPTODATE or ping, in a synced
 * batch, by delivering it), a quorum of the voters that z's log names has z on disk, or in a checkpoint at or above z.
 *
 * What exactly is promised: a leader commits on acks, and an ack tells what was synced when it left. So a voter counts
 * that has z durably at the claim, and one that had it durably while it was sound and lost it by a fault of its disk:
 * its ack may have been under way. A voter whose disk says amnesiac counts only for what it held before the fault that
 * made it one. A voter that has dropped z by the protocol counts for nothing: no committed entry is ever dropped (see
 * acked-survives). A batch that brings z to a disk together with the news that z is committed is no copy yet.
 *
 * Source: ZAB paper, section 4 (phase 3: a quorum of ACKs); design, section 1, R1 and R3b; zab.md, section 2.
 * Sound: equal zxids are equal histories (log-contiguous), so that having z is having all before it; claims at or below
 * one that was proven are compared by agreement.
 */
export function createCommitHasAQuorum(witness: Witness): Invariant {
  let proven: Zxid = FOUNDING_ZXID;
  let candidate: Zxid = ZXID_NONE;
  const hasHad = (peer: PeerId): boolean => witness.hasHad(peer, candidate);

  return {
    name: "commit-has-a-quorum-of-synced-copies",
    observe(observation) {
      if (witness.claim === null || witness.claim <= proven || witness.isVoid) return;
      candidate = witness.claim;
      if (witness.quorum?.isQuorum(hasHad) !== true) {
        const holders = (witness.quorum?.voters ?? []).filter(hasHad).join(", ");
        const said = `peer ${observation.peer} holds ${formatZxid(candidate)} to be committed`;
        throw new Violation("commit-has-a-quorum-of-synced-copies", `${said}; of the voters have it: ${holders}`);
      }
      proven = candidate;
    },
  };
}
