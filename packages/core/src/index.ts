export { type AclId, OPEN_ACL } from "./acl/acl-table.ts";
export type { AuthId } from "./acl/auth-id.ts";
export { isIpInRange, isIpRange } from "./acl/ip-range.ts";
export type { Applied, ErrorOutcome, Outcome } from "./apply/outcome.ts";
export { type StateCheckpointSummary, StateCheckpointWriter } from "./checkpoint/checkpoint-writer.ts";
export { StateCheckpoints } from "./checkpoint/checkpoints.ts";
export { PAGE_SIZE_TARGET_BYTES } from "./checkpoint/page-writer.ts";
export { Restore } from "./checkpoint/restore.ts";
export { CORE_LIMITS_DEFAULT, type CoreLimits } from "./limits.ts";
export { isValidPath } from "./path/validate-path.ts";
export { txnSizeMaxOf } from "./prepare/txn-size.ts";
export type {
  CloseSessionRequest,
  ConfigRequest,
  CreateSessionRequest,
  DeleteContainerRequest,
  PrepareContext,
  RefuseRequest,
  WriteRequest,
} from "./prepare/write-request.ts";
export {
  createReadBarrier,
  type Outstanding,
  type ReadAdmission,
  type ReadBarrier,
  type ReadBarrierOptions,
  SESSION_REQUESTS_MAX,
  type WriteAdmission,
} from "./read/read-barrier.ts";
export type { ReadContext, ReadError, ReadRequest, ReadResponse } from "./read/reads.ts";
export { type Attachment, ATTACHMENT_NONE, nextAttachment } from "./session/attachment.ts";
export type { Session } from "./session/session-table.ts";
export {
  createSessionTimeoutBounds,
  isSessionTimeout,
  negotiateTimeout,
  SESSION_TIMEOUT_MAX_MS,
  SESSION_TIMEOUT_MAX_TICKS,
  SESSION_TIMEOUT_MIN_TICKS,
  type SessionTimeoutBounds,
} from "./session/session-timeout.ts";
export {
  type AttachRefusal,
  createSessionTracker,
  type OwnerRefusal,
  type SessionTracker,
  type SessionTrackerOptions,
} from "./session/session-tracker.ts";
export { createTouchReport, type SessionTouch, type TouchReport } from "./session/touch-report.ts";
export type { StateOptions } from "./state.ts";
export {
  createStateMachine,
  type CoreStateMachine,
  type StateMachineOptions,
  type StateStatistics,
} from "./state-machine.ts";
export type { PathHashKey } from "./tree/path-hash.ts";
export type { TxnHeader } from "./txn/txn.ts";
export { type DecodedTxn, decodeTxn } from "./txn/txn-codec.ts";
export type { WatcherId, WatchEvent, WatchEventKind } from "./watch/watch-event.ts";
export type { WatchAnswer, WatchRequest } from "./watch/watch-requests.ts";
