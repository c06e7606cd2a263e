import { type PathIndex, SHARD_COUNT, shardOf } from "./path-index.ts";

/** Pairs of hash and reference that a shard collects before they go into the index together, in words: 2 KiB. */
const WAITING_WORDS = 512;

/**
 * Inserts for a tree that is being built and that nobody looks anything up in yet. The shards of a large index do not
 * fit into the processor's caches, one of them does: the pairs wait until there are many for the same one.
 */
export class WaitingInserts {
  private readonly index: PathIndex;
  private readonly waiting: (Int32Array | undefined)[] = [];
  /** How many words of each are taken. */
  private readonly taken = new Int32Array(SHARD_COUNT);

  constructor(index: PathIndex) {
    this.index = index;
  }

  add(hash: number, ref: number): void {
    const shard = shardOf(hash);
    const pairs = (this.waiting[shard] ??= new Int32Array(WAITING_WORDS));
    const at = this.taken[shard]!;
    pairs[at] = hash;
    pairs[at + 1] = ref;
    this.taken[shard] = at + 2;
    if (at + 2 === WAITING_WORDS) this.release(shard);
  }

  /** Inserts what waits: some 65,000 pairs at most. */
  finish(): void {
    for (let shard = 0; shard < SHARD_COUNT; shard++) this.release(shard);
  }

  private release(shard: number): void {
    const pairs = this.waiting[shard]!;
    const end = this.taken[shard]!;
    this.taken[shard] = 0;
    for (let at = 0; at < end; at += 2) this.index.insert(pairs[at]!, pairs[at + 1]!);
  }
}
