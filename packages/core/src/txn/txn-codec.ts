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
import type { Txn, TxnHeader, ZnodeTxn } from "./txn.ts";

/**
 * The bytes of a txn: a jute record, as everything on ZooKeeper's wire, though of our own making. Written once by
 * the leader; the same bytes go to every log and every learner.
 *
 * Header: session long, cxid int, time long, type int (the opcode); then the fields in the order of `Txn`.
 */
export interface DecodedTxn {
  readonly header: TxnHeader;
  readonly txn: Txn;
}

/** The opcode of a txn that only core makes; ZooKeeper gives 16 to reconfig, which sets the same znode. */
const CONFIG_TYPE = OPCODES.reconfig;
const ZNODE_TXN_SIZE_MIN_BYTES = 8;
const ERROR_SIZE_BYTES = 4;
const NO_ERROR = 0;

export function encodeTxn(writer: JuteWriter, header: TxnHeader, txn: Txn): void {
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
      writeVector(writer, txn.txns, encodeZnodeTxn);
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
      encodeZnodeTxn(writer, txn);
  }
}

/**
 * Buffers in the result are views of the reader's bytes.
 * @throws CoterieError TXN_CORRUPT if the bytes are no txn: the log is damaged, since prepare writes only whole ones.
 */
export function decodeTxn(reader: JuteReader): DecodedTxn {
  try {
    const header: TxnHeader = {
      sessionId: reader.readBigLong() as SessionId,
      cxid: reader.readInt(),
      timeMs: reader.readLong() as WallTimeMs,
    };
    const txn = decodeBody(reader, reader.readInt());
    if (reader.remainingBytes === 0) return { header, txn };
  } catch (error) {
    if (!isProtocolError(error)) throw error;
    throw new CoterieError("TXN_CORRUPT", `a logged txn does not decode: ${error.message}`, { cause: error });
  }
  throw new CoterieError("TXN_CORRUPT", "a logged txn has bytes behind its end");
}

function encodeZnodeTxn(writer: JuteWriter, txn: ZnodeTxn): void {
  writer.writeInt(OPCODES[txn.kind]);
  writer.writeString(txn.path);
  switch (txn.kind) {
    case "create":
      writer.writeBuffer(txn.data);
      // Null stands for the open ACL: nearly every znode has it, and it would take 31 bytes.
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

function decodeBody(reader: JuteReader, type: number): Txn {
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
      return { kind: "multi", txns: readVector(reader, ZNODE_TXN_SIZE_MIN_BYTES, decodeSubTxn) };
    case OPCODES.error:
      return {
        kind: "error",
        code: decodeCode(reader) ?? "SYSTEM_ERROR",
        results: readNullableVector(reader, ERROR_SIZE_BYTES, decodeCode),
      };
    case CONFIG_TYPE:
      return { kind: "config", data: reader.readBuffer() };
    default:
      return decodeZnodeTxn(reader, type);
  }
}

function decodeSubTxn(reader: JuteReader): ZnodeTxn {
  return decodeZnodeTxn(reader, reader.readInt());
}

function decodeZnodeTxn(reader: JuteReader, type: number): ZnodeTxn {
  const path = reader.readString();
  switch (type) {
    case OPCODES.create:
      return {
        kind: "create",
        path,
        data: reader.readNullableBuffer(),
        acl: readAclVector(reader) ?? OPEN_ACL,
        parentCversion: reader.readInt(),
        owner: reader.readBigLong(),
      };
    case OPCODES.delete:
      return { kind: "delete", path };
    case OPCODES.setData:
      return { kind: "setData", path, data: reader.readNullableBuffer(), version: reader.readInt() };
    case OPCODES.setACL:
      return { kind: "setACL", path, acl: readAclVector(reader) ?? OPEN_ACL, aversion: reader.readInt() };
    case OPCODES.check:
      return { kind: "check", path };
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
