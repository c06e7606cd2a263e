import { assert } from "@coterie/interface";
import type { Hello } from "../message.ts";
import { readClusterIdOrNull, readPeer, writeClusterIdOrNull, writePeer } from "./fields.ts";
import { frameCorrupt, FrameReader } from "./frame-reader.ts";
import { writeFrame } from "./frame-writer.ts";

/** Versions of the peer protocol, each an integer in 1..255, the lowest and the highest that a peer speaks. */
export interface VersionRange {
  readonly versionMin: number;
  readonly versionMax: number;
}

export const PEER_PROTOCOL_VERSION_MIN = 1;
export const PEER_PROTOCOL_VERSION_MAX = 1;

export interface HelloFrame extends VersionRange {
  readonly hello: Hello;
}

/** "ZAB" and the separator of units, so that whoever speaks something else is noticed at once. */
const MAGIC = 0x5a41421f;

/**
 * The first frame of a link, the same in all versions: 4 bytes magic, 1 byte lowest and 1 byte highest version, 1 byte
 * peer, the cluster id behind its length in 1 byte (0 for none), the incarnation, 4 bytes voter set digest.
 */
export function encodeHello(hello: Hello, versionMin: number, versionMax: number): Uint8Array {
  assert(versionMin >= 1 && versionMin <= versionMax, "versions begin with 1, and do not end before they begin");
  assert(hello.voterSetDigest >>> 0 === hello.voterSetDigest, "a voter set digest is an integer in 0..2^32-1");
  return writeFrame((sink) => {
    sink.int(MAGIC);
    sink.byte(versionMin);
    sink.byte(versionMax);
    writePeer(sink, hello.peer);
    writeClusterIdOrNull(sink, hello.clusterId);
    sink.long(hello.incarnation);
    sink.int(hello.voterSetDigest | 0);
  });
}

/**
 * What `encodeHello` was given. A peer that also speaks a later version than this one may say more behind it, which is
 * not looked at.
 *
 * @throws CoterieError FRAME_CORRUPT if the frame is no hello.
 */
export function decodeHello(frame: Uint8Array): HelloFrame {
  const reader = new FrameReader(frame);
  if (reader.int() !== MAGIC) throw frameCorrupt("it does not begin as a peer's first frame does");
  const [versionMin, versionMax] = [reader.byte(), reader.byte()];
  if (versionMin < 1 || versionMin > versionMax)
    throw frameCorrupt(`it offers the versions ${versionMin}..${versionMax}`);
  const peer = readPeer(reader);
  const clusterId = readClusterIdOrNull(reader);
  const incarnation = reader.long();
  const voterSetDigest = reader.int() >>> 0;
  if (versionMax <= PEER_PROTOCOL_VERSION_MAX) reader.end();
  return { hello: { peer, clusterId, incarnation, voterSetDigest }, versionMin, versionMax };
}

/** The highest version that both speak; null if there is none. */
export function chooseVersion(a: VersionRange, b: VersionRange): number | null {
  const highest = Math.min(a.versionMax, b.versionMax);
  return highest >= Math.max(a.versionMin, b.versionMin) ? highest : null;
}
