import { type JuteReader, readStringVector } from "../jute/reader.ts";
import { type JuteWriter, writeStringVector } from "../jute/writer.ts";

/** Re-registers watches after a reconnect. Source: client-protocol.md, section 7.4. */
export interface SetWatchesRequest {
  readonly kind: "setWatches";
  /** The client's last seen zxid: what changed since fires at once. */
  readonly relativeZxid: number;
  readonly dataWatches: readonly string[];
  readonly existWatches: readonly string[];
  readonly childWatches: readonly string[];
}

export interface SetWatches2Request {
  readonly kind: "setWatches2";
  readonly relativeZxid: number;
  readonly dataWatches: readonly string[];
  readonly existWatches: readonly string[];
  readonly childWatches: readonly string[];
  readonly persistentWatches: readonly string[];
  readonly persistentRecursiveWatches: readonly string[];
}

export interface AddWatchRequest {
  readonly kind: "addWatch";
  readonly path: string;
  /** A number of `ADD_WATCH_MODES`, not validated. */
  readonly mode: number;
}

/** addWatch is the one operation whose success carries an error code in its body, always 0. */
export interface AddWatchResponse {
  readonly kind: "addWatch";
  readonly err: number;
}

/** Asks for, or removes, the watches of this connection on a path. */
export interface WatcherTypeRequest {
  readonly kind: "checkWatches" | "removeWatches";
  readonly path: string;
  /** A number of `WATCHER_TYPES`, not validated. */
  readonly watcherType: number;
}

/** The body of a notification: what a watch saw. */
export interface WatcherEvent {
  readonly kind: "notification";
  /** A number of `WATCH_EVENT_TYPES`. */
  readonly eventType: number;
  /** A number of `KEEPER_STATES`; servers always send 3. */
  readonly state: number;
  readonly path: string;
}

export function readSetWatchesRequest(reader: JuteReader): SetWatchesRequest {
  return {
    kind: "setWatches",
    relativeZxid: reader.readLong(),
    dataWatches: readStringVector(reader),
    existWatches: readStringVector(reader),
    childWatches: readStringVector(reader),
  };
}

export function readSetWatches2Request(reader: JuteReader): SetWatches2Request {
  return {
    kind: "setWatches2",
    relativeZxid: reader.readLong(),
    dataWatches: readStringVector(reader),
    existWatches: readStringVector(reader),
    childWatches: readStringVector(reader),
    persistentWatches: readStringVector(reader),
    persistentRecursiveWatches: readStringVector(reader),
  };
}

export function writeSetWatchesRequest(writer: JuteWriter, request: SetWatchesRequest | SetWatches2Request): void {
  writer.writeLong(request.relativeZxid);
  writeStringVector(writer, request.dataWatches);
  writeStringVector(writer, request.existWatches);
  writeStringVector(writer, request.childWatches);
  if (request.kind === "setWatches2") {
    writeStringVector(writer, request.persistentWatches);
    writeStringVector(writer, request.persistentRecursiveWatches);
  }
}

export function readAddWatchRequest(reader: JuteReader): AddWatchRequest {
  return { kind: "addWatch", path: reader.readString(), mode: reader.readInt() };
}

export function writeAddWatchRequest(writer: JuteWriter, request: AddWatchRequest): void {
  writer.writeString(request.path);
  writer.writeInt(request.mode);
}

export function readAddWatchResponse(reader: JuteReader): AddWatchResponse {
  return { kind: "addWatch", err: reader.readInt() };
}

export function writeAddWatchResponse(writer: JuteWriter, response: AddWatchResponse): void {
  writer.writeInt(response.err);
}

export function readWatcherTypeRequest(reader: JuteReader, kind: WatcherTypeRequest["kind"]): WatcherTypeRequest {
  return { kind, path: reader.readString(), watcherType: reader.readInt() };
}

export function writeWatcherTypeRequest(writer: JuteWriter, request: WatcherTypeRequest): void {
  writer.writeString(request.path);
  writer.writeInt(request.watcherType);
}

export function readWatcherEvent(reader: JuteReader): WatcherEvent {
  return {
    kind: "notification",
    eventType: reader.readInt(),
    state: reader.readInt(),
    path: reader.readString(),
  };
}

export function writeWatcherEvent(writer: JuteWriter, event: WatcherEvent): void {
  writer.writeInt(event.eventType);
  writer.writeInt(event.state);
  writer.writeString(event.path);
}
