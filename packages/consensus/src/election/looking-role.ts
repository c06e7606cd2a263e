import type { Epoch, PeerId } from "@coterie/interface";
import type { Notification } from "../message.ts";

/** This peer has no leader and looks for one. */
export interface Looking {
  readonly kind: "looking";
  /** Whether this peer takes part in the election: not before everything it has written is synced (R1). */
  hasBegun: boolean;
  vote: PeerId | null;
  /** The last notification of each voter that looks, in this round. */
  readonly heard: Map<PeerId, Notification>;
  /** Ticks for which a quorum has stood behind the same candidate. */
  agreedTicks: number;
  /** Until notifications are sent again. */
  resendTicks: number;
  resendTicksNext: number;
  /** The epoch whose leader has asked this peer to take over; 0 if none has. */
  takesOver: Epoch;
}
