import type { ErrorCode, PeerId, SessionId, TxnContext } from "@coterie/interface";
import type {
  CreateRequest,
  CreateTtlRequest,
  MultiRequest,
  ReconfigRequest,
  SetAclRequest,
  SetDataRequest,
  VersionedPathRequest,
} from "@coterie/protocol";
import type { AuthId } from "../acl/auth-id.ts";

/** What becomes a txn: the writes of clients, as the protocol knows them, and what peers ask for themselves. */
export type WriteRequest =
  | CreateRequest
  | CreateTtlRequest
  | VersionedPathRequest
  | SetDataRequest
  | SetAclRequest
  | MultiRequest
  | ReconfigRequest
  | CreateSessionRequest
  | CloseSessionRequest
  | DeleteContainerRequest
  | ConfigRequest
  | RefuseRequest;

/** A peer opens a session for a client; its id follows from the peer and the zxid. */
export interface CreateSessionRequest {
  readonly kind: "createSession";
  /** The peer that the client is connected to. */
  readonly peerId: PeerId;
  /** Negotiated: what is enforced. 1..2^31-1. */
  readonly timeoutMs: number;
  /** What proves the password later. */
  readonly verifier: Uint8Array;
}

/** A client closes its session, or the leader expires it. */
export interface CloseSessionRequest {
  readonly kind: "closeSession";
  readonly id: SessionId;
}

/** The leader's reaper found a container or TTL znode due (reap/reap-candidates.ts); it is checked again here. */
export interface DeleteContainerRequest {
  readonly kind: "deleteContainer";
  readonly path: string;
}

/** The ensemble's configuration as text, for /zookeeper/config. */
export interface ConfigRequest {
  readonly kind: "config";
  readonly data: Uint8Array;
}

/** The shell has refused the request (SESSION_MOVED, say); the refusal is ordered like any other outcome. */
export interface RefuseRequest {
  readonly kind: "refuse";
  readonly code: ErrorCode;
}

/** Everything a txn fixes that the request does not say. */
export interface PrepareContext extends TxnContext {
  /** The session that asks; SESSION_NONE for the leader's own requests, which no session check concerns. */
  readonly sessionId: SessionId;
  /** The session's own number for the request, given back with the outcome. */
  readonly cxid: number;
  /** What the session's connection has proved to be. */
  readonly identities: readonly AuthId[];
}
