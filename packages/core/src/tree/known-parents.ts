import { ID_NONE, type ZnodeId } from "./znode-ids.ts";

const SLOTS = 256;
/** Of longer paths only the one met last is kept. */
const PATH_SIZE_MAX_BYTES = 256;

/**
 * The paths of some znodes that have children, by id, so that a look-up compares its parent's path in one run
 * instead of going up name by name. A path never changes while its znode lives; a removed znode is forgotten.
 */
export class KnownParents {
  private readonly ids = new Int32Array(SLOTS);
  private readonly paths = new Uint8Array(SLOTS * PATH_SIZE_MAX_BYTES);
  private readonly lengths = new Int32Array(SLOTS);
  private longId: ZnodeId = ID_NONE;
  private longPath = new Uint8Array(0);
  private longLength = 0;

  /** True if the znode `id` is known to have the path `bytes[start, end)`; false says nothing. */
  isKnown(id: ZnodeId, bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > PATH_SIZE_MAX_BYTES) {
      return this.longId === id && isSame(this.longPath, 0, this.longLength, bytes, start, end);
    }
    const slot = id & (SLOTS - 1);
    if (this.ids[slot] !== id) return false;
    return isSame(this.paths, slot * PATH_SIZE_MAX_BYTES, this.lengths[slot]!, bytes, start, end);
  }

  learn(id: ZnodeId, bytes: Uint8Array, start: number, end: number): void {
    if (end - start > PATH_SIZE_MAX_BYTES) {
      this.longId = id;
      this.longLength = end - start;
      if (this.longPath.length < this.longLength) this.longPath = new Uint8Array(this.longLength * 2);
      this.longPath.set(bytes.subarray(start, end));
      return;
    }
    const slot = id & (SLOTS - 1);
    this.ids[slot] = id;
    this.lengths[slot] = end - start;
    const at = slot * PATH_SIZE_MAX_BYTES - start;
    for (let i = start; i < end; i++) this.paths[at + i] = bytes[i]!;
  }

  forget(id: ZnodeId): void {
    const slot = id & (SLOTS - 1);
    if (this.ids[slot] === id) this.ids[slot] = ID_NONE;
    if (this.longId === id) this.longId = ID_NONE;
  }
}

function isSame(
  known: Uint8Array,
  knownStart: number,
  knownLength: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (knownLength !== end - start) return false;
  const at = knownStart - start;
  for (let i = start; i < end; i++) if (known[at + i] !== bytes[i]) return false;
  return true;
}
