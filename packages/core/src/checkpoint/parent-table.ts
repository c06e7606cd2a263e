import type { ZnodeId } from "../tree/znode-ids.ts";

/** Where each field of an entry stands, in words. */
export const ZNODE = 0;
/** The number of the entry of its own parent; 0 for the root. */
export const OWN_PARENT = 1;
/** The path hash after the path and a slash: what is taken in, the bytes that wait for a whole word, and the length. */
export const PATH_STATE = 2;
export const PATH_REST = 3;
export const PATH_LENGTH = 4;
/** The end of the ring of children, which is open. */
export const LAST_CHILD = 5;
export const CHILDREN = 6;
/** Of the children that are parents themselves. */
export const DESCENDANTS = 7;

const ENTRY_BITS = 3;
const CHUNK_BITS = 12;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;

/** What a restore has to remember of each znode that has children. Numbers begin at 1, and a parent's is below its children's. */
export class ParentTable {
  private readonly chunks: Int32Array[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Returns the number of the new entry. */
  add(znode: ZnodeId, ownParent: number, pathState: number, pathRest: number, pathLength: number): number {
    const number = this.count + 1;
    this.count = number;
    if (number >> CHUNK_BITS === this.chunks.length) this.chunks.push(new Int32Array(1 << (CHUNK_BITS + ENTRY_BITS)));
    const entry = this.chunkOf(number);
    const at = this.placeOf(number);
    entry[at + ZNODE] = znode;
    entry[at + OWN_PARENT] = ownParent;
    entry[at + PATH_STATE] = pathState;
    entry[at + PATH_REST] = pathRest;
    entry[at + PATH_LENGTH] = pathLength;
    return number;
  }

  chunkOf(number: number): Int32Array {
    return this.chunks[number >> CHUNK_BITS]!;
  }

  placeOf(number: number): number {
    return (number & CHUNK_MASK) << ENTRY_BITS;
  }
}
