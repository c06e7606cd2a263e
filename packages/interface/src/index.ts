export { assert, AssertionError } from "./assert.ts";
export { CoterieError, type CoterieErrorOptions } from "./coterie-error.ts";
export { codeOfWire, ERROR_CODES, type ErrorCode, type ErrorCodeEntry, wireOfCode } from "./error-codes.ts";
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
