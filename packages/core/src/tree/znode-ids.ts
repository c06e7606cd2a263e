/**
 * A znode's lasting number, 1 and up. Links between znodes, sessions' ephemerals and checkpoints name znodes by
 * id; the record may move when its size changes, the id stays. Ids of removed znodes are used again.
 */
export type ZnodeId = number;
export const ID_NONE: ZnodeId = 0;

const CHUNK_BITS = 15;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;
const VACANT = -1;

/** From a znode's id to its record, and in which change set the id was last listed. */
export class ZnodeIds {
  /** Pairs of record reference and change set, in chunks that are added and never copied. */
  private readonly chunks: Int32Array[] = [];
  private readonly vacantIds: ZnodeId[] = [];
  private next: ZnodeId = 1;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Every id is below it. */
  get end(): ZnodeId {
    return this.next;
  }

  get sizeBytes(): number {
    return this.chunks.length << (CHUNK_BITS + 3);
  }

  /** An id that has no record yet: `place` must follow. */
  take(): ZnodeId {
    this.count += 1;
    const vacant = this.vacantIds.pop();
    if (vacant !== undefined) return vacant;
    const id = this.next;
    this.extendTo(id);
    return id;
  }

  give(id: ZnodeId): void {
    this.chunks[id >>> CHUNK_BITS]![(id & CHUNK_MASK) << 1] = VACANT;
    this.vacantIds.push(id);
    this.count -= 1;
  }

  /** Takes the very id `id`, as a restore does; `rebuildVacant` must follow the last such call. */
  claim(id: ZnodeId): void {
    if (id >= this.next) this.extendTo(id);
    if (!this.has(id)) this.count += 1;
  }

  /** Takes back what `claim` took. */
  unclaim(id: ZnodeId): void {
    this.chunks[id >>> CHUNK_BITS]![(id & CHUNK_MASK) << 1] = VACANT;
    this.count -= 1;
  }

  /** Lists the ids in [from, from + limit) that have no record as free to take; returns where to go on. */
  rebuildVacant(from: ZnodeId, limit: number): ZnodeId {
    const end = Math.min(this.next, from + limit);
    for (let id = from; id < end; id++) if (!this.has(id)) this.vacantIds.push(id);
    return end;
  }

  has(id: ZnodeId): boolean {
    return id > 0 && id < this.next && this.chunks[id >>> CHUNK_BITS]![(id & CHUNK_MASK) << 1] !== VACANT;
  }

  refOf(id: ZnodeId): number {
    return this.chunks[id >>> CHUNK_BITS]![(id & CHUNK_MASK) << 1]!;
  }

  place(id: ZnodeId, ref: number): void {
    this.chunks[id >>> CHUNK_BITS]![(id & CHUNK_MASK) << 1] = ref;
  }

  changeSetOf(id: ZnodeId): number {
    return this.chunks[id >>> CHUNK_BITS]![((id & CHUNK_MASK) << 1) + 1]!;
  }

  setChangeSet(id: ZnodeId, changeSet: number): void {
    this.chunks[id >>> CHUNK_BITS]![((id & CHUNK_MASK) << 1) + 1] = changeSet;
  }

  private extendTo(id: ZnodeId): void {
    while (id >>> CHUNK_BITS >= this.chunks.length) {
      const chunk = new Int32Array(2 << CHUNK_BITS);
      for (let i = 0; i < chunk.length; i += 2) chunk[i] = VACANT;
      this.chunks.push(chunk);
    }
    this.next = id + 1;
  }
}
