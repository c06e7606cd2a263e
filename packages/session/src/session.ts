import type { Clock, CoterieError } from "@coterie/interface";
import type { TypedEmitter } from "tiny-typed-emitter";
import type { ChannelState, SessionSupports } from "./channel.ts";
import type { Stat } from "./stat.ts";

/**
 * A session of the application with the ensemble: the one API for sessions in the process, in a worker and over the wire.
 * Paths begin at the session's chroot. Every method rejects with a CoterieError: `code`, `path`, `retryable` and `outcome` say
 * what has happened, and whether a write may have taken effect.
 *
 * Calls take effect in the order in which they are made, awaited or not; a read sees the session's own earlier writes.
 *
 * What is common to all: BAD_ARGUMENTS for arguments that mean nothing, options of other names among them, before anything is sent; CONNECTION_LOSS where the
 * connection or the leader was lost before the answer came, also if the session is lost or closed with it (`outcome` is
 * "not-applied" for what had not been sent); SESSION_EXPIRED for what is
 * asked of a session that was closed, or is lost (or with the code of that loss, as PEER_STOPPED); ABORTED and
 * OPERATION_TIMEOUT as in `CallOptions`. The order of later calls does not depend on any of these.
 */
export interface Session extends TypedEmitter<SessionEvents>, AsyncDisposable {
  /** `0x` and hexadecimal digits; "0x0" before the first connection. */
  readonly id: string;
  /** What was granted, in milliseconds. */
  readonly timeoutMs: number;
  readonly state: SessionState;
  readonly supports: SessionSupports;
  /** By which its deadlines run: recipes take their time from it. */
  readonly clock: Clock;

  /** `getData`. */
  get(path: string, options?: ReadOptions): Promise<Znode>;
  /** `exists`: null if there is no such znode. */
  exists(path: string, options?: ReadOptions): Promise<Stat | null>;
  /** `getChildren2`: names, not paths, in no order. */
  children(path: string, options?: ReadOptions): Promise<Children>;
  /** `create2`, `createContainer`, `createTTL`. */
  create(path: string, data?: Data | null, options?: CreateOptions): Promise<Created>;
  /** `setData`. */
  set(path: string, data: Data | null, options?: VersionOptions): Promise<Stat>;
  /** `delete`. */
  delete(path: string, options?: VersionOptions): Promise<void>;
  /** `getACL`. */
  getAcl(path: string, options?: ReadOptions): Promise<AclAndStat>;
  /** `setACL`; `version` is that of the ACL. */
  setAcl(path: string, acl: readonly Acl[], options?: VersionOptions): Promise<Stat>;
  /** `multi`: all of it or nothing. */
  transaction(): Transaction;
  /** `sync`: what this session reads from here on is at least as new as everything committed by now. */
  sync(options?: CallOptions): Promise<void>;
  /** `getEphemerals`: paths of this session's ephemeral znodes that begin with `prefix`, as text: "/a" fits "/ab", too. */
  ephemerals(prefix?: string, options?: CallOptions): Promise<string[]>;
  /** `getAllChildrenNumber`: how many znodes are below `path`, at all depths. */
  descendantCount(path: string, options?: CallOptions): Promise<number>;
  /** `whoAmI`. */
  whoAmI(options?: CallOptions): Promise<{ readonly scheme: string; readonly user: string }[]>;
  /** `addAuth`: an identity for this connection and every later one. */
  addAuth(scheme: string, auth: Data, options?: CallOptions): Promise<void>;
  /** `addWatch`: resolves when the watch is armed; what changes from then on is told, in order. */
  watch(path: string, options?: WatchOptions): Promise<Watch>;

  /** Ends the session: its ephemeral znodes go. Resolves when that is done, or can no longer be told. Never rejects. */
  close(): Promise<void>;
  /** Leaves without ending the session, which lives on until its timeout. Never rejects. */
  detach(): Promise<void>;
}

export type SessionState = ChannelState;

export interface SessionEvents {
  /**
   * `reason` for "suspended" and "lost". What a listener throws, or rejects with, becomes a warning of the process: it
   * reaches neither other listeners nor the session.
   */
  state: (state: SessionState, reason: CoterieError | null) => void;
}

/** Text is sent as UTF-8. Bytes are copied. */
export type Data = string | Uint8Array;

export interface CallOptions {
  /**
   * An abort rejects with ABORTED, whose `cause` is the signal's reason; a write's outcome is unknown if it was sent. What was not
   * sent by then never is, and its outcome is "not-applied".
   */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds from the call on; then it rejects with OPERATION_TIMEOUT, and of its outcome the same is true as for an abort.
   * Infinity for none; for 0 and less nothing is sent. Default: the session's, which is its timeout unless its options say otherwise.
   */
  readonly deadlineMs?: number;
}

/**
 * How new a read has to be.
 * - "local": this peer's own state, after the session's own writes (ZooKeeper's reads). The default.
 * - "linearizable": a quorum has confirmed that nothing committed before the call is missing (R7).
 * - "bounded": not older than `stalenessMaxMs`; asks a quorum only if it is not known already. In the process only.
 */
export type Consistency = "local" | "linearizable" | { readonly kind: "bounded"; readonly stalenessMaxMs: number };

export interface ReadOptions extends CallOptions {
  readonly consistency?: Consistency;
  /**
   * With "linearizable" against a server that is not Coterie: takes ZooKeeper's sync, which a deposed leader may answer, in place
   * of the quorum. Default: false, and the read rejects with UNSUPPORTED.
   */
  readonly acceptSync?: boolean;
}

export interface VersionOptions extends CallOptions {
  /** The version that the znode has to have; BAD_VERSION otherwise. Default: any. */
  readonly version?: number;
}

export type CreateMode =
  | "persistent"
  | "persistent-sequential"
  | "ephemeral"
  | "ephemeral-sequential"
  | "container"
  | "ttl"
  | "ttl-sequential";

export interface CreateOptions extends CallOptions {
  /** Default: "persistent". */
  readonly mode?: CreateMode;
  /** Default: everything for everyone. */
  readonly acl?: readonly Acl[];
  /** With the modes "ttl" and "ttl-sequential", which need it. 1..2^40-1. */
  readonly ttlMs?: number;
  /**
   * Creates what is missing above, the chroot included: empty persistent znodes with the default ACL, one by one, so that some
   * may stay if the call fails. BAD_ARGUMENTS for more than 1,000. Default: false.
   */
  readonly parents?: boolean;
}

export type Permission = "read" | "write" | "create" | "delete" | "admin";

export interface Acl {
  readonly permissions: readonly Permission[] | "all";
  readonly scheme: string;
  readonly id: string;
}

export interface Znode {
  /** Null and empty are different. Belongs to the caller; its `buffer` may hold more than it. */
  readonly data: Uint8Array | null;
  readonly stat: Stat;
  /** The data as UTF-8; "" for null. */
  text(): string;
  /** The data as JSON. A `schema` checks it: any object with `parse`, as zod's. @throws CoterieError BAD_DATA */
  json<T = unknown>(schema?: { parse(value: unknown): T }): T;
}

export interface Children {
  readonly children: string[];
  readonly stat: Stat;
}

export interface Created {
  /** With the number of a sequential znode. */
  readonly path: string;
  readonly stat: Stat;
}

export interface AclAndStat {
  readonly acl: Acl[];
  readonly stat: Stat;
}

/** What `commit` applies together. Methods add to it and return it. */
export interface Transaction {
  create(path: string, data?: Data | null, options?: Omit<CreateOptions, "parents" | keyof CallOptions>): Transaction;
  set(path: string, data: Data | null, options?: { readonly version?: number }): Transaction;
  delete(path: string, options?: { readonly version?: number }): Transaction;
  /** Fails the transaction if the znode is not there, or not at `version`. */
  check(path: string, version?: number): Transaction;
  /**
   * Rejects with the code of the operation that failed; `path` is its path, and `index` its place. That includes BAD_ARGUMENTS of
   * the methods above, with which nothing is sent. Once only: BAD_ARGUMENTS behind it, which the methods above throw then.
   */
  commit(options?: CallOptions): Promise<TransactionResult[]>;
}

export type TransactionResult =
  /** `stat` is null from Apache ZooKeeper before 3.9, which tells the path alone. */
  | { readonly kind: "create"; readonly path: string; readonly stat: Stat | null }
  | { readonly kind: "set"; readonly stat: Stat }
  | { readonly kind: "delete" }
  | { readonly kind: "check" };

export interface WatchOptions {
  /** Also everything below `path`. Default: false. */
  readonly recursive?: boolean;
  /** Ends after the first event, a gap included. Default: false. */
  readonly once?: boolean;
  /** An abort makes the iteration throw the signal's reason; before the watch is armed, `watch` rejects with ABORTED. */
  readonly signal?: AbortSignal;
  /** Until the watch is armed; as in `CallOptions`. */
  readonly deadlineMs?: number;
  /** Events that may wait to be read; then they are dropped, and a "gap" takes their place. Default: 1,024. */
  readonly bufferedMax?: number;
}

/**
 * A stream of changes; one reader, whose `next` is BAD_ARGUMENTS while another one waits. Ends with `close` of it or of the
 * session, and when the reader leaves a `for await` loop. Throws when the session is lost, behind what had come before.
 *
 * Without `recursive`: "created", "deleted", "data-changed" and "children-changed" of `path`. With it: the first three, of `path`
 * and everything below; the children of a znode are told by their own events.
 */
export interface Watch extends AsyncIterable<WatchEvent>, AsyncDisposable {
  readonly path: string;
  /** Stops watching; a pending `next` ends, and what was not read is dropped. Resolves at once; never rejects. */
  close(): Promise<void>;
}

export type WatchEvent =
  | {
      readonly kind: "created" | "deleted" | "data-changed" | "children-changed";
      readonly path: string;
      /** Decimal; of the txn. -1 from servers that do not say. */
      readonly zxid: number;
    }
  /** Changes may have been missed here: read anew what matters. */
  | { readonly kind: "gap"; readonly path: string; readonly reason: "overflow" | "reconnected" };
