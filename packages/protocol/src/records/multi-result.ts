import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { OPCODES } from "../opcodes.ts";
import { ProtocolError } from "../protocol-error.ts";
import { type GetChildrenResponse, readGetChildrenResponse, writeGetChildrenResponse } from "./children.ts";
import {
  type Create2Response,
  type CreateResponse,
  readCreate2Response,
  readCreateResponse,
  writeCreate2Response,
  writeCreateResponse,
} from "./create.ts";
import {
  type GetDataResponse,
  readGetDataResponse,
  readSetDataResponse,
  type SetDataResponse,
  writeGetDataResponse,
  writeStatResponse,
} from "./data.ts";
import { readMultiHeader, writeMultiHeader, writeMultiTerminator } from "./multi.ts";

/** The result of an operation of a multi that failed, or was not tried because another failed. */
export interface ErrorResult {
  readonly kind: "error";
  /** ZooKeeper's error number: 0 for operations before the one that failed, -2 for those behind it. */
  readonly err: number;
}

export interface EmptyResult {
  readonly kind: "delete" | "check";
}

/** One per operation, in order. create2, createContainer and createTTL all answer with kind create2. */
export type MultiResult =
  | CreateResponse
  | Create2Response
  | SetDataResponse
  | GetDataResponse
  | GetChildrenResponse
  | EmptyResult
  | ErrorResult;

/** The response to a multi or multiRead. */
export interface MultiResponse {
  readonly kind: "multi" | "multiRead";
  readonly results: readonly MultiResult[];
}

export function readMultiResponse(reader: JuteReader, kind: MultiResponse["kind"]): MultiResponse {
  const results: MultiResult[] = [];
  for (let header = readMultiHeader(reader); !header.done; header = readMultiHeader(reader)) {
    results.push(readMultiResult(reader, header.type));
  }
  return { kind, results };
}

export function writeMultiResponse(writer: JuteWriter, response: MultiResponse): void {
  for (const result of response.results) writeMultiResult(writer, result);
  writeMultiTerminator(writer);
}

function readMultiResult(reader: JuteReader, type: number): MultiResult {
  switch (type) {
    case OPCODES.create:
      return readCreateResponse(reader);
    case OPCODES.create2:
      return readCreate2Response(reader, "create2");
    case OPCODES.delete:
      return { kind: "delete" };
    case OPCODES.check:
      return { kind: "check" };
    case OPCODES.setData:
      return readSetDataResponse(reader);
    case OPCODES.getData:
      return readGetDataResponse(reader);
    case OPCODES.getChildren:
      return readGetChildrenResponse(reader);
    case OPCODES.error:
      return { kind: "error", err: reader.readInt() };
    default:
      throw new ProtocolError("multi-opcode", `a multi cannot answer with a result of type ${type}`);
  }
}

function writeMultiResult(writer: JuteWriter, result: MultiResult): void {
  switch (result.kind) {
    case "create":
      writeMultiHeader(writer, OPCODES.create, 0);
      return writeCreateResponse(writer, result);
    case "create2":
    case "createContainer":
    case "createTTL":
      writeMultiHeader(writer, OPCODES.create2, 0);
      return writeCreate2Response(writer, result);
    case "delete":
    case "check":
      return writeMultiHeader(writer, OPCODES[result.kind], 0);
    case "setData":
      writeMultiHeader(writer, OPCODES.setData, 0);
      return writeStatResponse(writer, result);
    case "getData":
      writeMultiHeader(writer, OPCODES.getData, 0);
      return writeGetDataResponse(writer, result);
    case "getChildren":
      writeMultiHeader(writer, OPCODES.getChildren, 0);
      return writeGetChildrenResponse(writer, result);
    case "error":
      writeMultiHeader(writer, OPCODES.error, result.err);
      return writer.writeInt(result.err);
  }
}
