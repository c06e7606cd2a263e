import type { Chance } from "./chance.ts";

/** What lengths, counts and numbers go wrong at. */
const EDGES: readonly number[] = [
  0, 1, -1, 2, 3, 7, 8, 16, 31, 32, 64, 100, 127, 128, 255, 256, 300, 1024, 4096, 32_767, 32_768, 65_535, 65_536,
  0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0x1000_0000, 0x000f_ffff, 0x0010_0000,
];
/** What text is made of, where a change of one character means something. */
const CHARACTERS = '{}[]",:/\\.-+=;%_@ 0123456789aefnrtuzZ\0\n\u007f';
const INSERTED_MAX_BYTES = 16;

/**
 * Changes inputs in place, in a buffer that is made once: a few changes, most often one, each cheaper than the decoder that
 * reads it.
 */
export class Mutator {
  private readonly buffer: Uint8Array;
  private readonly view: DataView;
  private readonly chance: Chance;
  private size = 0;

  constructor(chance: Chance, sizeMaxBytes: number) {
    this.chance = chance;
    this.buffer = new Uint8Array(sizeMaxBytes);
    this.view = new DataView(this.buffer.buffer);
  }

  /** `input` with a few changes; `other` is what may be spliced in. The bytes stand until the next call. */
  mutate(input: Uint8Array, other: Uint8Array): Uint8Array {
    const { buffer, chance } = this;
    this.size = Math.min(input.length, buffer.length);
    buffer.set(this.size === input.length ? input : input.subarray(0, this.size));
    do this.change(other);
    while (chance.below(3) === 0);
    return buffer.subarray(0, this.size);
  }

  private change(other: Uint8Array): void {
    const { buffer, chance, size } = this;
    if (size === 0) return this.insert(chance.below(INSERTED_MAX_BYTES) + 1);
    const at = chance.below(size);
    switch (chance.below(12)) {
      case 0:
        buffer[at]! ^= 1 << chance.below(8);
        return;
      case 1:
        buffer[at] = chance.next();
        return;
      case 2:
        buffer[at]! += chance.below(2) === 0 ? 1 : -1;
        return;
      case 3:
        buffer[at] = CHARACTERS.charCodeAt(chance.below(CHARACTERS.length));
        return;
      case 4:
        buffer[at] = EDGES[chance.below(EDGES.length)]!;
        return;
      case 5:
        if (at + 2 <= size) this.view.setUint16(at, EDGES[chance.below(EDGES.length)]!, chance.below(2) === 0);
        return;
      case 6:
        if (at + 4 <= size) this.view.setUint32(at, EDGES[chance.below(EDGES.length)]!, chance.below(2) === 0);
        return;
      case 7:
        return this.nudge(at);
      case 8:
        return this.remove(at, chance.below(2) === 0 ? 1 : chance.below(size - at) + 1);
      case 9:
        return this.insert(chance.below(INSERTED_MAX_BYTES) + 1);
      case 10:
        return this.copy(at);
      default:
        return this.splice(other);
    }
  }

  /** Adds or takes a little at an integer of four bytes, as a length one off. */
  private nudge(at: number): void {
    if (at + 4 > this.size) return;
    const isLittle = this.chance.below(2) === 0;
    this.view.setInt32(at, this.view.getInt32(at, isLittle) + this.chance.below(17) - 8, isLittle);
  }

  private remove(at: number, count: number): void {
    this.buffer.copyWithin(at, at + count, this.size);
    this.size -= count;
  }

  private insert(count: number): void {
    const at = this.chance.below(this.size + 1);
    const room = this.open(at, count);
    const same = this.chance.below(2) === 0 ? this.chance.next() & 255 : -1;
    for (let index = 0; index < room; index++) this.buffer[at + index] = same < 0 ? this.chance.next() : same;
  }

  /** Repeats a piece of the input elsewhere: over what stands there, or before it. */
  private copy(at: number): void {
    const { buffer, chance, size } = this;
    const count = chance.below(Math.min(size - at, 4 * INSERTED_MAX_BYTES)) + 1;
    const piece = buffer.slice(at, at + count);
    const to = chance.below(size);
    const room = chance.below(2) === 0 ? this.open(to, count) : Math.min(count, size - to);
    buffer.set(piece.subarray(0, room), to);
  }

  /** The beginning of this and the end of the other, or a piece of the other somewhere in this. */
  private splice(other: Uint8Array): void {
    if (other.length === 0) return;
    const { buffer, chance, size } = this;
    const from = chance.below(other.length);
    const to = chance.below(2) === 0 ? Math.min(from, size) : chance.below(size);
    const isTail = chance.below(2) === 0;
    const wanted = isTail ? other.length - from : chance.below(Math.min(other.length - from, 64)) + 1;
    const count = Math.min(wanted, buffer.length - to);
    buffer.set(other.subarray(from, from + count), to);
    this.size = isTail ? to + count : Math.max(size, to + count);
  }

  /** Makes room at a place, as much as the buffer has; says how much. */
  private open(at: number, count: number): number {
    const room = Math.min(count, this.buffer.length - this.size);
    this.buffer.copyWithin(at + room, at, this.size);
    this.size += room;
    return room;
  }
}
