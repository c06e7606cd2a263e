import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { readStat, type Stat, writeStat } from "./stat.ts";

export interface GetDataRequest {
  readonly kind: "getData";
  readonly path: string;
  /** Ignored inside a multiRead. */
  readonly watch: boolean;
}

export interface GetDataResponse {
  readonly kind: "getData";
  readonly data: Uint8Array | null;
  readonly stat: Stat;
}

export interface SetDataRequest {
  readonly kind: "setData";
  readonly path: string;
  readonly data: Uint8Array | null;
  /** The `version` expected, -1 for any. */
  readonly version: number;
}

export interface SetDataResponse {
  readonly kind: "setData";
  readonly stat: Stat;
}

export interface ExistsRequest {
  readonly kind: "exists";
  readonly path: string;
  readonly watch: boolean;
}

export interface ExistsResponse {
  readonly kind: "exists";
  readonly stat: Stat;
}

/** delete, and check (which only stands inside a multi): a path whose `version` is expected. */
export interface VersionedPathRequest {
  readonly kind: "delete" | "check";
  readonly path: string;
  /** -1 for any. */
  readonly version: number;
}

export function readGetDataRequest(reader: JuteReader): GetDataRequest {
  return { kind: "getData", path: reader.readString(), watch: reader.readBoolean() };
}

export function readExistsRequest(reader: JuteReader): ExistsRequest {
  return { kind: "exists", path: reader.readString(), watch: reader.readBoolean() };
}

export function readSetDataRequest(reader: JuteReader): SetDataRequest {
  return {
    kind: "setData",
    path: reader.readString(),
    data: reader.readNullableBuffer(),
    version: reader.readInt(),
  };
}

export function writeSetDataRequest(writer: JuteWriter, request: SetDataRequest): void {
  writer.writeString(request.path);
  writer.writeBuffer(request.data);
  writer.writeInt(request.version);
}

export function readVersionedPathRequest(reader: JuteReader, kind: VersionedPathRequest["kind"]): VersionedPathRequest {
  return { kind, path: reader.readString(), version: reader.readInt() };
}

export function writeVersionedPathRequest(writer: JuteWriter, request: VersionedPathRequest): void {
  writer.writeString(request.path);
  writer.writeInt(request.version);
}

/** The record that getData, exists, getChildren and getChildren2 share. */
export function writeWatchedPath(
  writer: JuteWriter,
  request: { readonly path: string; readonly watch: boolean },
): void {
  writer.writeString(request.path);
  writer.writeBoolean(request.watch);
}

export function readGetDataResponse(reader: JuteReader): GetDataResponse {
  return { kind: "getData", data: reader.readNullableBuffer(), stat: readStat(reader) };
}

export function writeGetDataResponse(writer: JuteWriter, response: GetDataResponse): void {
  writer.writeBuffer(response.data);
  writeStat(writer, response.stat);
}

export function readSetDataResponse(reader: JuteReader): SetDataResponse {
  return { kind: "setData", stat: readStat(reader) };
}

export function readExistsResponse(reader: JuteReader): ExistsResponse {
  return { kind: "exists", stat: readStat(reader) };
}

export function writeStatResponse(writer: JuteWriter, response: SetDataResponse | ExistsResponse): void {
  writeStat(writer, response.stat);
}
