import type { JuteReader } from "./jute/reader.ts";
import type { JuteWriter } from "./jute/writer.ts";
import { type Opcode, OPCODES } from "./opcodes.ts";
import { ProtocolError } from "./protocol-error.ts";
import * as acl from "./records/acl.ts";
import * as children from "./records/children.ts";
import * as create from "./records/create.ts";
import * as data from "./records/data.ts";
import { readReplyHeader, type ReplyHeader, writeReplyHeader } from "./records/headers.ts";
import * as multi from "./records/multi-result.ts";
import * as reconfig from "./records/reconfig.ts";
import * as session from "./records/session.ts";
import * as sync from "./records/sync.ts";
import * as watches from "./records/watches.ts";

/** A response that is its header alone. */
export interface BareResponse {
  readonly kind:
    | "delete"
    | "ping"
    | "checkWatches"
    | "removeWatches"
    | "setWatches"
    | "setWatches2"
    | "auth"
    | "closeSession";
}

/** Everything a server may send behind a reply header; `kind` is the opcode's name. */
export type ResponseBody =
  | create.CreateResponse
  | create.Create2Response
  | data.ExistsResponse
  | data.GetDataResponse
  | data.SetDataResponse
  | acl.GetAclResponse
  | acl.SetAclResponse
  | children.GetChildrenResponse
  | children.GetChildren2Response
  | children.GetEphemeralsResponse
  | children.GetAllChildrenNumberResponse
  | sync.SyncResponse
  | multi.MultiResponse
  | reconfig.ReconfigResponse
  | watches.WatcherEvent
  | watches.AddWatchResponse
  | session.SaslResponse
  | session.WhoAmIResponse
  | BareResponse;

export interface Response extends ReplyHeader {
  /**
   * Null iff `err` is not 0, with one exception of ZooKeeper's: a multiRead that holds a write is refused with an
   * error *and* an empty body.
   */
  readonly body: ResponseBody | null;
}

/**
 * Reads a whole reply or notification, the payload of one frame. The wire does not say what a reply answers: the
 * caller knows the opcode from the xid (`peekXid`), `OPCODES.notification` for `XID_NOTIFICATION`. Buffers in it are
 * views of the reader's bytes; bytes behind the record are ignored and counted by `reader.remainingBytes`.
 *
 * @throws ProtocolError
 */
export function readResponse(reader: JuteReader, opcode: Opcode): Response {
  const { xid, zxid, err } = readReplyHeader(reader);
  const hasBody = err === 0 || (opcode === OPCODES.multiRead && reader.remainingBytes > 0);
  return { xid, zxid, err, body: hasBody ? readResponseBody(reader, opcode) : null };
}

/** Writes the payload of a frame; `beginFrame` and `endFrame` put the length before it. */
export function writeResponse(writer: JuteWriter, response: Response): void {
  writeReplyHeader(writer, response);
  if (response.body !== null) writeResponseBody(writer, response.body);
}

/** Reads what follows the header of a reply without error. @throws ProtocolError */
export function readResponseBody(reader: JuteReader, opcode: Opcode): ResponseBody {
  switch (opcode) {
    case OPCODES.notification:
      return watches.readWatcherEvent(reader);
    case OPCODES.ping:
      return { kind: "ping" };
    case OPCODES.getData:
      return data.readGetDataResponse(reader);
    case OPCODES.exists:
      return data.readExistsResponse(reader);
    case OPCODES.setData:
      return data.readSetDataResponse(reader);
    case OPCODES.delete:
      return { kind: "delete" };
    case OPCODES.create:
      return create.readCreateResponse(reader);
    case OPCODES.create2:
      return create.readCreate2Response(reader, "create2");
    case OPCODES.createContainer:
      return create.readCreate2Response(reader, "createContainer");
    case OPCODES.createTTL:
      return create.readCreate2Response(reader, "createTTL");
    case OPCODES.getChildren:
      return children.readGetChildrenResponse(reader);
    case OPCODES.getChildren2:
      return children.readGetChildren2Response(reader);
    case OPCODES.getACL:
      return acl.readGetAclResponse(reader);
    case OPCODES.setACL:
      return acl.readSetAclResponse(reader);
    case OPCODES.multi:
      return multi.readMultiResponse(reader, "multi");
    case OPCODES.multiRead:
      return multi.readMultiResponse(reader, "multiRead");
    default:
      return readRarerResponseBody(reader, opcode);
  }
}

function readRarerResponseBody(reader: JuteReader, opcode: Opcode): ResponseBody {
  switch (opcode) {
    case OPCODES.sync:
      return sync.readSync(reader);
    case OPCODES.reconfig:
      return reconfig.readReconfigResponse(reader);
    case OPCODES.checkWatches:
      return { kind: "checkWatches" };
    case OPCODES.removeWatches:
      return { kind: "removeWatches" };
    case OPCODES.setWatches:
      return { kind: "setWatches" };
    case OPCODES.setWatches2:
      return { kind: "setWatches2" };
    case OPCODES.addWatch:
      return watches.readAddWatchResponse(reader);
    case OPCODES.auth:
      return { kind: "auth" };
    case OPCODES.sasl:
      return session.readSaslToken(reader);
    case OPCODES.getEphemerals:
      return children.readGetEphemeralsResponse(reader);
    case OPCODES.getAllChildrenNumber:
      return children.readGetAllChildrenNumberResponse(reader);
    case OPCODES.whoAmI:
      return session.readWhoAmIResponse(reader);
    case OPCODES.closeSession:
      return { kind: "closeSession" };
    default:
      throw new ProtocolError("opcode-refused", `opcode ${opcode} has no response`);
  }
}

/** Writes what follows a reply header. */
export function writeResponseBody(writer: JuteWriter, body: ResponseBody): void {
  switch (body.kind) {
    case "notification":
      return watches.writeWatcherEvent(writer, body);
    case "getData":
      return data.writeGetDataResponse(writer, body);
    case "exists":
    case "setData":
      return data.writeStatResponse(writer, body);
    case "create":
      return create.writeCreateResponse(writer, body);
    case "create2":
    case "createContainer":
    case "createTTL":
      return create.writeCreate2Response(writer, body);
    case "getChildren":
      return children.writeGetChildrenResponse(writer, body);
    case "getChildren2":
      return children.writeGetChildren2Response(writer, body);
    case "getACL":
      return acl.writeGetAclResponse(writer, body);
    case "setACL":
      return acl.writeSetAclResponse(writer, body);
    case "multi":
    case "multiRead":
      return multi.writeMultiResponse(writer, body);
    case "sync":
      return sync.writeSync(writer, body);
    case "reconfig":
      return reconfig.writeReconfigResponse(writer, body);
    case "addWatch":
      return watches.writeAddWatchResponse(writer, body);
    case "sasl":
      return session.writeSaslToken(writer, body);
    case "getEphemerals":
      return children.writeGetEphemeralsResponse(writer, body);
    case "getAllChildrenNumber":
      return children.writeGetAllChildrenNumberResponse(writer, body);
    case "whoAmI":
      return session.writeWhoAmIResponse(writer, body);
    case "delete":
    case "ping":
    case "checkWatches":
    case "removeWatches":
    case "setWatches":
    case "setWatches2":
    case "auth":
    case "closeSession":
      return;
  }
}
