import {
  type Attachment,
  ATTACHMENT_NONE,
  type CoreStateMachine,
  type PrepareContext,
  type SessionTracker,
  type WriteRequest,
} from "@coterie/core";
import {
  createSessionId,
  type ErrorCode,
  type MonotonicMs,
  type PeerId,
  SESSION_NONE,
  type SessionId,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import type { AttachRequest, ClientRequest, OpenRequest } from "../request/peer-request.ts";
import type { QueuedRequest } from "./request-queue.ts";

export interface PrepareRoom {
  readonly machine: Pick<CoreStateMachine, "prepare">;
  readonly tracker: SessionTracker;
  /** One look at the clocks serves a turn. */
  readonly nowMs: MonotonicMs;
  readonly timeMs: WallTimeMs;
}

/** Of what the leader proposes by itself: not negative, which would be a token's. */
const CXID_NONE = 0;

/**
 * The txn of a request, as request/peer-request.ts says; what the tracker has to know of it, it is told. Null for a write of
 * an earlier attachment: its connection ends with the txn of the later one.
 */
export function prepareRequest(room: PrepareRoom, { from, request }: QueuedRequest, zxid: Zxid): Uint8Array | null {
  switch (request.kind) {
    case "client":
      return prepareWrite(room, request, zxid);
    case "attach":
      return prepareAttach(room, request, zxid);
    case "open":
      return prepareOpen(room, from, request, zxid);
    case "expire":
      return prepare(room, { kind: "closeSession", id: request.sessionId }, zxid, SESSION_NONE, CXID_NONE);
    case "reap":
      return prepare(room, { kind: "deleteContainer", path: request.path }, zxid, SESSION_NONE, CXID_NONE);
  }
}

function prepareWrite(room: PrepareRoom, request: ClientRequest, zxid: Zxid): Uint8Array | null {
  const { tracker, machine, timeMs } = room;
  const { sessionId, cxid, write, identities } = request;
  if (write.kind === "closeSession") {
    // Whoever owns it by now: semantics 5.3.
    tracker.closing(sessionId);
    return prepare(room, { kind: "closeSession", id: sessionId }, zxid, sessionId, cxid);
  }
  const refusal = tracker.checkOwner(sessionId, request.attachment as Attachment);
  // Whoever serves the session now would have to tell its txn from those of the owner's requests.
  if (refusal === "SESSION_MOVED") return null;
  if (refusal !== null) return refuse(room, refusal, zxid, sessionId, cxid);
  return machine.prepare(write, { zxid, timeMs, sessionId, cxid, identities });
}

function prepareAttach(room: PrepareRoom, request: AttachRequest, zxid: Zxid): Uint8Array {
  const { sessionId, token, attachment, timeoutMs, isResumed } = request;
  const { tracker } = room;
  if (isResumed && isOwnedByOther(tracker.ownerOf(sessionId), attachment)) {
    return refuse(room, "SESSION_MOVED", zxid, sessionId, token);
  }
  const refusal = tracker.attach(sessionId, attachment as Attachment, timeoutMs, room.nowMs);
  if (refusal !== null) return refuse(room, refusal, zxid, sessionId, token);
  return prepare(room, { kind: "multi", ops: [] }, zxid, sessionId, token);
}

function isOwnedByOther(owner: Attachment, attachment: number): boolean {
  return owner !== ATTACHMENT_NONE && owner !== attachment;
}

function prepareOpen(room: PrepareRoom, from: PeerId, request: OpenRequest, zxid: Zxid): Uint8Array {
  const { tracker, nowMs } = room;
  const { token, attachment, timeoutMs, verifier } = request;
  const id = createSessionId(from, zxid);
  tracker.opened(id, timeoutMs, nowMs);
  tracker.attach(id, attachment as Attachment, timeoutMs, nowMs);
  const write: WriteRequest = { kind: "createSession", peerId: from, timeoutMs, verifier };
  return prepare(room, write, zxid, SESSION_NONE, token);
}

function refuse(room: PrepareRoom, code: ErrorCode, zxid: Zxid, sessionId: SessionId, cxid: number): Uint8Array {
  return prepare(room, { kind: "refuse", code }, zxid, sessionId, cxid);
}

function prepare(room: PrepareRoom, write: WriteRequest, zxid: Zxid, sessionId: SessionId, cxid: number): Uint8Array {
  const context: PrepareContext = { zxid, timeMs: room.timeMs, sessionId, cxid, identities: [] };
  return room.machine.prepare(write, context);
}
