import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { type AclSpec, readAclSpecVector, writeAclVector } from "./acl.ts";
import { readStat, type Stat, writeStat } from "./stat.ts";

/** Three opcodes with the same record; create2 and createContainer answer with the Stat as well. */
export interface CreateRequest {
  readonly kind: "create" | "create2" | "createContainer";
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly AclSpec[] | null;
  /** The number of a create mode, not validated: `createModeOfFlags`. */
  readonly flags: number;
}

export interface CreateTtlRequest {
  readonly kind: "createTTL";
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly AclSpec[] | null;
  readonly flags: number;
  /** Valid are 1..`TTL_MAX_MS`; not validated here. */
  readonly ttlMs: number;
}

export interface CreateResponse {
  readonly kind: "create";
  /** The path made, with the number of a sequential node. */
  readonly path: string;
}

/** What create2, createContainer and createTTL answer. Inside a multi its kind is create2 for all three. */
export interface Create2Response {
  readonly kind: "create2" | "createContainer" | "createTTL";
  readonly path: string;
  readonly stat: Stat;
}

export function readCreateRequest(reader: JuteReader, kind: CreateRequest["kind"]): CreateRequest {
  return {
    kind,
    path: reader.readString(),
    data: reader.readNullableBuffer(),
    acl: readAclSpecVector(reader),
    flags: reader.readInt(),
  };
}

export function writeCreateRequest(writer: JuteWriter, request: CreateRequest | CreateTtlRequest): void {
  writer.writeString(request.path);
  writer.writeBuffer(request.data);
  writeAclVector(writer, request.acl);
  writer.writeInt(request.flags);
  if (request.kind === "createTTL") writer.writeLong(request.ttlMs);
}

export function readCreateTtlRequest(reader: JuteReader): CreateTtlRequest {
  return {
    kind: "createTTL",
    path: reader.readString(),
    data: reader.readNullableBuffer(),
    acl: readAclSpecVector(reader),
    flags: reader.readInt(),
    ttlMs: reader.readLong(),
  };
}

export function readCreateResponse(reader: JuteReader): CreateResponse {
  return { kind: "create", path: reader.readString() };
}

export function writeCreateResponse(writer: JuteWriter, response: CreateResponse): void {
  writer.writeString(response.path);
}

export function readCreate2Response(reader: JuteReader, kind: Create2Response["kind"]): Create2Response {
  return { kind, path: reader.readString(), stat: readStat(reader) };
}

export function writeCreate2Response(writer: JuteWriter, response: Create2Response): void {
  writer.writeString(response.path);
  writeStat(writer, response.stat);
}
