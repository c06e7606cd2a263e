import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { readStat, type Stat, writeStat } from "./stat.ts";

/** Changes the ensemble: by joining and leaving members, or by a whole new member list. */
export interface ReconfigRequest {
  readonly kind: "reconfig";
  readonly joiningServers: string | null;
  readonly leavingServers: string | null;
  readonly newMembers: string | null;
  /** The version of the configuration that the caller expects, -1 for any. */
  readonly curConfigId: number;
}

export interface ReconfigResponse {
  readonly kind: "reconfig";
  /** The new text of /zookeeper/config. */
  readonly data: Uint8Array | null;
  readonly stat: Stat;
}

export function readReconfigRequest(reader: JuteReader): ReconfigRequest {
  return {
    kind: "reconfig",
    joiningServers: reader.readNullableString(),
    leavingServers: reader.readNullableString(),
    newMembers: reader.readNullableString(),
    curConfigId: reader.readLong(),
  };
}

export function writeReconfigRequest(writer: JuteWriter, request: ReconfigRequest): void {
  writer.writeString(request.joiningServers);
  writer.writeString(request.leavingServers);
  writer.writeString(request.newMembers);
  writer.writeLong(request.curConfigId);
}

export function readReconfigResponse(reader: JuteReader): ReconfigResponse {
  return { kind: "reconfig", data: reader.readNullableBuffer(), stat: readStat(reader) };
}

export function writeReconfigResponse(writer: JuteWriter, response: ReconfigResponse): void {
  writer.writeBuffer(response.data);
  writeStat(writer, response.stat);
}
