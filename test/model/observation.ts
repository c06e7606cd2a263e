import type { ErrorCode } from "../../packages/interface/src/index.ts";
import type { AclEntry, Command } from "./command.ts";

/** What clients see (client-protocol 8): cversion counts creates and deletes, the owner is 0 unless ephemeral. */
export interface Stat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: number;
}

export type WatchEventType = "NodeCreated" | "NodeDeleted" | "NodeDataChanged" | "NodeChildrenChanged";

export interface WatchEvent {
  /** The session whose connection is told. */
  readonly session: number;
  readonly type: WatchEventType;
  readonly path: string;
  /** The zxid of the triggering transaction; -1 for what setWatches replays (client-protocol 7.1). */
  readonly zxid: number;
}

/** The result of one operation of a multi or multiRead. */
export type OpResult =
  | {
      readonly ok: true;
      readonly path?: string;
      readonly stat?: Stat;
      readonly data?: Uint8Array | null;
      /** Sorted as plain strings. */
      readonly children?: readonly string[];
    }
  /** `error: null` is wire code 0: an operation undone because a later one of its multi failed. */
  | { readonly ok: false; readonly error: ErrorCode | null };

/**
 * Only the fields of the operation's response record are present:
 * openSession sessionId; create path; create2, createContainer, createTTL path and stat; setData, setAcl, exists stat;
 * getData data and stat; getChildren children and stat; getAcl acl and stat; getEphemerals children;
 * getAllChildrenNumber count; multi and multiRead results; reap children (the deleted paths); others nothing.
 */
export interface SuccessReply {
  readonly ok: true;
  readonly sessionId?: bigint;
  readonly path?: string;
  readonly stat?: Stat;
  readonly data?: Uint8Array | null;
  /** Sorted as plain strings. */
  readonly children?: readonly string[];
  readonly acl?: readonly AclEntry[];
  readonly count?: number;
  readonly results?: readonly OpResult[];
}

export interface FailureReply {
  readonly ok: false;
  readonly error: ErrorCode;
}

export type Reply = SuccessReply | FailureReply;

export interface Observation {
  readonly reply: Reply;
  /** In delivery order for each session; the order between sessions means nothing. All precede the reply. */
  readonly events: readonly WatchEvent[];
  /** How many transactions the command was: 1 for a write, failed ones too; one a deletion for reap; else 0. */
  readonly zxidCount: number;
}

/** A node as it is stored, not as it is shown. */
export interface NodeDump {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly AclEntry[];
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  /** The number of creates ever done under this node, an int32. */
  readonly cversion: number;
  readonly aversion: number;
  /** 0, a session id, or the code of a container or TTL node; signed 64 bits. */
  readonly ephemeralOwner: bigint;
}

export interface SessionDump {
  readonly id: bigint;
  readonly timeoutMs: number;
  readonly verifier: Uint8Array;
}

export type WatchMode = "persistent" | "persistentRecursive" | "standard";

/** All modes in which one connection watches one path in one table. */
export interface WatchDump {
  readonly session: number;
  readonly table: "child" | "data";
  readonly path: string;
  /** Sorted, at least one. */
  readonly modes: readonly WatchMode[];
}

/** A whole state, in an order that makes two dumps comparable with deep equality. */
export interface StateDump {
  /** Sorted by path. */
  readonly nodes: readonly NodeDump[];
  /** Sorted by id. */
  readonly sessions: readonly SessionDump[];
  /** Sorted by session, table, path. */
  readonly watches: readonly WatchDump[];
}

/** An observation in the one form in which two implementations must agree. */
export interface CanonicalObservation {
  readonly reply: Reply;
  readonly zxidCount: number;
  /** For each session told, in ascending order, its events as `type path zxid`. */
  readonly events: readonly (readonly [session: number, events: readonly string[]])[];
}

/**
 * Groups the events by session. The order in which closeSession deletes the ephemerals is unspecified
 * (semantics 5.3), so the events of one closeSession become a sorted list, that is a multiset.
 */
export function canonicalObservation(command: Command, observation: Observation): CanonicalObservation {
  const bySession = new Map<number, string[]>();
  for (const event of observation.events) {
    const list = bySession.get(event.session) ?? [];
    list.push(`${event.type} ${JSON.stringify(event.path)} ${event.zxid}`);
    bySession.set(event.session, list);
  }
  const events = [...bySession].sort(([left], [right]) => left - right);
  if (command.kind === "closeSession") for (const [, list] of events) list.sort();
  return { reply: observation.reply, zxidCount: observation.zxidCount, events };
}
