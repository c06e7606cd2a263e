import type { ErrorCode, SessionId, Zxid } from "@coterie/interface";
import type { Stat } from "@coterie/protocol";
import type { TxnHeader } from "../txn/txn.ts";
import type { WatchEvent } from "../watch/watch-event.ts";

/** What a txn did, from which the peer that owes the reply makes it. Stats are as the txn left them. */
export type Outcome =
  | { readonly kind: "create"; readonly path: string; readonly stat: Stat }
  | { readonly kind: "delete" }
  | { readonly kind: "setData"; readonly stat: Stat }
  | { readonly kind: "setACL"; readonly stat: Stat }
  | { readonly kind: "check" }
  | { readonly kind: "multi"; readonly results: readonly Outcome[] }
  | ErrorOutcome
  | { readonly kind: "createSession"; readonly id: SessionId; readonly timeoutMs: number }
  | { readonly kind: "closeSession"; readonly id: SessionId }
  | { readonly kind: "config"; readonly stat: Stat };

export interface ErrorOutcome {
  readonly kind: "error";
  readonly code: ErrorCode;
  /**
   * Null, or for a multi one code an operation: null before the one that failed, its code, RUNTIME_INCONSISTENCY
   * behind it (client-protocol 5).
   */
  readonly results: readonly (ErrorCode | null)[] | null;
}

/**
 * One applied txn. On every connection its events stand before its reply, and nothing of a later txn stands
 * before either (design, section 1).
 */
export interface Applied {
  readonly zxid: Zxid;
  readonly header: TxnHeader;
  readonly outcome: Outcome;
  /** In the order in which they happened. */
  readonly events: readonly WatchEvent[];
}
