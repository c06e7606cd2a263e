import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { OPCODES } from "../opcodes.ts";
import { ProtocolError } from "../protocol-error.ts";
import { type GetChildrenRequest, readGetChildrenRequest } from "./children.ts";
import {
  type CreateRequest,
  type CreateTtlRequest,
  readCreateRequest,
  readCreateTtlRequest,
  writeCreateRequest,
} from "./create.ts";
import {
  type GetDataRequest,
  readGetDataRequest,
  readSetDataRequest,
  readVersionedPathRequest,
  type SetDataRequest,
  type VersionedPathRequest,
  writeSetDataRequest,
  writeVersionedPathRequest,
  writeWatchedPath,
} from "./data.ts";

/** What a multi may hold. */
export type MultiOp = CreateRequest | CreateTtlRequest | VersionedPathRequest | SetDataRequest;

/** Writes and checks that take effect together or not at all. Source: client-protocol.md, section 5. */
export interface MultiRequest {
  readonly kind: "multi";
  readonly ops: readonly MultiOp[];
}

/** What a multiRead may hold. */
export type MultiReadOp = GetDataRequest | GetChildrenRequest;

/** Reads sent together; each has its own result or error. */
export interface MultiReadRequest {
  readonly kind: "multiRead";
  readonly ops: readonly MultiReadOp[];
}

/** Stands before each operation and each result, and behind the last. */
interface MultiHeader {
  readonly type: number;
  /** Nothing follows. */
  readonly done: boolean;
  readonly err: number;
}

/** The type of a multi's terminator, and of a result that is an error. */
const MULTI_HEADER_ERROR_TYPE = OPCODES.error;

export function readMultiHeader(reader: JuteReader): MultiHeader {
  return { type: reader.readInt(), done: reader.readBoolean(), err: reader.readInt() };
}

export function writeMultiHeader(writer: JuteWriter, type: number, err: number): void {
  writer.writeInt(type);
  writer.writeBoolean(false);
  writer.writeInt(err);
}

export function writeMultiTerminator(writer: JuteWriter): void {
  writer.writeInt(MULTI_HEADER_ERROR_TYPE);
  writer.writeBoolean(true);
  writer.writeInt(-1);
}

export function readMultiRequest(reader: JuteReader): MultiRequest {
  const ops: MultiOp[] = [];
  for (let header = readMultiHeader(reader); !header.done; header = readMultiHeader(reader)) {
    ops.push(readMultiOp(reader, header.type));
  }
  return { kind: "multi", ops };
}

export function readMultiReadRequest(reader: JuteReader): MultiReadRequest {
  const ops: MultiReadOp[] = [];
  for (let header = readMultiHeader(reader); !header.done; header = readMultiHeader(reader)) {
    ops.push(readMultiReadOp(reader, header.type));
  }
  return { kind: "multiRead", ops };
}

export function writeMultiRequest(writer: JuteWriter, request: MultiRequest | MultiReadRequest): void {
  for (const op of request.ops) {
    writeMultiHeader(writer, OPCODES[op.kind], -1);
    writeOp(writer, op);
  }
  writeMultiTerminator(writer);
}

function readMultiOp(reader: JuteReader, type: number): MultiOp {
  switch (type) {
    case OPCODES.create:
      return readCreateRequest(reader, "create");
    case OPCODES.create2:
      return readCreateRequest(reader, "create2");
    case OPCODES.createContainer:
      return readCreateRequest(reader, "createContainer");
    case OPCODES.createTTL:
      return readCreateTtlRequest(reader);
    case OPCODES.delete:
      return readVersionedPathRequest(reader, "delete");
    case OPCODES.check:
      return readVersionedPathRequest(reader, "check");
    case OPCODES.setData:
      return readSetDataRequest(reader);
    default:
      throw new ProtocolError("multi-opcode", `a multi cannot hold an operation of type ${type}`);
  }
}

function readMultiReadOp(reader: JuteReader, type: number): MultiReadOp {
  switch (type) {
    case OPCODES.getData:
      return readGetDataRequest(reader);
    case OPCODES.getChildren:
      return readGetChildrenRequest(reader);
    default:
      throw new ProtocolError("multi-opcode", `a multiRead cannot hold an operation of type ${type}`);
  }
}

function writeOp(writer: JuteWriter, op: MultiOp | MultiReadOp): void {
  switch (op.kind) {
    case "create":
    case "create2":
    case "createContainer":
    case "createTTL":
      return writeCreateRequest(writer, op);
    case "delete":
    case "check":
      return writeVersionedPathRequest(writer, op);
    case "setData":
      return writeSetDataRequest(writer, op);
    case "getData":
    case "getChildren":
      return writeWatchedPath(writer, op);
  }
}
