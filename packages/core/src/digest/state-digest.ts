import type { SessionId } from "@coterie/interface";
import { AVERSION, CZXID, DATA_DIGEST, ITEM_DIGEST, MTIME, OWNER, PATH_DIGEST, VERSION } from "../tree/znode-record.ts";
import { BytesDigest } from "./bytes-digest.ts";
import { absorbA, absorbB, finish, LANE_A_START, LANE_B_START } from "./mix.ts";

const ZNODE_ITEM = 1;
const SESSION_ITEM = 2;

/**
 * The digest of the replicated state: the sum, lane by lane modulo 2^32, of one item a znode and one a session
 * (docs/state-digest.md). A change subtracts the item as it was and adds it as it is, so the cost is the
 * change's, never the tree's. Two peers at the same zxid have equal digests, or one of them is wrong.
 */
export class StateDigest {
  private readonly bytes = new BytesDigest();
  private itemA = 0;
  private itemB = 0;
  private sumA = 0;
  private sumB = 0;

  /** 16 hexadecimal digits, lane a first. */
  toString(): string {
    return hex(this.sumA) + hex(this.sumB);
  }

  /** Of the record that begins at `words[at]`; it keeps its item, so that it can be subtracted without being mixed again. */
  addZnode(words: Int32Array, at: number, aclDigest: number): void {
    let a = absorbA(LANE_A_START, ZNODE_ITEM);
    let b = absorbB(LANE_B_START, ZNODE_ITEM);
    a = absorbA(a, words[at + PATH_DIGEST]!);
    b = absorbB(b, words[at + PATH_DIGEST]!);
    a = absorbA(a, words[at + DATA_DIGEST]!);
    b = absorbB(b, words[at + DATA_DIGEST]!);
    a = absorbA(a, words[at + DATA_DIGEST + 1]!);
    b = absorbB(b, words[at + DATA_DIGEST + 1]!);
    a = absorbA(a, aclDigest);
    b = absorbB(b, aclDigest);
    // Version, cversion and aversion; the owner; the zxids and times: three runs of words, high before low.
    for (let field = VERSION; field <= AVERSION; field++) {
      a = absorbA(a, words[at + field]!);
      b = absorbB(b, words[at + field]!);
    }
    for (let field = OWNER; field <= OWNER + 1; field++) {
      a = absorbA(a, words[at + field]!);
      b = absorbB(b, words[at + field]!);
    }
    for (let field = CZXID; field <= MTIME + 1; field++) {
      a = absorbA(a, words[at + field]!);
      b = absorbB(b, words[at + field]!);
    }
    a = finish(a);
    b = finish(b);
    this.sumA = (this.sumA + a) | 0;
    this.sumB = (this.sumB + b) | 0;
    words[at + ITEM_DIGEST] = a;
    words[at + ITEM_DIGEST + 1] = b;
  }

  /** Takes out what `addZnode` added last, whatever the record says since. */
  subtractZnode(words: Int32Array, at: number): void {
    this.sumA = (this.sumA - words[at + ITEM_DIGEST]!) | 0;
    this.sumB = (this.sumB - words[at + ITEM_DIGEST + 1]!) | 0;
  }

  addSession(id: SessionId, timeoutMs: number, verifier: Uint8Array): void {
    this.mixSession(id, timeoutMs, verifier);
    this.sumA = (this.sumA + this.itemA) | 0;
    this.sumB = (this.sumB + this.itemB) | 0;
  }

  subtractSession(id: SessionId, timeoutMs: number, verifier: Uint8Array): void {
    this.mixSession(id, timeoutMs, verifier);
    this.sumA = (this.sumA - this.itemA) | 0;
    this.sumB = (this.sumB - this.itemB) | 0;
  }

  private mixSession(id: SessionId, timeoutMs: number, verifier: Uint8Array): void {
    const { bytes } = this;
    bytes.of(verifier, 0, verifier.length);
    let a = LANE_A_START;
    let b = LANE_B_START;
    const high = Number(BigInt.asIntN(32, id >> 32n));
    const low = Number(BigInt.asIntN(32, id));
    for (const word of [SESSION_ITEM, high, low, timeoutMs, bytes.a, bytes.b]) {
      a = absorbA(a, word);
      b = absorbB(b, word);
    }
    this.itemA = finish(a);
    this.itemB = finish(b);
  }
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
