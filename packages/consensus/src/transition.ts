import type { Epoch } from "@coterie/interface";
import type { Link } from "./links.ts";
import type { Notification } from "./message.ts";

/**
 * What a peer has resolved to become. Whoever resolves it says so and returns; the step carries it out afterwards, so that
 * nothing acts for a role that has ended.
 */
export type Transition =
  | {
      readonly to: "looking";
      /** The epoch whose leader asked this peer to take over; 0 otherwise. */
      readonly takesOver: Epoch;
      /** What this peer has just heard, and hears again when it looks. */
      readonly heard: { readonly link: Link; readonly notification: Notification } | null;
    }
  | { readonly to: "leading" }
  /** `clusterId`: the cluster that a blank peer joins. */
  | { readonly to: "learning"; readonly link: Link; readonly clusterId: string | null };

export const LOOK_AGAIN: Transition = Object.freeze({ to: "looking", takesOver: 0 as Epoch, heard: null });
