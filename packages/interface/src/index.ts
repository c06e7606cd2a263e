export { assert, AssertionError } from "./assert.ts";
export { CHAIN_HASH_NONE, type ChainHash, chainHash } from "./chain-hash.ts";
export { checkInteger, checkOptions, type OptionKind, type OptionKinds } from "./check-options.ts";
export type { Clock, Timer } from "./clock.ts";
export { CoterieError, type CoterieErrorOptions } from "./coterie-error.ts";
export { codeOfWire, ERROR_CODES, type ErrorCode, type ErrorCodeEntry, wireOfCode } from "./error-codes.ts";
export {
  type CheckpointMark,
  type CheckpointReader,
  type HardState,
  LOG_LIMITS,
  type LogBatch,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type LogReading,
  type LogStorage,
  type LogStorageSupports,
  positionOf,
  type RecoveredLog,
  type StoredCheckpoint,
  type ZxidRange,
} from "./log-storage.ts";
export { type Random, randomBelow } from "./random.ts";
export { createSeededRandom } from "./seeded-random.ts";
export { shownOf } from "./shown-of.ts";
export type {
  CheckpointKind,
  Checkpoints,
  CheckpointStep,
  CheckpointSummary,
  CheckpointWriter,
  RestoreTarget,
  StateMachine,
  StateRestore,
  TxnContext,
} from "./state-machine.ts";
export type {
  Connection,
  ConnectionHandler,
  ConnectionInfo,
  ConnectionOptions,
  Listener,
  ListenHandler,
  ListenOptions,
  RemoteIdentity,
  Transport,
  TransportSupports,
} from "./transport.ts";
export { checkConnectionOptions, checkListenOptions, checkTimeoutMs } from "./transport-options.ts";
export {
  COUNTER_MAX,
  counterOf,
  createSessionId,
  createZxid,
  type Epoch,
  EPOCH_MAX,
  epochOf,
  formatSessionId,
  formatZxid,
  isEpoch,
  isPeerId,
  isZxid,
  type MonotonicMs,
  PEER_ID_MAX,
  type PeerId,
  SESSION_NONE,
  type SessionId,
  type WallTimeMs,
  type Zxid,
  ZXID_NONE,
} from "./units.ts";
