/**
 * The command language: everything that a client, the leader's reaper or the clock can do to the state machine,
 * as plain data. A sequence of commands drives the reference, `core` and a real ZooKeeper alike.
 */

/** An identity of a connection. Digest ids are given hashed already: `user:base64(sha1)`. */
export interface AuthId {
  readonly scheme: string;
  readonly id: string;
}

export interface AclEntry {
  /** Bits: READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16; any int32 is taken (client-protocol 8). */
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

/**
 * An int32, or symbolic: the current version (aversion for setAcl) of the node plus `offset`, resolved against the
 * committed state just before the command runs; a missing node counts as version 0. `resolveCommand` does it.
 */
export type ExpectedVersion = number | { readonly offset: number };

/** A zxid, or symbolic: the last processed zxid plus `offset` (never below 0). */
export type ZxidRef = number | { readonly offset: number };

export type CreateOpcode = "create" | "create2" | "createContainer" | "createTTL";

export interface CreateOp {
  readonly kind: "create";
  readonly path: string;
  readonly data: Uint8Array | null;
  /** Null is what a client sends as a vector of length -1. */
  readonly acl: readonly AclEntry[] | null;
  /** 0..6 are ZooKeeper's create modes; other int32 values are illegal on purpose. */
  readonly flags: number;
  /** Milliseconds, an integer; looked at only with opcode createTTL. */
  readonly ttlMs: number;
  readonly opcode: CreateOpcode;
}

export interface DeleteOp {
  readonly kind: "delete";
  readonly path: string;
  readonly version: ExpectedVersion;
}

export interface SetDataOp {
  readonly kind: "setData";
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly version: ExpectedVersion;
}

export interface CheckOp {
  readonly kind: "check";
  readonly path: string;
  readonly version: ExpectedVersion;
}

export interface SetAclOp {
  readonly kind: "setAcl";
  readonly path: string;
  readonly acl: readonly AclEntry[] | null;
  readonly version: ExpectedVersion;
}

/** What a multi may hold. */
export type MultiOp = CreateOp | DeleteOp | SetDataOp | CheckOp;

/** What a multiRead may hold; watch flags of the inner reads do not exist here because they are ignored. */
export interface MultiReadOp {
  readonly kind: "getData" | "getChildren";
  readonly path: string;
}

/** The session whose connection asks: a small number chosen by the sequence, bound to an id by openSession. */
interface Asked {
  readonly session: number;
}

interface WatchedRead extends Asked {
  readonly path: string;
  readonly watch: boolean;
}

/** Starts a session together with its one connection. `session` must not be open. */
export interface OpenSessionCommand extends Asked {
  readonly kind: "openSession";
  readonly timeoutMs: number;
  /** All identities of the connection, the ("ip", address) one too. */
  readonly auth: readonly AuthId[];
  /** The verifier of the session's password: part of the replicated state and of the digest. */
  readonly verifier: Uint8Array;
}

export interface CloseSessionCommand extends Asked {
  readonly kind: "closeSession";
}

/** Drops the connection with its watches and identities and takes up a new one. The session lives on. */
export interface ReconnectCommand extends Asked {
  readonly kind: "reconnect";
  readonly auth: readonly AuthId[];
}

export interface MultiCommand extends Asked {
  readonly kind: "multi";
  readonly ops: readonly MultiOp[];
}

export interface SetWatchesCommand extends Asked {
  readonly kind: "setWatches";
  readonly relativeZxid: ZxidRef;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent: readonly string[];
  readonly persistentRecursive: readonly string[];
}

/** The leader proposes the deletion of every container and TTL node that is due at the time of this command. */
export interface ReapCommand {
  readonly kind: "reap";
}

/** Moves the wall clock of the sequence. Changes nothing by itself. */
export interface AdvanceTimeCommand {
  readonly kind: "advanceTime";
  readonly ms: number;
}

export type Command =
  | OpenSessionCommand
  | CloseSessionCommand
  | ReconnectCommand
  | (CreateOp & Asked)
  | (DeleteOp & Asked)
  | (SetDataOp & Asked)
  | (SetAclOp & Asked)
  | MultiCommand
  | ({ readonly kind: "exists" } & WatchedRead)
  | ({ readonly kind: "getData" } & WatchedRead)
  | ({ readonly kind: "getChildren" } & WatchedRead)
  | ({ readonly kind: "getAcl"; readonly path: string } & Asked)
  | ({ readonly kind: "getEphemerals"; readonly prefix: string | null } & Asked)
  | ({ readonly kind: "getAllChildrenNumber"; readonly path: string } & Asked)
  | ({ readonly kind: "multiRead"; readonly ops: readonly MultiReadOp[] } & Asked)
  /** Mode 0 is persistent, 1 persistent recursive, anything else illegal. */
  | ({ readonly kind: "addWatch"; readonly path: string; readonly mode: number } & Asked)
  /** Type: 1 children, 2 data, 3 any, 4 persistent, 5 persistent recursive, anything else illegal. */
  | ({ readonly kind: "removeWatches"; readonly path: string; readonly type: number } & Asked)
  | ({ readonly kind: "checkWatches"; readonly path: string; readonly type: number } & Asked)
  | SetWatchesCommand
  | ReapCommand
  | AdvanceTimeCommand;

export type CommandKind = Command["kind"];

export const COMMAND_KINDS: readonly CommandKind[] = [
  "openSession",
  "closeSession",
  "reconnect",
  "create",
  "delete",
  "setData",
  "setAcl",
  "multi",
  "exists",
  "getData",
  "getChildren",
  "getAcl",
  "getEphemerals",
  "getAllChildrenNumber",
  "multiRead",
  "addWatch",
  "removeWatches",
  "checkWatches",
  "setWatches",
  "reap",
  "advanceTime",
];

const WRITE_KINDS: ReadonlySet<CommandKind> = new Set<CommandKind>([
  "openSession",
  "closeSession",
  "create",
  "delete",
  "setData",
  "setAcl",
  "multi",
]);

/** Whether the command is one transaction, successful or not. A reap is none or several, one a deletion. */
export function isWrite(command: Command): boolean {
  return WRITE_KINDS.has(command.kind);
}

/** The session a command names, or undefined for the leader's and the clock's commands. */
export function sessionOf(command: Command): number | undefined {
  return command.kind === "reap" || command.kind === "advanceTime" ? undefined : command.session;
}
