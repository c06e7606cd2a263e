import { type JuteReader, readNullableVector } from "../jute/reader.ts";
import { type JuteWriter, writeVector } from "../jute/writer.ts";
import { readStat, type Stat, writeStat } from "./stat.ts";

/** One entry of an access control list: what the holders of an id may do. */
export interface Acl {
  /** Bits of `PERMISSIONS`, not validated. */
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

/**
 * An entry as a client asks for it, before the server normalises it to an `Acl`. kazoo sends a null id with scheme
 * "auth", which ZooKeeper takes; with scheme "world" it answers -5.
 */
export interface AclSpec {
  readonly perms: number;
  readonly scheme: string;
  readonly id: string | null;
}

/** An ACL's perms and the lengths of two empty strings. */
const ACL_SIZE_MIN_BYTES = 12;

export function readAcl(reader: JuteReader): Acl {
  return { perms: reader.readInt(), scheme: reader.readString(), id: reader.readString() };
}

export function writeAcl(writer: JuteWriter, acl: AclSpec): void {
  writer.writeInt(acl.perms);
  writer.writeString(acl.scheme);
  writer.writeString(acl.id);
}

/** A list, or null from a server that stores none. */
export function readAclVector(reader: JuteReader): Acl[] | null {
  return readNullableVector(reader, ACL_SIZE_MIN_BYTES, readAcl);
}

/** A list, or null: a client may send null, which ZooKeeper treats as an empty, hence invalid, list. */
export function readAclSpecVector(reader: JuteReader): AclSpec[] | null {
  return readNullableVector(reader, ACL_SIZE_MIN_BYTES, readAclSpec);
}

export function writeAclVector(writer: JuteWriter, acl: readonly AclSpec[] | null): void {
  writeVector(writer, acl, writeAcl);
}

function readAclSpec(reader: JuteReader): AclSpec {
  return { perms: reader.readInt(), scheme: reader.readString(), id: reader.readNullableString() };
}

export interface GetAclRequest {
  readonly kind: "getACL";
  readonly path: string;
}

export interface GetAclResponse {
  readonly kind: "getACL";
  readonly acl: readonly Acl[] | null;
  readonly stat: Stat;
}

export interface SetAclRequest {
  readonly kind: "setACL";
  readonly path: string;
  readonly acl: readonly AclSpec[] | null;
  /** The `aversion` expected, -1 for any. */
  readonly version: number;
}

export interface SetAclResponse {
  readonly kind: "setACL";
  readonly stat: Stat;
}

export function readGetAclRequest(reader: JuteReader): GetAclRequest {
  return { kind: "getACL", path: reader.readString() };
}

export function writeGetAclRequest(writer: JuteWriter, request: GetAclRequest): void {
  writer.writeString(request.path);
}

export function readGetAclResponse(reader: JuteReader): GetAclResponse {
  return { kind: "getACL", acl: readAclVector(reader), stat: readStat(reader) };
}

export function writeGetAclResponse(writer: JuteWriter, response: GetAclResponse): void {
  writeAclVector(writer, response.acl);
  writeStat(writer, response.stat);
}

export function readSetAclRequest(reader: JuteReader): SetAclRequest {
  return { kind: "setACL", path: reader.readString(), acl: readAclSpecVector(reader), version: reader.readInt() };
}

export function writeSetAclRequest(writer: JuteWriter, request: SetAclRequest): void {
  writer.writeString(request.path);
  writeAclVector(writer, request.acl);
  writer.writeInt(request.version);
}

export function readSetAclResponse(reader: JuteReader): SetAclResponse {
  return { kind: "setACL", stat: readStat(reader) };
}

export function writeSetAclResponse(writer: JuteWriter, response: SetAclResponse): void {
  writeStat(writer, response.stat);
}
