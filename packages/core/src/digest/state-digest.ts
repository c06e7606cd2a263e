import type { SessionId } from "@coterie/interface";
import {
  AVERSION,
  CVERSION,
  CZXID,
  DATA_DIGEST,
  MTIME,
  OWNER,
  PATH_DIGEST,
  VERSION,
  type ZnodeRecords,
  type ZnodeRef,
} from "../tree/znode-record.ts";
import { Mix } from "./mix.ts";

const ZNODE_ITEM = 1;
const SESSION_ITEM = 2;

/**
 * The digest of the replicated state: the sum, lane by lane modulo 2^32, of one item a znode and one a session
 * (docs/state-digest.md). A change subtracts the item as it was and adds it as it is, so the cost is the
 * change's, never the tree's. Two peers at the same zxid have equal digests, or one of them is wrong.
 */
export class StateDigest {
  private readonly mix = new Mix();
  private sumA = 0;
  private sumB = 0;

  /** 16 hexadecimal digits, lane a first. */
  toString(): string {
    return hex(this.sumA) + hex(this.sumB);
  }

  addZnode(records: ZnodeRecords, ref: ZnodeRef, aclDigest: number): void {
    this.mixZnode(records, ref, aclDigest);
    this.sumA = (this.sumA + this.mix.a) | 0;
    this.sumB = (this.sumB + this.mix.b) | 0;
  }

  subtractZnode(records: ZnodeRecords, ref: ZnodeRef, aclDigest: number): void {
    this.mixZnode(records, ref, aclDigest);
    this.sumA = (this.sumA - this.mix.a) | 0;
    this.sumB = (this.sumB - this.mix.b) | 0;
  }

  addSession(id: SessionId, timeoutMs: number, verifier: Uint8Array): void {
    this.mixSession(id, timeoutMs, verifier);
    this.sumA = (this.sumA + this.mix.a) | 0;
    this.sumB = (this.sumB + this.mix.b) | 0;
  }

  subtractSession(id: SessionId, timeoutMs: number, verifier: Uint8Array): void {
    this.mixSession(id, timeoutMs, verifier);
    this.sumA = (this.sumA - this.mix.a) | 0;
    this.sumB = (this.sumB - this.mix.b) | 0;
  }

  private mixZnode(records: ZnodeRecords, ref: ZnodeRef, aclDigest: number): void {
    const words = records.wordsOf(ref);
    const at = records.wordAt(ref);
    const mix = this.mix;
    mix.begin();
    mix.absorb(ZNODE_ITEM);
    mix.absorb(words[at + PATH_DIGEST]!);
    mix.absorb(words[at + DATA_DIGEST]!);
    mix.absorb(words[at + DATA_DIGEST + 1]!);
    mix.absorb(aclDigest);
    mix.absorb(words[at + VERSION]!);
    mix.absorb(words[at + CVERSION]!);
    mix.absorb(words[at + AVERSION]!);
    mix.absorb(words[at + OWNER]!);
    mix.absorb(words[at + OWNER + 1]!);
    // The zxids and times stand side by side, high word before low.
    for (let field = CZXID; field <= MTIME + 1; field++) mix.absorb(words[at + field]!);
    mix.finish();
  }

  private mixSession(id: SessionId, timeoutMs: number, verifier: Uint8Array): void {
    const mix = this.mix;
    mix.bytes(verifier);
    const verifierA = mix.a;
    const verifierB = mix.b;
    mix.begin();
    mix.absorb(SESSION_ITEM);
    mix.absorb(Number(BigInt.asIntN(32, id >> 32n)));
    mix.absorb(Number(BigInt.asIntN(32, id)));
    mix.absorb(timeoutMs);
    mix.absorb(verifierA);
    mix.absorb(verifierB);
    mix.finish();
  }
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
