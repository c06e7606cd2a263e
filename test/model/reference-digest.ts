import type { AclEntry } from "./command.ts";
import type { NodeDump, SessionDump } from "./observation.ts";
import { parentOf } from "./reference-path.ts";

/** Two int32 lanes. */
export interface Digest {
  readonly a: number;
  readonly b: number;
}

/** Folds int32 words into two lanes. */
export function mixWords(words: readonly number[]): Digest {
  let a = 0x243f6a88 | 0;
  let b = 0x85a308d3 | 0;
  for (const word of words) {
    a = Math.imul(a ^ word, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0x85ebca77);
    b ^= b >>> 13;
  }
  return { a: finish(a), b: finish(b) };
}

function finish(lane: number): number {
  let x = lane;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  return x;
}

function unitsOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

export function pathDigest(path: string): number {
  if (path === "/") return 0;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return mixWords([pathDigest(parentOf(path) ?? "/"), ...unitsOf(name), name.length]).a;
}

/** Little-endian words of four bytes, the last one filled up with zeros, then the length in bytes. */
export function bytesDigest(bytes: Uint8Array | null): Digest {
  if (bytes === null) return mixWords([-1]);
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 4) {
    const byte = (offset: number): number => bytes[i + offset] ?? 0;
    words.push(byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24));
  }
  return mixWords([...words, bytes.length]);
}

export function aclDigest(acl: readonly AclEntry[]): number {
  const words = acl.flatMap((entry) => [
    entry.perms,
    entry.scheme.length,
    ...unitsOf(entry.scheme),
    entry.id.length,
    ...unitsOf(entry.id),
  ]);
  return mixWords([...words, acl.length]).a;
}

/** High word, then low word. */
function words64(value: bigint | number): [number, number] {
  const bits = BigInt(value);
  return [Number(BigInt.asIntN(32, bits >> 32n)), Number(BigInt.asIntN(32, bits))];
}

export function nodeDigest(node: NodeDump): Digest {
  const data = bytesDigest(node.data);
  return mixWords([
    1,
    pathDigest(node.path),
    data.a,
    data.b,
    aclDigest(node.acl),
    node.version,
    node.cversion,
    node.aversion,
    ...words64(node.ephemeralOwner),
    ...words64(node.czxid),
    ...words64(node.mzxid),
    ...words64(node.pzxid),
    ...words64(node.ctimeMs),
    ...words64(node.mtimeMs),
  ]);
}

export function sessionDigest(session: SessionDump): Digest {
  const verifier = bytesDigest(session.verifier);
  return mixWords([2, ...words64(session.id), session.timeoutMs, verifier.a, verifier.b]);
}

/** The sum of all items, lane by lane, modulo 2^32; 16 hexadecimal digits, lane a first. */
export function stateDigest(nodes: readonly NodeDump[], sessions: readonly SessionDump[]): string {
  let a = 0;
  let b = 0;
  for (const item of [...nodes.map(nodeDigest), ...sessions.map(sessionDigest)]) {
    a = (a + item.a) | 0;
    b = (b + item.b) | 0;
  }
  return [a, b].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
}
