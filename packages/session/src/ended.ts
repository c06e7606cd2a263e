import { CoterieError } from "@coterie/interface";
import { callError } from "./call/call-error.ts";

/** How a session came to its end, and so why it refuses what it is asked. */
export type Ending = { readonly kind: "closed" } | { readonly kind: "lost"; readonly reason: CoterieError | null };

/** What a call rejects with that was made behind the end: it has not been tried. */
export function refusalOf(ending: Ending, path: string | undefined): CoterieError {
  if (ending.kind === "closed") {
    return new CoterieError("SESSION_EXPIRED", "the session was closed", path === undefined ? {} : { path });
  }
  const { reason } = ending;
  if (reason === null) return callError("SESSION_EXPIRED", path, undefined);
  // The loss of a connection, say, would be about a call that was tried.
  const isTold = reason.outcome === "not-applied" || reason.code === "PEER_STOPPED";
  return callError(isTold ? reason.code : "SESSION_EXPIRED", path, reason, { outcome: "not-applied" });
}
