export { CREATE_MODES, type CreateMode, type CreateModeTraits, createModeOfFlags, TTL_MAX_MS } from "./create-modes.ts";
export { createFrameSplitter, type FrameSplitter, type FrameSplitterOptions } from "./frame-splitter.ts";
export { beginFrame, endFrame, FRAME_PREFIX_SIZE_BYTES, peekXid } from "./framing.ts";
export { JuteReader, type JuteReaderOptions, readNullableVector, readStringVector, readVector } from "./jute/reader.ts";
export { JuteWriter, type JuteWriterOptions, writeStringVector, writeVector } from "./jute/writer.ts";
export {
  FIELD_SIZE_MAX_BYTES_DEFAULT,
  fieldSizeMaxBytes,
  JUTE_BUFFER_MAX_BYTES,
  JUTE_EXTRA_SIZE_MIN_BYTES,
} from "./limits.ts";
export { isOpcode, type Opcode, OPCODES, type OpcodeName, opcodeName } from "./opcodes.ts";
export { type Permission, PERMISSIONS } from "./permissions.ts";
export { isProtocolError, ProtocolError, type ProtocolErrorReason } from "./protocol-error.ts";
export {
  type Acl,
  type AclSpec,
  type GetAclRequest,
  type GetAclResponse,
  readAcl,
  readAclSpecVector,
  readAclVector,
  type SetAclRequest,
  type SetAclResponse,
  writeAcl,
  writeAclVector,
} from "./records/acl.ts";
export type {
  GetAllChildrenNumberRequest,
  GetAllChildrenNumberResponse,
  GetChildren2Request,
  GetChildren2Response,
  GetChildrenRequest,
  GetChildrenResponse,
  GetEphemeralsRequest,
  GetEphemeralsResponse,
} from "./records/children.ts";
export {
  type ConnectRequest,
  type ConnectResponse,
  PASSWORD_SIZE_BYTES,
  PROTOCOL_VERSION_COTERIE,
  readConnectRequest,
  readConnectResponse,
  writeConnectRequest,
  writeConnectResponse,
} from "./records/connect.ts";
export type { Create2Response, CreateRequest, CreateResponse, CreateTtlRequest } from "./records/create.ts";
export type {
  ExistsRequest,
  ExistsResponse,
  GetDataRequest,
  GetDataResponse,
  SetDataRequest,
  SetDataResponse,
  VersionedPathRequest,
} from "./records/data.ts";
export {
  readReplyHeader,
  readRequestHeader,
  type ReplyHeader,
  type RequestHeader,
  writeReplyHeader,
  writeRequestHeader,
} from "./records/headers.ts";
export type { MultiOp, MultiReadOp, MultiReadRequest, MultiRequest } from "./records/multi.ts";
export type { EmptyResult, ErrorResult, MultiResponse, MultiResult } from "./records/multi-result.ts";
export type { ReconfigRequest, ReconfigResponse } from "./records/reconfig.ts";
export type { AuthRequest, ClientInfo, SaslRequest, SaslResponse, WhoAmIResponse } from "./records/session.ts";
export { readStat, type Stat, STAT_SIZE_BYTES, writeStat } from "./records/stat.ts";
export type { SyncRequest, SyncResponse } from "./records/sync.ts";
export type {
  AddWatchRequest,
  AddWatchResponse,
  SetWatches2Request,
  SetWatchesRequest,
  WatcherEvent,
  WatcherTypeRequest,
} from "./records/watches.ts";
export {
  type BareRequest,
  readRequest,
  readRequestBody,
  type Request,
  type RequestBody,
  writeRequest,
  writeRequestBody,
} from "./request.ts";
export { type ProbeAnswer, readProbeAnswer, writeProbeAnswer } from "./records/probe.ts";
export {
  type BareResponse,
  readResponse,
  readResponseBody,
  type Response,
  type ResponseBody,
  writeResponse,
  writeResponseBody,
} from "./response.ts";
export {
  ADD_WATCH_MODES,
  type AddWatchMode,
  KEEPER_STATES,
  type KeeperState,
  WATCH_EVENT_TYPES,
  type WatchEventType,
  WATCHER_TYPES,
  type WatcherType,
} from "./watch-codes.ts";
export {
  XID_AUTH,
  XID_GOODBYE,
  XID_NOTIFICATION,
  XID_PING,
  XID_PROBE,
  XID_SET_WATCHES,
  ZXID_UNPROVEN,
} from "./xids.ts";
