/**
 * The one registry of error codes. A code is the API; the class that carries it is incidental.
 *
 * - `wire`: ZooKeeper's number (KeeperException.Code), or null for what never crosses ZooKeeper's wire.
 * - `retryable`: the same call may succeed later without anybody changing anything.
 * - `outcome`: whether the request may have taken effect: never ("not-applied") or possibly ("unknown"). A single error may
 *   know better.
 */
export interface ErrorCodeEntry {
  readonly wire: number | null;
  readonly meaning: string;
  readonly retryable: boolean;
  readonly outcome: "not-applied" | "unknown";
}

function entry(wire: number | null, meaning: string): ErrorCodeEntry {
  return { wire, meaning, retryable: false, outcome: "not-applied" };
}

function retryable(wire: number | null, meaning: string): ErrorCodeEntry {
  return { wire, meaning, retryable: true, outcome: "not-applied" };
}

function unknown(wire: number | null, meaning: string): ErrorCodeEntry {
  return { wire, meaning, retryable: true, outcome: "unknown" };
}

/** What has failed stays failed until something is opened anew, and may have taken effect. */
function broken(wire: number | null, meaning: string): ErrorCodeEntry {
  return { wire, meaning, retryable: false, outcome: "unknown" };
}

/** Every error that Coterie names. `NO_NODE` is what ZooKeeper calls NONODE; the wire number is what clients see. */
export type ErrorCode =
  | "SYSTEM_ERROR"
  | "RUNTIME_INCONSISTENCY"
  | "DATA_INCONSISTENCY"
  | "CONNECTION_LOSS"
  | "MARSHALLING_ERROR"
  | "UNIMPLEMENTED"
  | "OPERATION_TIMEOUT"
  | "BAD_ARGUMENTS"
  | "UNKNOWN_SESSION"
  | "NEW_CONFIG_NO_QUORUM"
  | "RECONFIG_IN_PROGRESS"
  | "API_ERROR"
  | "NO_NODE"
  | "NO_AUTH"
  | "BAD_VERSION"
  | "NO_CHILDREN_FOR_EPHEMERALS"
  | "NODE_EXISTS"
  | "NOT_EMPTY"
  | "SESSION_EXPIRED"
  | "INVALID_CALLBACK"
  | "INVALID_ACL"
  | "AUTH_FAILED"
  | "SESSION_MOVED"
  | "NOT_READ_ONLY"
  | "EPHEMERAL_ON_LOCAL_SESSION"
  | "NO_WATCHER"
  | "REQUEST_TIMEOUT"
  | "RECONFIG_DISABLED"
  | "SESSION_CLOSED_REQUIRE_SASL_AUTH"
  | "QUOTA_EXCEEDED"
  | "THROTTLED_OP"
  | "ASSERTION"
  | "CHECKPOINT_CORRUPT"
  | "TXN_CORRUPT"
  | "STORE_LOCKED"
  | "STORE_CORRUPT"
  | "STORE_FORMAT_UNKNOWN"
  | "STORE_FOREIGN"
  | "STORE_FULL"
  | "STORE_FAILED"
  | "STORE_CLOSED"
  | "DEPENDENCY_MISSING"
  | "ADDRESS_IN_USE"
  | "ADDRESS_UNUSABLE"
  | "UNREACHABLE"
  | "IDENTITY_REFUSED"
  | "FRAME_TOO_LARGE"
  | "FRAME_CORRUPT"
  | "CONNECTION_CLOSED"
  | "PEER_CLUSTER_MISMATCH"
  | "PEER_ID_MISMATCH"
  | "PEER_ID_DUPLICATE"
  | "PEER_VERSION_UNSUPPORTED"
  | "NO_QUORUM"
  | "PEER_STOPPED"
  | "ENSEMBLE_MISMATCH"
  | "UNSUPPORTED"
  | "ABORTED"
  | "BAD_DATA"
  | "NOT_HELD";

export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorCodeEntry>> = Object.freeze({
  SYSTEM_ERROR: entry(-1, "the server failed in a way that no other code names"),
  RUNTIME_INCONSISTENCY: entry(-2, "an operation of a multi that was not tried because an earlier one failed"),
  DATA_INCONSISTENCY: entry(-3, "the server found its data inconsistent"),
  CONNECTION_LOSS: unknown(-4, "the connection ended before the reply arrived"),
  MARSHALLING_ERROR: entry(-5, "the request could not be decoded, or a multi mixes operations that do not go together"),
  UNIMPLEMENTED: entry(-6, "the opcode is unknown, reserved for servers, or switched off by configuration"),
  OPERATION_TIMEOUT: unknown(-7, "no reply arrived before the deadline"),
  BAD_ARGUMENTS: entry(-8, "an argument or an option is not acceptable"),
  UNKNOWN_SESSION: entry(-12, "no such session (between servers only)"),
  NEW_CONFIG_NO_QUORUM: retryable(-13, "no quorum of the proposed configuration is connected and in sync"),
  RECONFIG_IN_PROGRESS: retryable(-14, "another reconfiguration has not committed yet"),
  API_ERROR: entry(-100, "marks the start of the codes that an API call may cause; never sent"),
  NO_NODE: entry(-101, "the znode, or the parent of the one to create, does not exist"),
  NO_AUTH: entry(-102, "the ACL does not grant this session the permission that the operation needs"),
  BAD_VERSION: entry(-103, "the expected version is not the current one"),
  NO_CHILDREN_FOR_EPHEMERALS: entry(-108, "an ephemeral znode cannot have children"),
  NODE_EXISTS: entry(-110, "the znode exists already"),
  NOT_EMPTY: entry(-111, "a znode with children cannot be deleted"),
  SESSION_EXPIRED: entry(-112, "the session is closing, closed or expired"),
  INVALID_CALLBACK: entry(-113, "the client was given a callback it cannot use"),
  INVALID_ACL: entry(
    -114,
    "the ACL is empty, has too many entries, or one whose scheme is unknown or does not accept its id",
  ),
  AUTH_FAILED: entry(-115, "the credentials were refused"),
  SESSION_MOVED: entry(-118, "the request came through a connection that no longer owns the session"),
  NOT_READ_ONLY: retryable(-119, "a read-only peer cannot take this request"),
  EPHEMERAL_ON_LOCAL_SESSION: entry(-120, "a local session cannot own ephemeral znodes"),
  NO_WATCHER: entry(-121, "this connection has no such watch on that path"),
  REQUEST_TIMEOUT: unknown(-122, "the client's own request timeout passed"),
  RECONFIG_DISABLED: entry(-123, "reconfiguration is switched off"),
  SESSION_CLOSED_REQUIRE_SASL_AUTH: entry(
    -124,
    "the server demands an authentication that this connection has not made",
  ),
  QUOTA_EXCEEDED: entry(-125, "the write would pass a hard quota, or the tree is as large as it may be"),
  THROTTLED_OP: retryable(-127, "the request waited too long behind others and was dropped untried"),
  ASSERTION: entry(null, "a rule of our own code was broken; the peer stops"),
  CHECKPOINT_CORRUPT: entry(null, "a checkpoint's pages are damaged, incomplete or not in order"),
  TXN_CORRUPT: entry(null, "a logged transaction or voter set cannot be decoded"),
  STORE_LOCKED: retryable(null, "somebody else, in this process or another one, has the store open"),
  STORE_CORRUPT: entry(null, "the store, or a stored value, is damaged or incomplete"),
  STORE_FORMAT_UNKNOWN: entry(null, "the store was written in a format that this version does not know"),
  STORE_FOREIGN: entry(null, "the store, or a part of it, belongs to another peer or another ensemble"),
  STORE_FULL: broken(null, "there was no space left to write to the store"),
  STORE_FAILED: broken(null, "the medium of the store failed; the store takes nothing more until it is opened anew"),
  STORE_CLOSED: entry(null, "the store is not open"),
  DEPENDENCY_MISSING: entry(null, "a package that is optional, and needed here, is not installed"),
  ADDRESS_IN_USE: retryable(null, "somebody else listens at the address"),
  ADDRESS_UNUSABLE: entry(null, "the address is not one that this transport, machine or user may use"),
  UNREACHABLE: retryable(
    null,
    "no connection came about: the name is unknown, the other end refused, or none answered in time",
  ),
  IDENTITY_REFUSED: entry(null, "one of the two ends did not prove to be who it has to be"),
  FRAME_TOO_LARGE: entry(null, "a frame was longer than the receiving end takes"),
  FRAME_CORRUPT: entry(null, "a frame from another peer is damaged, or is none that a peer sends"),
  CONNECTION_CLOSED: unknown(null, "the connection has ended: an end closed it, or it broke"),
  PEER_CLUSTER_MISMATCH: entry(null, "the two peers of a link belong to different clusters"),
  PEER_ID_MISMATCH: entry(null, "another peer than the one that was looked for answers at an address"),
  PEER_ID_DUPLICATE: retryable(null, "another peer with the same id is alive"),
  PEER_VERSION_UNSUPPORTED: entry(null, "two peers know no common version of the peer protocol"),
  NO_QUORUM: retryable(null, "no quorum of the ensemble was there in time"),
  PEER_STOPPED: broken(null, "the peer has stopped; another one on the same store goes on"),
  ENSEMBLE_MISMATCH: entry(null, "the voters in the options are not those that the cluster has"),
  UNSUPPORTED: entry(null, "the server, or this way of reaching it, cannot do that"),
  ABORTED: unknown(null, "the signal of the call was aborted before the reply arrived"),
  BAD_DATA: entry(null, "the data of the znode is not what the reader expects"),
  NOT_HELD: entry(null, "a lock, a lease or a leadership is held no more"),
});

const CODE_OF_WIRE: ReadonlyMap<number, ErrorCode> = new Map(
  (Object.keys(ERROR_CODES) as ErrorCode[]).flatMap((code) => {
    const wire = ERROR_CODES[code].wire;
    return wire === null ? [] : [[wire, code] as const];
  }),
);

/** The code of a wire number, or undefined for 0 (success) and for numbers that ZooKeeper does not define. */
export function codeOfWire(wire: number): ErrorCode | undefined {
  return CODE_OF_WIRE.get(wire);
}

/** ZooKeeper's number for `code`; -1 (SYSTEM_ERROR) for codes that have none. */
export function wireOfCode(code: ErrorCode): number {
  return ERROR_CODES[code].wire ?? -1;
}
