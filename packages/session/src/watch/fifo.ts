/** Places that were taken and are not yet given back; below that it does not pay. */
const TAKEN_MAX = 1_024;

/** A queue whose `shift` does not move what is behind, however much that is. */
export class Fifo<Item> {
  private items: (Item | undefined)[] = [];
  private taken = 0;

  get size(): number {
    return this.items.length - this.taken;
  }

  get last(): Item | undefined {
    return this.size === 0 ? undefined : this.items.at(-1);
  }

  push(item: Item): void {
    this.items.push(item);
  }

  shift(): Item | undefined {
    if (this.size === 0) return undefined;
    const item = this.items[this.taken];
    this.items[this.taken] = undefined;
    this.taken += 1;
    if (this.size === 0) this.clear();
    else if (this.taken >= TAKEN_MAX && this.taken * 2 >= this.items.length) {
      this.items = this.items.slice(this.taken);
      this.taken = 0;
    }
    return item;
  }

  clear(): void {
    this.items = [];
    this.taken = 0;
  }
}
