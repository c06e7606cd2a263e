import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CellRef, Slab } from "../src/tree/slab.ts";

const PAGE_SIZE_BYTES = 256 * 1024;

/** What a cell should hold. */
interface Cell {
  readonly ref: CellRef;
  readonly content: Uint8Array;
}

const sizeArbitrary = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 700 }) },
  { weight: 3, arbitrary: fc.integer({ min: 500, max: 70_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 8, 512, 513, 65_536, 65_537, 300_000) },
);
const stepArbitrary = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("allocate"), size: sizeArbitrary }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("free"), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("resize"), pick: fc.nat(), size: sizeArbitrary }) },
);

function fill(slab: Slab, ref: CellRef, size: number, stamp: number): Cell {
  const content = Uint8Array.from({ length: size }, (_, i) => (stamp * 37 + i * 11) & 0xff);
  slab.bytesOf(ref).set(content, slab.byteAt(ref));
  return { ref, content };
}

function contentOf(slab: Slab, { ref, content }: Cell): Uint8Array {
  return slab.bytesOf(ref).subarray(slab.byteAt(ref), slab.byteAt(ref) + content.length);
}

function isIntact(slab: Slab, cell: Cell): boolean {
  return Buffer.compare(contentOf(slab, cell), cell.content) === 0;
}

describe("the slab", () => {
  it("keeps the content of every cell through allocations, frees and resizes", () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 150, size: "max" }), (steps) => {
        const slab = new Slab();
        const cells: Cell[] = [];
        for (const [stamp, step] of steps.entries()) {
          if (step.kind === "allocate") {
            cells.push(fill(slab, slab.allocate(step.size), step.size, stamp));
            continue;
          }
          const [cell] = cells.splice(step.pick % Math.max(1, cells.length), 1);
          if (cell === undefined) continue;
          expect(isIntact(slab, cell)).toBe(true);
          if (step.kind === "resize") {
            const stays = slab.fits(cell.ref, step.size);
            const ref = stays ? cell.ref : slab.allocate(step.size);
            if (!stays) slab.free(cell.ref);
            cells.push(fill(slab, ref, step.size, stamp));
          } else {
            slab.free(cell.ref);
          }
        }
        expect(cells.filter((cell) => !isIntact(slab, cell))).toEqual([]);
        expect(new Set(cells.map(({ ref }) => ref)).size).toBe(cells.length);
        for (const { ref } of cells) slab.free(ref);
        // One empty page of a class may stay.
        const classes = 64 + 7 * 8;
        expect(slab.sizeBytes).toBeLessThanOrEqual(classes * PAGE_SIZE_BYTES);
      }),
      { numRuns: process.env["COTERIE_TEST_LONG"] === "1" ? 2000 : 40 },
    );
  });

  it("aligns cells to 8 bytes, and shows the same cell as words and bytes", () => {
    const slab = new Slab();
    for (const size of [1, 9, 100, 600, 70_000]) {
      const ref = slab.allocate(size);
      expect(slab.byteAt(ref) % 8).toBe(0);
      expect(slab.wordAt(ref) * 4).toBe(slab.byteAt(ref));
      slab.wordsOf(ref)[slab.wordAt(ref)] = 0x01020304;
      expect([...slab.bytesOf(ref).subarray(slab.byteAt(ref), slab.byteAt(ref) + 4)]).toEqual([4, 3, 2, 1]);
    }
  });

  it("wastes at most an eighth of a cell, and never less than the size asked for", () => {
    const slab = new Slab();
    for (let size = 1; size <= 80_000; size += size < 600 ? 1 : 97) {
      const ref = slab.allocate(size);
      // Cells stand behind each other in a fresh page, so the next one's place tells how large this one is.
      let cell = 8;
      while (!slab.fits(ref, cell)) cell += 8;
      while (slab.fits(ref, cell + 8)) cell += 8;
      expect(cell).toBeGreaterThanOrEqual(size);
      expect(cell).toBeLessThanOrEqual(Math.max(size + 7, size * 1.125));
      slab.free(ref);
    }
  });

  it("takes the places of freed cells again before it takes more memory", () => {
    const slab = new Slab();
    const refs = Array.from({ length: 5000 }, () => slab.allocate(100));
    const size = slab.sizeBytes;
    for (const ref of refs.filter((_, i) => i % 3 === 0)) slab.free(ref);
    const again = refs.filter((_, i) => i % 3 === 0).map(() => slab.allocate(100));
    expect(slab.sizeBytes).toBe(size);
    expect(new Set(again)).toEqual(new Set(refs.filter((_, i) => i % 3 === 0)));
  });

  it("begins with little: the pages of a class grow with it", () => {
    const slab = new Slab();
    slab.allocate(104);
    expect(slab.sizeBytes).toBe(16 * 104);
    for (let i = 1; i < 1000; i++) slab.allocate(104);
    expect(slab.sizeBytes).toBeLessThan(2 * 1000 * 104);
  });

  it("gives pages back when their last cell goes, in whatever order", () => {
    const slab = new Slab();
    const refs = Array.from({ length: 20_000 }, () => slab.allocate(104));
    expect(slab.sizeBytes).toBeGreaterThan(7 * PAGE_SIZE_BYTES);
    const half = refs.length / 2;
    for (let i = 0; i < half; i++) slab.free(refs[i]!);
    expect(slab.sizeBytes).toBeLessThan(5.5 * PAGE_SIZE_BYTES);
    for (let i = refs.length - 1; i >= half; i--) slab.free(refs[i]!);
    expect(slab.sizeBytes).toBe(PAGE_SIZE_BYTES);
    const large = slab.allocate(1_000_000);
    expect(slab.sizeBytes).toBe(PAGE_SIZE_BYTES + 1_000_000);
    slab.free(large);
    expect(slab.sizeBytes).toBe(PAGE_SIZE_BYTES);
  });

  it("numbers new pages by those that went", () => {
    const slab = new Slab();
    const first = slab.allocate(100_000);
    for (let i = 0; i < 5000; i++) slab.free(slab.allocate(66_000));
    expect(slab.allocate(100_000)).toBeLessThan(first + (2 << 15));
  });

  it("says how many pages it may still add, those given back included", () => {
    const slab = new Slab();
    expect(slab.pagesLeft).toBe(65_536);
    const large = [70_000, 70_000, 80_000].map((size) => slab.allocate(size));
    slab.allocate(100);
    slab.allocate(100);
    expect(slab.pagesLeft).toBe(65_532);
    for (const ref of large) slab.free(ref);
    expect(slab.pagesLeft).toBe(65_535);
  });
});
