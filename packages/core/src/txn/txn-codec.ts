import {
  codeOfWire,
  CoterieError,
  type ErrorCode,
  type SessionId,
  type WallTimeMs,
  wireOfCode,
} from "@coterie/interface";
import {
  isProtocolError,
  type JuteReader,
  type JuteWriter,
  OPCODES,
  readAclVector,
  readNullableVector,
  readVector,
  writeAclVector,
  writeVector,
} from "@coterie/protocol";
import { OPEN_ACL } from "../acl/acl-table.ts";
import type { PathBytes } from "../tree/path-bytes.ts";
import { LoggedOperation } from "./logged-operation.ts";
import type { LoggedTxn, Txn, TxnHeader, ZnodeTxn } from "./txn.ts";

/**
 * The bytes of a txn: a jute record, as everything on ZooKeeper's wire, though of our own making. Written once by
 * the leader; the same bytes go to every log and every learner.
 *
 * Header: session long, cxid int, time long, type int (the opcode); then the fields in the order of `Txn`.
 */
export interface DecodedTxn {
  readonly header: TxnHeader;
  readonly txn: LoggedTxn;
}

/** The opcode of a txn that only core makes; ZooKeeper gives 16 to reconfig, which sets the same znode. */
const CONFIG_TYPE = OPCODES.reconfig;
const ZNODE_TXN_SIZE_MIN_BYTES = 8;
const ERROR_SIZE_BYTES = 4;
const NO_ERROR = 0;

/** `text` is a path in UTF-8; where the txn names the same one, it need not be encoded again. */
export function encodeTxn(writer: JuteWriter, header: TxnHeader, txn: Txn, text: PathBytes | null = null): void {
  writer.writeBigLong(header.sessionId);
  writer.writeInt(header.cxid);
  writer.writeLong(header.timeMs);
  switch (txn.kind) {
    case "createSession":
      writer.writeInt(OPCODES.createSession);
      writer.writeBigLong(txn.id);
      writer.writeInt(txn.timeoutMs);
      writer.writeBuffer(txn.verifier);
      return;
    case "closeSession":
      writer.writeInt(OPCODES.closeSession);
      writer.writeBigLong(txn.id);
      return;
    case "multi":
      writer.writeInt(OPCODES.multi);
      writeVector(writer, txn.txns, (_, operation) => encodeOperation(writer, operation, text));
      return;
    case "error":
      writer.writeInt(OPCODES.error);
      writer.writeInt(wireOfCode(txn.code));
      writeVector(writer, txn.results, encodeResult);
      return;
    case "config":
      writer.writeInt(CONFIG_TYPE);
      writer.writeBuffer(txn.data);
      return;
    default:
      encodeOperation(writer, txn, text);
  }
}

/**
 * Reads a txn with `reader`, which stays on `bytes`; buffers in the result are views of them.
 * @throws CoterieError TXN_CORRUPT if the bytes are no txn: the log is damaged, since prepare writes only whole ones.
 */
export function decodeTxn(reader: JuteReader, bytes: Uint8Array): DecodedTxn {
  reader.reset(bytes);
  try {
    const header: TxnHeader = {
      sessionId: reader.readBigLong() as SessionId,
      cxid: reader.readInt(),
      timeMs: reader.readLong() as WallTimeMs,
    };
    const txn = decodeBody(reader, bytes, reader.readInt());
    if (reader.remainingBytes === 0) return { header, txn };
  } catch (error) {
    if (!isProtocolError(error)) throw error;
    throw new CoterieError("TXN_CORRUPT", `a logged txn does not decode: ${error.message}`, { cause: error });
  }
  throw new CoterieError("TXN_CORRUPT", "a logged txn has bytes behind its end");
}

function encodeOperation(writer: JuteWriter, txn: ZnodeTxn, text: PathBytes | null): void {
  writer.writeInt(typeOf(txn.kind));
  if (text !== null && text.holds(txn.path)) writer.writeUtf8(text.bytes, text.length);
  else writer.writeString(txn.path);
  switch (txn.kind) {
    case "create":
      writer.writeBuffer(txn.data);
      // Null stands for the open ACL: nearly every znode has it, and it would take 23 bytes more.
      writeAclVector(writer, txn.acl === OPEN_ACL ? null : txn.acl);
      writer.writeInt(txn.parentCversion);
      writer.writeBigLong(txn.owner);
      return;
    case "setData":
      writer.writeBuffer(txn.data);
      writer.writeInt(txn.version);
      return;
    case "setACL":
      writeAclVector(writer, txn.acl === OPEN_ACL ? null : txn.acl);
      writer.writeInt(txn.aversion);
      return;
    case "delete":
    case "check":
  }
}

function decodeBody(reader: JuteReader, bytes: Uint8Array, type: number): LoggedTxn {
  switch (type) {
    case OPCODES.createSession:
      return {
        kind: "createSession",
        id: reader.readBigLong() as SessionId,
        timeoutMs: reader.readInt(),
        verifier: reader.readBuffer(),
      };
    case OPCODES.closeSession:
      return { kind: "closeSession", id: reader.readBigLong() as SessionId };
    case OPCODES.multi:
      return {
        kind: "multi",
        txns: readVector(reader, ZNODE_TXN_SIZE_MIN_BYTES, () => decodeOperation(reader, bytes, reader.readInt())),
      };
    case OPCODES.error:
      return {
        kind: "error",
        code: decodeCode(reader) ?? "SYSTEM_ERROR",
        results: readNullableVector(reader, ERROR_SIZE_BYTES, decodeCode),
      };
    case CONFIG_TYPE:
      return { kind: "config", data: reader.readBuffer() };
    default:
      return decodeOperation(reader, bytes, type);
  }
}

function decodeOperation(reader: JuteReader, bytes: Uint8Array, type: number): LoggedOperation {
  const operation = new LoggedOperation(kindOf(type), reader, bytes);
  switch (operation.kind) {
    case "create":
      operation.data = reader.readNullableBuffer();
      operation.acl = readAclVector(reader) ?? OPEN_ACL;
      operation.version = reader.readInt();
      operation.owner = reader.readBigLong();
      break;
    case "setData":
      operation.data = reader.readNullableBuffer();
      operation.version = reader.readInt();
      break;
    case "setACL":
      operation.acl = readAclVector(reader) ?? OPEN_ACL;
      operation.version = reader.readInt();
      break;
    case "delete":
    case "check":
  }
  return operation;
}

/** Not by `OPCODES[kind]`, which as a load by a name that varies costs more than the rest of the header. */
function typeOf(kind: ZnodeTxn["kind"]): number {
  switch (kind) {
    case "create":
      return OPCODES.create;
    case "delete":
      return OPCODES.delete;
    case "setData":
      return OPCODES.setData;
    case "setACL":
      return OPCODES.setACL;
    case "check":
      return OPCODES.check;
  }
}

function kindOf(type: number): ZnodeTxn["kind"] {
  switch (type) {
    case OPCODES.create:
      return "create";
    case OPCODES.delete:
      return "delete";
    case OPCODES.setData:
      return "setData";
    case OPCODES.setACL:
      return "setACL";
    case OPCODES.check:
      return "check";
    default:
      throw new CoterieError("TXN_CORRUPT", `a logged txn has the unknown type ${type}`);
  }
}

function encodeResult(writer: JuteWriter, code: ErrorCode | null): void {
  writer.writeInt(code === null ? NO_ERROR : wireOfCode(code));
}

/** Null for "no error". Every code that prepare gives has a wire number. */
function decodeCode(reader: JuteReader): ErrorCode | null {
  const wire = reader.readInt();
  return wire === NO_ERROR ? null : (codeOfWire(wire) ?? "SYSTEM_ERROR");
}
