import type { JuteReader } from "./jute/reader.ts";
import type { JuteWriter } from "./jute/writer.ts";
import { isOpcode, OPCODES } from "./opcodes.ts";
import { isProtocolError, ProtocolError } from "./protocol-error.ts";
import * as acl from "./records/acl.ts";
import * as children from "./records/children.ts";
import * as create from "./records/create.ts";
import * as data from "./records/data.ts";
import { readRequestHeader, type RequestHeader, writeRequestHeader } from "./records/headers.ts";
import * as multi from "./records/multi.ts";
import * as reconfig from "./records/reconfig.ts";
import * as session from "./records/session.ts";
import * as sync from "./records/sync.ts";
import * as watches from "./records/watches.ts";

/** A request that is its header alone. */
export interface BareRequest {
  readonly kind: "ping" | "whoAmI" | "closeSession";
}

/** Everything a client may send behind a request header; `kind` is the opcode's name. */
export type RequestBody =
  | create.CreateRequest
  | create.CreateTtlRequest
  | data.VersionedPathRequest
  | data.ExistsRequest
  | data.GetDataRequest
  | data.SetDataRequest
  | acl.GetAclRequest
  | acl.SetAclRequest
  | children.GetChildrenRequest
  | children.GetChildren2Request
  | children.GetEphemeralsRequest
  | children.GetAllChildrenNumberRequest
  | sync.SyncRequest
  | multi.MultiRequest
  | multi.MultiReadRequest
  | reconfig.ReconfigRequest
  | watches.WatcherTypeRequest
  | watches.SetWatchesRequest
  | watches.SetWatches2Request
  | watches.AddWatchRequest
  | session.AuthRequest
  | session.SaslRequest
  | BareRequest;

export interface Request {
  readonly xid: number;
  readonly body: RequestBody;
}

/**
 * Reads a whole request, the payload of one frame. Buffers in it are views of the reader's bytes. Bytes behind the
 * record are ignored, as in ZooKeeper; `reader.remainingBytes` tells how many there are.
 *
 * A null path is refused with -5 for every operation but getEphemerals; ZooKeeper does so for most, while its setData,
 * setACL and check say -8 and its sync echoes null. No client sends one.
 *
 * @throws ProtocolError, whose `header` is present iff the 8 bytes of the header could be read.
 */
export function readRequest(reader: JuteReader): Request {
  const header = readRequestHeader(reader);
  try {
    return { xid: header.xid, body: readRequestBody(reader, header) };
  } catch (error) {
    if (!isProtocolError(error)) throw error;
    throw new ProtocolError(error.reason, error.message, header);
  }
}

/** Writes the payload of a frame; `beginFrame` and `endFrame` put the length before it. */
export function writeRequest(writer: JuteWriter, request: Request): void {
  writeRequestHeader(writer, { xid: request.xid, type: OPCODES[request.body.kind] });
  writeRequestBody(writer, request.body);
}

/** Reads what follows a header. @throws ProtocolError */
export function readRequestBody(reader: JuteReader, header: RequestHeader): RequestBody {
  switch (header.type) {
    case OPCODES.ping:
      return { kind: "ping" };
    case OPCODES.getData:
      return data.readGetDataRequest(reader);
    case OPCODES.exists:
      return data.readExistsRequest(reader);
    case OPCODES.setData:
      return data.readSetDataRequest(reader);
    case OPCODES.delete:
      return data.readVersionedPathRequest(reader, "delete");
    case OPCODES.create:
      return create.readCreateRequest(reader, "create");
    case OPCODES.create2:
      return create.readCreateRequest(reader, "create2");
    case OPCODES.createContainer:
      return create.readCreateRequest(reader, "createContainer");
    case OPCODES.createTTL:
      return create.readCreateTtlRequest(reader);
    case OPCODES.getChildren:
      return children.readGetChildrenRequest(reader);
    case OPCODES.getChildren2:
      return children.readGetChildren2Request(reader);
    case OPCODES.getACL:
      return acl.readGetAclRequest(reader);
    case OPCODES.setACL:
      return acl.readSetAclRequest(reader);
    case OPCODES.multi:
      return multi.readMultiRequest(reader);
    case OPCODES.multiRead:
      return multi.readMultiReadRequest(reader);
    default:
      return readRarerRequestBody(reader, header.type);
  }
}

function readRarerRequestBody(reader: JuteReader, type: number): RequestBody {
  switch (type) {
    case OPCODES.sync:
      return sync.readSync(reader);
    case OPCODES.reconfig:
      return reconfig.readReconfigRequest(reader);
    case OPCODES.checkWatches:
      return watches.readWatcherTypeRequest(reader, "checkWatches");
    case OPCODES.removeWatches:
      return watches.readWatcherTypeRequest(reader, "removeWatches");
    case OPCODES.setWatches:
      return watches.readSetWatchesRequest(reader);
    case OPCODES.setWatches2:
      return watches.readSetWatches2Request(reader);
    case OPCODES.addWatch:
      return watches.readAddWatchRequest(reader);
    case OPCODES.auth:
      return session.readAuthRequest(reader);
    case OPCODES.sasl:
      return session.readSaslToken(reader);
    case OPCODES.getEphemerals:
      return children.readGetEphemeralsRequest(reader);
    case OPCODES.getAllChildrenNumber:
      return children.readGetAllChildrenNumberRequest(reader);
    case OPCODES.whoAmI:
      return { kind: "whoAmI" };
    case OPCODES.closeSession:
      return { kind: "closeSession" };
    default:
      if (isOpcode(type)) throw new ProtocolError("opcode-refused", `a client may not send opcode ${type} here`);
      throw new ProtocolError("unknown-opcode", `${type} is no opcode`);
  }
}

/** Writes what follows a header. */
export function writeRequestBody(writer: JuteWriter, body: RequestBody): void {
  switch (body.kind) {
    case "getData":
    case "exists":
    case "getChildren":
    case "getChildren2":
      return data.writeWatchedPath(writer, body);
    case "setData":
      return data.writeSetDataRequest(writer, body);
    case "create":
    case "create2":
    case "createContainer":
    case "createTTL":
      return create.writeCreateRequest(writer, body);
    case "delete":
    case "check":
      return data.writeVersionedPathRequest(writer, body);
    case "multi":
    case "multiRead":
      return multi.writeMultiRequest(writer, body);
    case "getACL":
      return acl.writeGetAclRequest(writer, body);
    case "setACL":
      return acl.writeSetAclRequest(writer, body);
    case "sync":
      return sync.writeSync(writer, body);
    case "reconfig":
      return reconfig.writeReconfigRequest(writer, body);
    case "checkWatches":
    case "removeWatches":
      return watches.writeWatcherTypeRequest(writer, body);
    case "setWatches":
    case "setWatches2":
      return watches.writeSetWatchesRequest(writer, body);
    case "addWatch":
      return watches.writeAddWatchRequest(writer, body);
    case "auth":
      return session.writeAuthRequest(writer, body);
    case "sasl":
      return session.writeSaslToken(writer, body);
    case "getEphemerals":
      return children.writeGetEphemeralsRequest(writer, body);
    case "getAllChildrenNumber":
      return children.writeGetAllChildrenNumberRequest(writer, body);
    case "ping":
    case "whoAmI":
    case "closeSession":
      return;
  }
}
