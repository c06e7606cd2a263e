import type { CoterieError } from "@coterie/interface";
import type { AuthRequest } from "@coterie/protocol";
import type { ChannelCall } from "@coterie/session";
import type { Asker } from "./effect.ts";

/**
 * What can happen to a session's connection. `link` is the number that the effect `dial` gave: what is heard of a link
 * that was given up has no effect.
 */
export type ConnectionInput =
  /** First, once. */
  | { readonly kind: "start" }
  | { readonly kind: "opened"; readonly link: number }
  | { readonly kind: "frame"; readonly link: number; readonly frame: Uint8Array }
  /** Also in place of "opened". */
  | { readonly kind: "closed"; readonly link: number; readonly reason: CoterieError }
  /** The transport wants no more for the moment. */
  | { readonly kind: "choked"; readonly link: number }
  | { readonly kind: "drained"; readonly link: number }
  /** `ConnectionMachine.wakeAtMs` has come. At other times it does no harm. */
  | { readonly kind: "timer" }
  | { readonly kind: "submit"; readonly call: ChannelCall }
  | {
      readonly kind: "authenticate";
      readonly request: AuthRequest;
      readonly call: Asker;
    }
  | { readonly kind: "close" }
  | { readonly kind: "detach" };
