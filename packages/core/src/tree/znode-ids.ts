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
  /** Stands for every chunk of which no id is taken, and is never written: a restored table may be full of holes. */
  private hole: Int32Array | null = null;
  private readonly holeChunks: number[] = [];
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
    return (this.chunks.length - this.holeChunks.length) << (CHUNK_BITS + 3);
  }

  /** An id that has no record yet: `place` must follow. */
  take(): ZnodeId {
    this.count += 1;
    const vacant = this.vacantIds.pop();
    if (vacant !== undefined) return vacant;
    if (this.holeChunks.length > 0) return this.takeFromHole(this.holeChunks.pop()!);
    const id = this.next;
    if (id >>> CHUNK_BITS >= this.chunks.length) this.chunks.push(emptyChunk());
    this.next = id + 1;
    return id;
  }

  give(id: ZnodeId): void {
    this.chunks[id >>> CHUNK_BITS]![(id & CHUNK_MASK) << 1] = VACANT;
    this.vacantIds.push(id);
    this.count -= 1;
  }

  /** Takes the very id `id`, as a restore does; `rebuildVacant` must follow the last such call. */
  claim(id: ZnodeId): void {
    const chunk = id >>> CHUNK_BITS;
    while (chunk >= this.chunks.length) this.chunks.push((this.hole ??= emptyChunk()));
    if (this.chunks[chunk] === this.hole) this.chunks[chunk] = emptyChunk();
    if (id >= this.next) this.next = id + 1;
    if (!this.has(id)) this.count += 1;
  }

  /** Takes back what `claim` took. */
  unclaim(id: ZnodeId): void {
    this.chunks[id >>> CHUNK_BITS]![(id & CHUNK_MASK) << 1] = VACANT;
    this.count -= 1;
  }

  /** Lists the ids in [from, from + limit) that have no record as free to take; returns where to go on. */
  rebuildVacant(from: ZnodeId, limit: number): ZnodeId {
    const beyond = this.skipHole(from);
    if (beyond !== from) {
      this.holeChunks.push(from >>> CHUNK_BITS);
      return beyond;
    }
    const end = Math.min(this.next, chunkEndOf(from), from + limit);
    for (let id = from; id < end; id++) if (!this.has(id)) this.vacantIds.push(id);
    return end;
  }

  /** `id`, or the first one behind its chunk if that is a hole: where a walk over all ids may go on. */
  skipHole(id: ZnodeId): ZnodeId {
    return this.hole !== null && this.chunks[id >>> CHUNK_BITS] === this.hole ? chunkEndOf(id) : id;
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

  private takeFromHole(chunk: number): ZnodeId {
    this.chunks[chunk] = emptyChunk();
    const first = chunk << CHUNK_BITS;
    for (let id = first + CHUNK_MASK; id > first; id--) this.vacantIds.push(id);
    return first;
  }
}

function emptyChunk(): Int32Array {
  const chunk = new Int32Array(2 << CHUNK_BITS);
  for (let i = 0; i < chunk.length; i += 2) chunk[i] = VACANT;
  return chunk;
}

function chunkEndOf(id: ZnodeId): ZnodeId {
  return ((id >>> CHUNK_BITS) + 1) << CHUNK_BITS;
}
