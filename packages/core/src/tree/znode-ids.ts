/**
 * A znode's lasting number, 1 and up. Links between znodes, sessions' ephemerals and checkpoints name znodes by
 * id; the record may move when its size changes, the id stays. Ids of removed znodes are used again.
 */
export type ZnodeId = number;
export const ID_NONE: ZnodeId = 0;

const CHUNK_BITS = 15;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;
const VACANT = -1;
/** Ids in a chunk, and those that the first one begins with: as long as it is the only one, it is copied to grow. */
const CHUNK_IDS = 1 << CHUNK_BITS;
const FIRST_CHUNK_IDS_MIN = 256;

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
    const whole = this.chunks.length - 1 - this.holeChunks.length;
    return whole * CHUNK_IDS * 8 + (this.chunks[0]?.byteLength ?? 0);
  }

  /** An id that has no record yet: `place` must follow. */
  take(): ZnodeId {
    this.count += 1;
    const vacant = this.vacantIds.pop();
    if (vacant !== undefined) return vacant;
    if (this.holeChunks.length > 0) return this.takeFromHole(this.holeChunks.pop()!);
    const id = this.next;
    this.makeRoom(id);
    this.next = id + 1;
    return id;
  }

  give(id: ZnodeId): void {
    this.chunks[id >>> CHUNK_BITS]![(id & CHUNK_MASK) << 1] = VACANT;
    this.vacantIds.push(id);
    this.count -= 1;
  }

  /**
   * Takes the very id `id`, as a restore does, and returns the record that it has already, or -1: `place` must follow, and
   * `rebuildVacant` the last such call.
   */
  claim(id: ZnodeId): number {
    const slot = (id & CHUNK_MASK) << 1;
    let chunk = this.chunks[id >>> CHUNK_BITS];
    if (chunk === undefined || chunk === this.hole || slot >= chunk.length) chunk = this.chunkFor(id);
    if (id >= this.next) this.next = id + 1;
    const before = chunk[slot]!;
    if (before === VACANT) this.count += 1;
    return before;
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

  /** The chunk of `id`, with room for it. */
  private chunkFor(id: ZnodeId): Int32Array {
    const number = id >>> CHUNK_BITS;
    while (number > this.chunks.length) this.chunks.push((this.hole ??= emptyChunk(CHUNK_IDS)));
    if (this.chunks[number] === this.hole) this.chunks[number] = emptyChunk(CHUNK_IDS);
    this.makeRoom(id);
    return this.chunks[number]!;
  }

  private makeRoom(id: ZnodeId): void {
    const { chunks } = this;
    const chunk = id >>> CHUNK_BITS;
    if (chunk === chunks.length) chunks.push(emptyChunk(chunk === 0 ? FIRST_CHUNK_IDS_MIN : CHUNK_IDS));
    const last = chunk === 0 ? id : CHUNK_IDS - 1;
    while (last << 1 >= chunks[0]!.length) chunks[0] = doubled(chunks[0]!);
  }

  private takeFromHole(chunk: number): ZnodeId {
    this.chunks[chunk] = emptyChunk(CHUNK_IDS);
    const first = chunk << CHUNK_BITS;
    for (let id = first + CHUNK_MASK; id > first; id--) this.vacantIds.push(id);
    return first;
  }
}

function emptyChunk(idCount: number): Int32Array {
  const chunk = new Int32Array(idCount * 2);
  for (let i = 0; i < chunk.length; i += 2) chunk[i] = VACANT;
  return chunk;
}

function doubled(chunk: Int32Array): Int32Array {
  const grown = emptyChunk(chunk.length);
  grown.set(chunk);
  return grown;
}

function chunkEndOf(id: ZnodeId): ZnodeId {
  return ((id >>> CHUNK_BITS) + 1) << CHUNK_BITS;
}
