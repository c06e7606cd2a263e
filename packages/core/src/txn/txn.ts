import type { ErrorCode, SessionId, WallTimeMs } from "@coterie/interface";
import type { Acl } from "@coterie/protocol";
import type { LoggedOperation } from "./logged-operation.ts";

/**
 * What the log replicates: results, not requests. `prepare` has fixed every time, number and version, so that
 * applying a txn can neither fail nor come out differently on another peer (semantics 4).
 */
export type Txn = CreateSessionTxn | CloseSessionTxn | ZnodeTxn | MultiTxn | ErrorTxn | ConfigTxn;

/** The same as the log's bytes say it. */
export type LoggedTxn = Exclude<Txn, ZnodeTxn | MultiTxn> | LoggedOperation | LoggedMulti;

/** What a multi may hold. */
export type ZnodeTxn = CreateTxn | DeleteTxn | SetDataTxn | SetAclTxn | CheckTxn;

/** Who asked, for the peer that owes the reply, and when by the leader's clock. */
export interface TxnHeader {
  /** The session that asked; SESSION_NONE for what the leader proposes by itself. */
  readonly sessionId: SessionId;
  /** The session's own number for the request: the xid on ZooKeeper's wire. */
  readonly cxid: number;
  readonly timeMs: WallTimeMs;
}

/** All four create operations. */
export interface CreateTxn {
  readonly kind: "create";
  /** Final: with the number of a sequential znode. */
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** The parent's stored cversion after this create. */
  readonly parentCversion: number;
  /** The stored ephemeralOwner (tree/owner.ts). */
  readonly owner: bigint;
}

/** A client's delete, and the reaper's. */
export interface DeleteTxn {
  readonly kind: "delete";
  readonly path: string;
}

export interface SetDataTxn {
  readonly kind: "setData";
  readonly path: string;
  readonly data: Uint8Array | null;
  /** The version after the change. */
  readonly version: number;
}

export interface SetAclTxn {
  readonly kind: "setACL";
  readonly path: string;
  readonly acl: readonly Acl[];
  /** The aversion after the change. */
  readonly aversion: number;
}

/** Holds only inside a multi, where `prepare` has checked it; applying it changes nothing. */
export interface CheckTxn {
  readonly kind: "check";
  readonly path: string;
}

export interface MultiTxn {
  readonly kind: "multi";
  readonly txns: readonly ZnodeTxn[];
}

interface LoggedMulti {
  readonly kind: "multi";
  readonly txns: readonly LoggedOperation[];
}

/** A write that failed. It takes its zxid like any other, so that failures are ordered with the rest. */
export interface ErrorTxn {
  readonly kind: "error";
  readonly code: ErrorCode;
  /** For a multi the results of its operations, as clients see them; else null. */
  readonly results: readonly (ErrorCode | null)[] | null;
}

interface CreateSessionTxn {
  readonly kind: "createSession";
  readonly id: SessionId;
  readonly timeoutMs: number;
  /** What proves the session's password; made and compared outside of core. */
  readonly verifier: Uint8Array;
}

/** Ends a session and deletes its ephemerals: all that exist when it is applied, so no list is carried. */
interface CloseSessionTxn {
  readonly kind: "closeSession";
  readonly id: SessionId;
}

/** Sets the text of /zookeeper/config, whose mzxid becomes the version of the configuration (semantics 2.6). */
interface ConfigTxn {
  readonly kind: "config";
  readonly data: Uint8Array;
}
