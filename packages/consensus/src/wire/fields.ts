import {
  assert,
  type ChainHash,
  type Epoch,
  EPOCH_MAX,
  isEpoch,
  isPeerId,
  type LogPosition,
  type PeerId,
  type Zxid,
} from "@coterie/interface";
import type { Credential, Standing } from "../message.ts";
import { CLUSTER_ID_LENGTH_MAX, isClusterId } from "../quorum/cluster-id.ts";
import { decodeEnsembleConfig } from "../quorum/ensemble-config.ts";
import { frameCorrupt, type FrameReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-writer.ts";

// What several messages are made of, each written and read by a pair of functions.

const STANDINGS: readonly Standing[] = ["blank", "amnesiac", "sound"];

export function writeBoolean(sink: FrameSink, value: boolean): void {
  sink.byte(value ? 1 : 0);
}

export function readBoolean(reader: FrameReader): boolean {
  return readOneOf(reader, [false, true]);
}

/** One of a few values, by its index. */
export function writeOneOf<Value>(sink: FrameSink, values: readonly Value[], value: Value): void {
  sink.byte(values.indexOf(value));
}

export function readOneOf<Value>(reader: FrameReader, values: readonly Value[]): Value {
  const index = reader.byte();
  if (index >= values.length) throw frameCorrupt(`${index} stands where one of ${values.length} values should`);
  return values[index]!;
}

export function writeEpoch(sink: FrameSink, epoch: Epoch): void {
  assert(isEpoch(epoch), "an epoch is an integer in 0..2^21-1");
  sink.varint(epoch);
}

export function readEpoch(reader: FrameReader): Epoch {
  const epoch = reader.varint();
  if (epoch > EPOCH_MAX) throw frameCorrupt(`${epoch} is above every epoch`);
  return epoch as Epoch;
}

export function readZxid(reader: FrameReader): Zxid {
  return reader.long() as Zxid;
}

export function writePeer(sink: FrameSink, peer: PeerId): void {
  assert(isPeerId(peer), "a peer id is an integer in 1..254");
  sink.byte(peer);
}

export function readPeer(reader: FrameReader): PeerId {
  return readPeerOrNull(reader) ?? failNull("a peer id");
}

/** 0 stands for null. */
export function writePeerOrNull(sink: FrameSink, peer: PeerId | null): void {
  if (peer === null) sink.byte(0);
  else writePeer(sink, peer);
}

export function readPeerOrNull(reader: FrameReader): PeerId | null {
  const peer = reader.byte();
  if (peer === 0) return null;
  if (!isPeerId(peer)) throw frameCorrupt(`${peer} is no peer id`);
  return peer;
}

export function writePosition(sink: FrameSink, { zxid, chainHash }: LogPosition): void {
  sink.long(zxid);
  sink.int(chainHash);
}

export function readPosition(reader: FrameReader): LogPosition {
  return { zxid: readZxid(reader), chainHash: reader.int() as ChainHash };
}

export const POSITION_SIZE_MIN_BYTES = 6;

export function writeStanding(sink: FrameSink, standing: Standing): void {
  writeOneOf(sink, STANDINGS, standing);
}

export function readStanding(reader: FrameReader): Standing {
  return readOneOf(reader, STANDINGS);
}

export function writeCredential(sink: FrameSink, { currentEpoch, lastZxid }: Credential): void {
  writeEpoch(sink, currentEpoch);
  sink.long(lastZxid);
}

export function readCredential(reader: FrameReader): Credential {
  return { currentEpoch: readEpoch(reader), lastZxid: readZxid(reader) };
}

export function writeClusterId(sink: FrameSink, clusterId: string): void {
  assert(isClusterId(clusterId), "a cluster id is 1..64 printable ASCII characters");
  writeAscii(sink, clusterId);
}

export function readClusterId(reader: FrameReader): string {
  return readClusterIdOrNull(reader) ?? failNull("a cluster id");
}

/** The empty text stands for null. */
export function writeClusterIdOrNull(sink: FrameSink, clusterId: string | null): void {
  if (clusterId === null) sink.byte(0);
  else writeClusterId(sink, clusterId);
}

export function readClusterIdOrNull(reader: FrameReader): string | null {
  const clusterId = readAscii(reader, CLUSTER_ID_LENGTH_MAX);
  if (clusterId === "") return null;
  if (!isClusterId(clusterId)) throw frameCorrupt("a cluster id is not printable");
  return clusterId;
}

/** A length in one byte, and a byte for each character. */
export function writeAscii(sink: FrameSink, text: string): void {
  sink.byte(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    assert(code < 0x80, "a text is ASCII");
    sink.byte(code);
  }
}

export function readAscii(reader: FrameReader, lengthMax: number): string {
  const length = reader.byte();
  if (length > lengthMax) throw frameCorrupt(`a text has ${length} characters, ${lengthMax} are allowed`);
  const codes = reader.view(length);
  if (codes.some((code) => code > 0x7f)) throw frameCorrupt("a text is not ASCII");
  return String.fromCharCode(...codes);
}

/** Opaque bytes behind their length. */
export function writePayload(sink: FrameSink, payload: Uint8Array): void {
  sink.varint(payload.length);
  sink.raw(payload);
}

/** A view of the frame. */
export function readPayload(reader: FrameReader): Uint8Array {
  return reader.view(reader.varint());
}

/** A round of elections: far more than peers come to, who count from 0, and take on what is not too far ahead. */
const ROUND_MAX = 2 ** 52;

export function readRound(reader: FrameReader): number {
  const round = reader.long();
  if (round > ROUND_MAX) throw frameCorrupt(`${round} is no round that an election comes to`);
  return round;
}

/** A voter set that consensus can use. What it is in a message, and in an entry, are the bytes. */
export function checkConfig(bytes: Uint8Array): void {
  try {
    decodeEnsembleConfig(bytes);
  } catch (error) {
    throw frameCorrupt((error as Error).message);
  }
}

export function writeList<Item>(
  sink: FrameSink,
  items: readonly Item[],
  writeItem: (sink: FrameSink, item: Item) => void,
): void {
  sink.varint(items.length);
  for (const item of items) writeItem(sink, item);
}

/** `itemSizeMinBytes` is the size of the smallest item there can be. */
export function readList<Item>(
  reader: FrameReader,
  itemSizeMinBytes: number,
  readItem: (reader: FrameReader) => Item,
): Item[] {
  const count = reader.count(itemSizeMinBytes);
  const items: Item[] = [];
  for (let index = 0; index < count; index++) items.push(readItem(reader));
  return items;
}

export function writePayloads(sink: FrameSink, payloads: readonly Uint8Array[]): void {
  writeList(sink, payloads, writePayload);
}

/** Views of the frame. */
export function readPayloads(reader: FrameReader): Uint8Array[] {
  return readList(reader, 1, readPayload);
}

function failNull(what: string): never {
  throw frameCorrupt(`${what} is missing`);
}
