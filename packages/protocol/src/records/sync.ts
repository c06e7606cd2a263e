import type { JuteReader } from "../jute/reader.ts";
import type { JuteWriter } from "../jute/writer.ts";

/** Brings the serving peer up to the leader. The path has no effect, is not validated, and comes back as it went. */
export interface SyncRequest {
  readonly kind: "sync";
  readonly path: string;
}

export interface SyncResponse {
  readonly kind: "sync";
  readonly path: string;
}

export function readSync(reader: JuteReader): SyncRequest & SyncResponse {
  return { kind: "sync", path: reader.readString() };
}

export function writeSync(writer: JuteWriter, message: SyncRequest | SyncResponse): void {
  writer.writeString(message.path);
}
