import type { AuthId, WriteRequest } from "@coterie/core";
import type { SessionId } from "@coterie/interface";

/**
 * What a peer asks the leader for on behalf of a connection that it serves. Every one of them becomes exactly one txn, or the
 * connection ends: so the peer knows from the stream of txns alone what has become of it. Refusals are txns, too.
 */
export type PeerRequest = OpenRequest | AttachRequest | ClientRequest;

/**
 * A session for a new client. Its txn is a createSession with sessionId SESSION_NONE and `token` as cxid. The new session's
 * owner is `attachment`.
 */
export interface OpenRequest {
  readonly kind: "open";
  readonly token: number;
  readonly attachment: number;
  /** Negotiated. */
  readonly timeoutMs: number;
  /** What proves the password later (serving/password.ts). */
  readonly verifier: Uint8Array;
}

/**
 * A client has come with its session, whose password its peer has checked. Its txn has the session's id and `token` as
 * cxid: an empty multi if `attachment` owns the session from here on, otherwise an error, SESSION_EXPIRED or SESSION_MOVED. What
 * was asked through earlier attachments has its txns before this one, or none: so the client is told that it is connected when this
 * txn is applied, and everything of the session behind it in the stream is this attachment's.
 */
export interface AttachRequest {
  readonly kind: "attach";
  readonly token: number;
  readonly sessionId: SessionId;
  readonly attachment: number;
  readonly timeoutMs: number;
  /**
   * The connection has outlived a change of the leader (docs/decisions/0016): it takes the session from nobody. If another
   * attachment owns it already, the client is there by now, and SESSION_MOVED is the answer.
   */
  readonly isResumed: boolean;
}

/**
 * A write of a session. Its txn has the session's id and `cxid`. If another attachment owns the session by then it has no
 * txn: the one by which that attachment came to own it ends this connection.
 */
export interface ClientRequest {
  readonly kind: "client";
  readonly sessionId: SessionId;
  readonly attachment: number;
  /** Ascends within the attachment, from 0; wraps at 2^31. Clients' own xids may repeat. */
  readonly cxid: number;
  /** What the connection has proved to be. */
  readonly identities: readonly AuthId[];
  readonly write: ClientWrite;
}

/** The writes that a client may ask for. `closeSession` closes the session that asks, whoever owns it by now. */
export type ClientWrite = Exclude<
  WriteRequest,
  { readonly kind: "createSession" | "deleteContainer" | "config" | "refuse" }
>;

/** Of `open` and `attach`: negative, and no two peers use the same (serving/tokens.ts). */
export const TOKEN_MAX = -1;
