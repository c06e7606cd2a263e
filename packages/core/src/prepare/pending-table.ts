/** What the table holds: found by its path and the path's hash (tree/path-hash.ts), which stay as they are. */
export interface Hashed {
  readonly path: string;
  readonly hash: number;
}

const SLOTS_MIN = 64;

/**
 * From a path to what is pending at it. The look-up in the tree hashes the path anyway; a Map would hash it once more,
 * and entries come and go with every write.
 */
export class PendingTable<Entry extends Hashed> {
  /** Open addressing: a power of two of slots, at most half of them taken. */
  private slots: (Entry | null)[] = emptySlots(SLOTS_MIN);
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(path: string, hash: number): Entry | undefined {
    if (this.count === 0) return undefined;
    return this.slots[this.slotOf(path, hash)] ?? undefined;
  }

  /** Puts the entry in, in the place of another at its path if there is one. */
  set(entry: Entry): void {
    const slot = this.slotOf(entry.path, entry.hash);
    if (this.slots[slot] === null) this.count += 1;
    this.slots[slot] = entry;
    if (this.count * 2 > this.slots.length) this.grow();
  }

  /** Takes this very entry out; does nothing if it is not in. */
  delete(entry: Entry): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let hole = this.slotOf(entry.path, entry.hash);
    if (slots[hole] !== entry) return;
    this.count -= 1;
    // Entries behind the hole move up unless that would put them before their home: no tombstones remain.
    for (let next = (hole + 1) & mask; ; next = (next + 1) & mask) {
      const other = slots[next]!;
      if (other === null) break;
      if (((next - other.hash) & mask) < ((next - hole) & mask)) continue;
      slots[hole] = other;
      hole = next;
    }
    slots[hole] = null;
  }

  clear(): void {
    if (this.count > 0) this.slots = emptySlots(SLOTS_MIN);
    this.count = 0;
  }

  /** Where the path stands, or the empty slot where it would. */
  private slotOf(path: string, hash: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let entry = slots[slot]!; entry !== null; entry = slots[slot]!) {
      if (entry.hash === hash && entry.path === path) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow(): void {
    const { slots } = this;
    this.slots = emptySlots(slots.length * 2);
    for (const entry of slots) if (entry !== null) this.slots[this.slotOf(entry.path, entry.hash)] = entry;
  }
}

function emptySlots<Entry>(count: number): (Entry | null)[] {
  return new Array<Entry | null>(count).fill(null);
}
