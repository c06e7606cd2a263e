import { type JuteReader, readStringVector } from "../jute/reader.ts";
import { type JuteWriter, writeStringVector } from "../jute/writer.ts";
import { readStat, type Stat, writeStat } from "./stat.ts";

export interface GetChildrenRequest {
  readonly kind: "getChildren";
  readonly path: string;
  /** Ignored inside a multiRead. */
  readonly watch: boolean;
}

export interface GetChildrenResponse {
  readonly kind: "getChildren";
  /** Names, not paths, in no particular order. */
  readonly children: readonly string[];
}

export interface GetChildren2Request {
  readonly kind: "getChildren2";
  readonly path: string;
  readonly watch: boolean;
}

export interface GetChildren2Response {
  readonly kind: "getChildren2";
  readonly children: readonly string[];
  readonly stat: Stat;
}

export interface GetEphemeralsRequest {
  readonly kind: "getEphemerals";
  /** Plain text to compare with the start of each path; null, "" and "/" all mean every ephemeral. */
  readonly prefixPath: string | null;
}

export interface GetEphemeralsResponse {
  readonly kind: "getEphemerals";
  /** Paths of the caller's own ephemeral nodes. */
  readonly ephemerals: readonly string[];
}

export interface GetAllChildrenNumberRequest {
  readonly kind: "getAllChildrenNumber";
  readonly path: string;
}

export interface GetAllChildrenNumberResponse {
  readonly kind: "getAllChildrenNumber";
  /** All descendants, not only the children. */
  readonly totalNumber: number;
}

export function readGetChildrenRequest(reader: JuteReader): GetChildrenRequest {
  return { kind: "getChildren", path: reader.readString(), watch: reader.readBoolean() };
}

export function readGetChildren2Request(reader: JuteReader): GetChildren2Request {
  return { kind: "getChildren2", path: reader.readString(), watch: reader.readBoolean() };
}

export function readGetChildrenResponse(reader: JuteReader): GetChildrenResponse {
  return { kind: "getChildren", children: readStringVector(reader) };
}

export function writeGetChildrenResponse(writer: JuteWriter, response: GetChildrenResponse): void {
  writeStringVector(writer, response.children);
}

export function readGetChildren2Response(reader: JuteReader): GetChildren2Response {
  return { kind: "getChildren2", children: readStringVector(reader), stat: readStat(reader) };
}

export function writeGetChildren2Response(writer: JuteWriter, response: GetChildren2Response): void {
  writeStringVector(writer, response.children);
  writeStat(writer, response.stat);
}

export function readGetEphemeralsRequest(reader: JuteReader): GetEphemeralsRequest {
  return { kind: "getEphemerals", prefixPath: reader.readNullableString() };
}

export function writeGetEphemeralsRequest(writer: JuteWriter, request: GetEphemeralsRequest): void {
  writer.writeString(request.prefixPath);
}

export function readGetEphemeralsResponse(reader: JuteReader): GetEphemeralsResponse {
  return { kind: "getEphemerals", ephemerals: readStringVector(reader) };
}

export function writeGetEphemeralsResponse(writer: JuteWriter, response: GetEphemeralsResponse): void {
  writeStringVector(writer, response.ephemerals);
}

export function readGetAllChildrenNumberRequest(reader: JuteReader): GetAllChildrenNumberRequest {
  return { kind: "getAllChildrenNumber", path: reader.readString() };
}

export function writeGetAllChildrenNumberRequest(writer: JuteWriter, request: GetAllChildrenNumberRequest): void {
  writer.writeString(request.path);
}

export function readGetAllChildrenNumberResponse(reader: JuteReader): GetAllChildrenNumberResponse {
  return { kind: "getAllChildrenNumber", totalNumber: reader.readInt() };
}

export function writeGetAllChildrenNumberResponse(writer: JuteWriter, response: GetAllChildrenNumberResponse): void {
  writer.writeInt(response.totalNumber);
}
