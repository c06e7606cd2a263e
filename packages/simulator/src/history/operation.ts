import type { Zxid } from "@coterie/interface";

/**
 * What a client did and what it heard: the material of the checkers in this folder. Times are the world's, in
 * microseconds, and only ever compared.
 */
export interface Operation {
  /** Unique; in the order of invocation. */
  readonly id: number;
  /** The client; one client has one session at a time. */
  readonly client: number;
  /** Counts the sessions of a client; 0 before the first. An "open-session" has the number of the one it opens. */
  readonly session: number;
  /** Counts the connections of a client; one that is made anew, after a loss, has a new number. */
  readonly connection: number;
  readonly call: Call;
  readonly invokedAt: number;
  /** Null while it has not ended. */
  readonly end: OperationEnd | null;
}

export type Call =
  | { readonly kind: "create"; readonly path: string; readonly data: string; readonly mode: CreateMode }
  | { readonly kind: "set"; readonly path: string; readonly data: string; readonly version: number }
  | { readonly kind: "delete"; readonly path: string; readonly version: number }
  | { readonly kind: "multi"; readonly calls: readonly Call[] }
  /** `watch`: a one-shot data watch is left. */
  | { readonly kind: "get"; readonly path: string; readonly watch: boolean; readonly isLinearizable: boolean }
  | { readonly kind: "children"; readonly path: string }
  /** Data watches of a connection before, taken up again; what has changed since `relativeZxid` is told first. */
  | { readonly kind: "set-watches"; readonly paths: readonly string[]; readonly relativeZxid: Zxid }
  | { readonly kind: "sync" }
  | { readonly kind: "open-session" }
  | { readonly kind: "close-session" };

export type CreateMode = "persistent" | "persistent-sequential" | "ephemeral" | "ephemeral-sequential";

export interface OperationEnd {
  readonly at: number;
  /**
   * - "ok", "failed": the outcome is certain; `zxid` is the state that was read, or the txn's.
   * - "unknown": it may have taken effect, once; later than the end, too.
   * - "refused": it has taken no effect and never will.
   */
  readonly kind: "ok" | "failed" | "unknown" | "refused";
  /** An error code with "failed" and "refused". */
  readonly code: string | null;
  readonly zxid: Zxid;
  readonly result: Result | null;
}

export type Result =
  | { readonly kind: "created"; readonly path: string }
  | { readonly kind: "stat"; readonly version: number }
  | { readonly kind: "data"; readonly data: string; readonly version: number; readonly mzxid: Zxid }
  | { readonly kind: "children"; readonly names: readonly string[] }
  | { readonly kind: "session"; readonly sessionId: string }
  | { readonly kind: "multi"; readonly results: readonly (Result | null)[] };

/** A watch event, as a client heard it; it stands in the client's stream between its replies. */
export interface WatchNotice {
  readonly client: number;
  readonly session: number;
  readonly connection: number;
  readonly at: number;
  readonly path: string;
  readonly event: "created" | "deleted" | "data-changed" | "children-changed";
  readonly zxid: Zxid;
  /** Id of the operation whose reply ("ok", "failed") stands last before the notice in its connection; -1 if none. */
  readonly afterOperation: number;
}

/** A txn as the ensemble committed it, told by the simulator from the delivered entries: the truth to compare with. */
export interface CommittedTxn {
  readonly zxid: Zxid;
  /** The operation that caused it; null for what the ensemble does by itself (expiry). */
  readonly operation: number | null;
  /** The session that asked, that is opened, or that is closed, by whomever; null if there is none. */
  readonly sessionId: string | null;
  /** What the txn does; a create has its final path. Not looked at if `isError`. */
  readonly calls: readonly Call[];
  readonly isError: boolean;
}
