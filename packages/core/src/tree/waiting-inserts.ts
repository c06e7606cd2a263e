import type { PathIndex } from "./path-index.ts";

/** Pairs of hash and reference that go into the index together. */
const WAITING_PAIRS = 1024;

/**
 * Inserts for a tree that is being built and that nobody looks anything up in yet. Each waits for its slot to come from
 * memory: in a loop that does nothing else these waits overlap.
 */
export class WaitingInserts {
  private readonly index: PathIndex;
  private readonly pairs = new Int32Array(WAITING_PAIRS * 2);
  private end = 0;

  constructor(index: PathIndex) {
    this.index = index;
  }

  add(hash: number, ref: number): void {
    const { pairs, end } = this;
    pairs[end] = hash;
    pairs[end + 1] = ref;
    this.end = end + 2;
    if (end + 2 === pairs.length) this.finish();
  }

  /** Inserts what waits. */
  finish(): void {
    const { index, pairs, end } = this;
    index.insertAll(pairs, end);
    this.end = 0;
  }
}
