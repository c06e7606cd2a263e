import { assert } from "@coterie/interface";

/** Where a cell stands: page number times 2^15 plus its offset in units of 8 bytes. */
export type CellRef = number;

const PAGE_SIZE_MAX_BYTES = 256 * 1024;
/** A page holds this many cells at least, and the first one of a class no more: a small tree takes little. */
const PAGE_CELLS_MIN = 16;
const UNIT_BITS = 3;
const PLACE_BITS = 15;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
const PAGES_MAX = 1 << 16;
/** Above it a cell gets a page of its own, of just its size. */
const SHARED_CELL_MAX_BYTES = 64 * 1024;
const FINE_CLASS_MAX_BYTES = 512;
const CHAIN_END = -1;

interface Page {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly cellSize: number;
  live: number;
  /** Place of the first free cell; the chain runs through the first word of each. */
  freeHead: number;
  /** Cells at and above this place were never used. */
  fresh: number;
  /** Where the page stands among the open ones of its class, or -1 when it is full. */
  openAt: number;
}

/**
 * Bytes of many values in few large buffers, so that a million znodes are not a million objects.
 *
 * Cells of one size class share pages, each as large as all before it up to 256 KiB; sizes go in steps of 8 bytes up
 * to 512 and of at most an eighth above, so a cell wastes at most 12.5 %. A page whose last cell is freed goes back to the collector. Nothing is
 * ever moved or copied to grow, so no call takes longer than filling its own cell.
 */
export class Slab {
  /** The pages' words and bytes by page number, for those who read cells; see `wordsOf` and `bytesOf`. */
  private readonly words: (Int32Array | null)[] = [];
  private readonly bytes: (Uint8Array | null)[] = [];
  private readonly buffers: (ArrayBuffer | null)[] = [];
  private readonly views: (DataView | null)[] = [];
  private readonly pages: (Page | null)[] = [];
  private readonly vacant: number[] = [];
  /** For each cell size the pages that have a free cell; the last one is allocated from. */
  private readonly open = new Map<number, number[]>();
  /** The cell size that was asked for last, and its open pages: many values of a tree are of one size. */
  private recentSize = 0;
  private recentOpen: number[] = [];
  /** Bytes of all pages of each cell size. */
  private readonly sizes = new Map<number, number>();
  private size = 0;

  /** Bytes of all pages, used or not. */
  get sizeBytes(): number {
    return this.size;
  }

  /**
   * Pages that may still be added. A new cell takes one at most, but that can be any cell above 64 KiB, so long before
   * memory ends these can. Who asks for cells must see that they do not.
   */
  get pagesLeft(): number {
    return PAGES_MAX - this.pages.length + this.vacant.length;
  }

  /** A cell of at least `size` bytes; its content is undefined. */
  allocate(size: number): CellRef {
    const cellSize = cellSizeFor(size);
    const open = cellSize === this.recentSize ? this.recentOpen : this.openOf(cellSize);
    if (open.length === 0) this.addPage(cellSize, open);
    const number = open[open.length - 1]!;
    const page = this.pages[number]!;
    const place = takePlace(page);
    if (isFull(page)) {
      open.pop();
      page.openAt = -1;
    }
    return (number << PLACE_BITS) | place;
  }

  free(ref: CellRef): void {
    const number = ref >>> PLACE_BITS;
    const page = this.pages[number]!;
    assert(page.live > 0, "a slab cell is freed once");
    page.live -= 1;
    const place = ref & PLACE_MASK;
    page.words[place << 1] = page.freeHead;
    page.freeHead = place;
    const open = this.open.get(page.cellSize)!;
    if (page.openAt < 0) page.openAt = open.push(number) - 1;
    // One empty page of a class is kept, so that a value that comes and goes does not open a page each time.
    if (page.live === 0 && (open.length > 1 || page.cellSize > SHARED_CELL_MAX_BYTES)) this.dropPage(number, open);
  }

  /** Whether a value of `size` bytes may take the place of the one in `ref`. */
  fits(ref: CellRef, size: number): boolean {
    return this.pages[ref >>> PLACE_BITS]!.cellSize === cellSizeFor(size);
  }

  /** The page of the cell as 32-bit words; `wordAt` says where the cell begins. Valid until the cell is freed. */
  wordsOf(ref: CellRef): Int32Array {
    return this.words[ref >>> PLACE_BITS]!;
  }

  wordAt(ref: CellRef): number {
    return (ref & PLACE_MASK) << 1;
  }

  /** The page of the cell as bytes; `byteAt` says where the cell begins. Valid until the cell is freed. */
  bytesOf(ref: CellRef): Uint8Array {
    return this.bytes[ref >>> PLACE_BITS]!;
  }

  /** What `bytesOf` is a view of, from its front. */
  bufferOf(ref: CellRef): ArrayBuffer {
    return this.buffers[ref >>> PLACE_BITS]!;
  }

  /** The page of the cell as `bytesOf` has it, for whoever writes words that are not aligned. */
  viewOf(ref: CellRef): DataView {
    return this.views[ref >>> PLACE_BITS]!;
  }

  byteAt(ref: CellRef): number {
    return (ref & PLACE_MASK) << UNIT_BITS;
  }

  private openOf(cellSize: number): number[] {
    let open = this.open.get(cellSize);
    if (open === undefined) this.open.set(cellSize, (open = []));
    this.recentSize = cellSize;
    this.recentOpen = open;
    return open;
  }

  private addPage(cellSize: number, open: number[]): void {
    const number = this.vacant.pop() ?? this.pages.length;
    assert(number < PAGES_MAX, "the slab holds at most 65,536 pages");
    const size = this.pageSizeFor(cellSize);
    const buffer = new ArrayBuffer(size);
    const openAt = open.push(number) - 1;
    const bytes = new Uint8Array(buffer);
    const words = new Int32Array(buffer);
    this.pages[number] = { bytes, words, cellSize, live: 0, freeHead: CHAIN_END, fresh: 0, openAt };
    this.bytes[number] = bytes;
    this.words[number] = words;
    this.buffers[number] = buffer;
    this.views[number] = new DataView(buffer);
    this.count(cellSize, size);
  }

  private pageSizeFor(cellSize: number): number {
    if (cellSize > SHARED_CELL_MAX_BYTES) return cellSize;
    const sizeBytes = Math.max(cellSize * PAGE_CELLS_MIN, this.sizes.get(cellSize) ?? 0);
    return Math.min(PAGE_SIZE_MAX_BYTES, sizeBytes);
  }

  private count(cellSize: number, sizeBytes: number): void {
    this.size += sizeBytes;
    this.sizes.set(cellSize, (this.sizes.get(cellSize) ?? 0) + sizeBytes);
  }

  private dropPage(number: number, open: number[]): void {
    const page = this.pages[number]!;
    const last = open.pop()!;
    if (last !== number) {
      open[page.openAt] = last;
      this.pages[last]!.openAt = page.openAt;
    }
    this.count(page.cellSize, -page.bytes.length);
    this.pages[number] = null;
    this.bytes[number] = null;
    this.words[number] = null;
    this.buffers[number] = null;
    this.views[number] = null;
    this.vacant.push(number);
  }
}

function takePlace(page: Page): number {
  page.live += 1;
  const head = page.freeHead;
  if (head !== CHAIN_END) {
    page.freeHead = page.words[head << 1]!;
    return head;
  }
  const fresh = page.fresh;
  page.fresh = fresh + (page.cellSize >> UNIT_BITS);
  return fresh;
}

function isFull(page: Page): boolean {
  return page.freeHead === CHAIN_END && (page.fresh << UNIT_BITS) + page.cellSize > page.bytes.length;
}

function cellSizeFor(size: number): number {
  if (size <= FINE_CLASS_MAX_BYTES || size > SHARED_CELL_MAX_BYTES) return Math.max(8, (size + 7) & -8);
  // Eight classes between a power of two and the next.
  const step = 1 << (28 - Math.clz32(size - 1));
  return (size + step - 1) & -step;
}
