import { assert } from "@coterie/interface";

/**
 * From a path hash to the znodes that have it: an open-addressing table of pairs of hash and record reference.
 *
 * It is cut into 256 shards that grow one by one, so that no insert copies more than 1/256 of the table: a
 * single table of a million entries would hold the event loop for tens of milliseconds when it doubles.
 */
export const SHARD_COUNT = 256;
const SHARD_SHIFT = 24;
const SHARD_SLOTS_MIN = 16;
const PAIR = 2;
/** Three slots in four at most: longer probes cost more than the memory they save. */
const FULL = 0.75;
/** In the place of a reference; references are never negative. */
const EMPTY = -1;

/** In which shard the paths with this hash stand. */
export function shardOf(hash: number): number {
  return hash >>> SHARD_SHIFT;
}

/** Stands for every shard that has no path yet, and is never written. */
const VACANT_SHARD = emptyPairs(PAIR);

export class PathIndex {
  /** Each has a power of two of slots. */
  private readonly shards: Int32Array[] = [];
  /** How many slots of each are taken. */
  private readonly used = new Int32Array(SHARD_COUNT);
  private size = 0;
  /** What loads amount to that only ask memory: kept, so that no compiler finds them needless. */
  protected touched = 0;

  constructor() {
    for (let i = 0; i < SHARD_COUNT; i++) this.shards.push(VACANT_SHARD);
  }

  /**
   * The first slot at or after `probe` whose hash is `hash`, or -1. A first call gives `probe` = -1, a further
   * one the slot it got, until the caller finds its znode among those that share the hash.
   */
  probe(hash: number, probe: number): number {
    const pairs = this.shards[shardOf(hash)]!;
    const mask = pairs.length - 1;
    let slot = probe < 0 ? homeOf(hash, mask) : (probe + PAIR) & mask;
    for (;;) {
      if (pairs[slot + 1] === EMPTY) return -1;
      if (pairs[slot] === hash) return slot;
      slot = (slot + PAIR) & mask;
    }
  }

  /** Asks memory for the slot where a search for `hash` begins; what it returns means nothing. */
  touch(hash: number): number {
    const pairs = this.shards[shardOf(hash)]!;
    return pairs[homeOf(hash, pairs.length - 1)]!;
  }

  /** The reference in a slot that `probe` returned for `hash`. */
  refAt(hash: number, slot: number): number {
    return this.shards[shardOf(hash)]![slot + 1]!;
  }

  /**
   * Gives an empty shard its share of room for `count` paths in all, as many as will come: then it is not copied on the
   * way there. False if there is no such shard.
   */
  reserve(shard: number, count: number): boolean {
    if (shard >= SHARD_COUNT) return false;
    assert(this.used[shard] === 0, "room is reserved before the first path");
    let slots = SHARD_SLOTS_MIN;
    while (slots * FULL < count / SHARD_COUNT) slots *= 2;
    // A shard that will hold few paths gets its room with the first of them.
    if (slots === SHARD_SLOTS_MIN) return true;
    const pairs = emptyPairs(slots * PAIR);
    this.size += pairs.byteLength - (this.shards[shard] === VACANT_SHARD ? 0 : this.shards[shard]!.byteLength);
    this.shards[shard] = pairs;
    return true;
  }

  insert(hash: number, ref: number): void {
    const shard = shardOf(hash);
    const pairs = this.shards[shard]!;
    const used = this.used[shard]! + 1;
    this.used[shard] = used;
    if (used * PAIR > pairs.length * FULL) {
      const grown = pairs === VACANT_SHARD ? emptyPairs(SHARD_SLOTS_MIN * PAIR) : doubled(pairs);
      this.size += grown.byteLength - (pairs === VACANT_SHARD ? 0 : pairs.byteLength);
      this.shards[shard] = grown;
    }
    place(this.shards[shard]!, hash, ref);
  }

  /**
   * As `insert`, of the pairs of hash and reference in `all[0, end)`. Each waits for its slot to come from memory: asking for
   * all of them in a loop that does nothing else lets these waits overlap.
   */
  insertAll(all: Int32Array, end: number): void {
    const { shards } = this;
    let touched = 0;
    for (let at = 0; at < end; at += 2) {
      const hash = all[at]!;
      const pairs = shards[shardOf(hash)]!;
      touched ^= pairs[homeOf(hash, pairs.length - 1)]!;
    }
    this.touched = touched;
    for (let at = 0; at < end; at += 2) this.insert(all[at]!, all[at + 1]!);
  }

  /** The record that `from` refers to has moved. */
  move(hash: number, from: number, to: number): void {
    const pairs = this.shards[shardOf(hash)]!;
    pairs[slotOf(pairs, hash, from) + 1] = to;
  }

  remove(hash: number, ref: number): void {
    const shard = shardOf(hash);
    const pairs = this.shards[shard]!;
    const mask = pairs.length - 1;
    let hole = slotOf(pairs, hash, ref);
    this.used[shard] = this.used[shard]! - 1;
    // Entries behind the hole move up unless that would put them before their home: no tombstones remain.
    for (let next = (hole + PAIR) & mask; pairs[next + 1] !== EMPTY; next = (next + PAIR) & mask) {
      const home = homeOf(pairs[next]!, mask);
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      pairs[hole] = pairs[next]!;
      pairs[hole + 1] = pairs[next + 1]!;
      hole = next;
    }
    pairs[hole + 1] = EMPTY;
  }

  /** Bytes of the table. */
  get sizeBytes(): number {
    return this.size;
  }
}

function homeOf(hash: number, mask: number): number {
  return (hash << 1) & mask;
}

/** The slot of an entry that is there. */
function slotOf(pairs: Int32Array, hash: number, ref: number): number {
  const mask = pairs.length - 1;
  let slot = homeOf(hash, mask);
  while (pairs[slot + 1] !== ref) {
    assert(pairs[slot + 1] !== EMPTY, "a record that is moved or removed stands in the index");
    slot = (slot + PAIR) & mask;
  }
  return slot;
}

function emptyPairs(length: number): Int32Array {
  return new Int32Array(length).fill(EMPTY);
}

function place(pairs: Int32Array, hash: number, ref: number): void {
  const mask = pairs.length - 1;
  let slot = homeOf(hash, mask);
  while (pairs[slot + 1] !== EMPTY) slot = (slot + PAIR) & mask;
  pairs[slot] = hash;
  pairs[slot + 1] = ref;
}

function doubled(pairs: Int32Array): Int32Array {
  const grown = emptyPairs(pairs.length * 2);
  for (let slot = 0; slot < pairs.length; slot += PAIR) {
    if (pairs[slot + 1] !== EMPTY) place(grown, pairs[slot]!, pairs[slot + 1]!);
  }
  return grown;
}
