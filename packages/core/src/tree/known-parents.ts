import { ID_NONE, type ZnodeId } from "./znode-ids.ts";

const SLOTS = 256;
/** Longer paths are compared name by name, so that the table stays small. */
const PATH_SIZE_MAX_BYTES = 256;

/**
 * The paths of some znodes that have children, by id, so that a look-up compares its parent's path in one run
 * instead of going up name by name. A path never changes while its znode lives; a removed znode is forgotten.
 */
export class KnownParents {
  private readonly ids = new Int32Array(SLOTS);
  private readonly paths = new Uint8Array(SLOTS * PATH_SIZE_MAX_BYTES);
  private readonly lengths = new Int32Array(SLOTS);

  /** True if the znode `id` is known to have the path `bytes[start, end)`; false says nothing. */
  isKnown(id: ZnodeId, bytes: Uint8Array, start: number, end: number): boolean {
    const slot = id & (SLOTS - 1);
    if (this.ids[slot] !== id || this.lengths[slot] !== end - start) return false;
    const { paths } = this;
    const at = slot * PATH_SIZE_MAX_BYTES - start;
    for (let i = start; i < end; i++) if (paths[at + i] !== bytes[i]) return false;
    return true;
  }

  learn(id: ZnodeId, bytes: Uint8Array, start: number, end: number): void {
    if (end - start > PATH_SIZE_MAX_BYTES) return;
    const slot = id & (SLOTS - 1);
    this.ids[slot] = id;
    this.lengths[slot] = end - start;
    const at = slot * PATH_SIZE_MAX_BYTES - start;
    for (let i = start; i < end; i++) this.paths[at + i] = bytes[i]!;
  }

  forget(id: ZnodeId): void {
    const slot = id & (SLOTS - 1);
    if (this.ids[slot] === id) this.ids[slot] = ID_NONE;
  }
}
