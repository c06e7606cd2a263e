import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cursor, MergedCursor } from "../src/database/cursor.ts";
import type { Stored } from "../src/format/log-record.ts";

/** Gives what it holds in pieces, the last of which is empty. */
class ListCursor implements Cursor {
  isClosed = false;
  private readonly pieces: Stored[][];

  constructor(stored: readonly Stored[], sizes: readonly number[]) {
    this.pieces = [];
    for (let at = 0, piece = 0; at < stored.length; piece++) {
      const size = sizes[piece % sizes.length]!;
      this.pieces.push(stored.slice(at, at + size));
      at += size;
    }
  }

  async next(): Promise<readonly Stored[]> {
    return this.pieces.shift() ?? [];
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

test("two cursors give together what one over both would, and of one key the newer value, in either direction", async () => {
  const keys = fc.uniqueArray(fc.nat(30), { maxLength: 20 });
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(keys, keys, sizes, sizes, fc.boolean(), async (old, young, oneSizes, otherSizes, isReverse) => {
      const stored = (from: readonly number[], value: number): Stored[] => {
        const sorted = from.toSorted((one, other) => (isReverse ? other - one : one - other));
        return sorted.map((key) => ({ key: Uint8Array.of(key), value: Uint8Array.of(value) }));
      };
      const [older, newer] = [new ListCursor(stored(old, 1), oneSizes), new ListCursor(stored(young, 2), otherSizes)];
      const merged = new MergedCursor(older, newer, isReverse);
      const found: number[][] = [];
      for (let piece = await merged.next(); piece.length > 0; piece = await merged.next())
        for (const { key, value } of piece) found.push([key[0]!, value[0]!]);
      const all = stored([...new Set([...old, ...young])], 0).map(({ key }) => key[0]!);
      expect(found).toEqual(all.map((key) => [key, young.includes(key) ? 2 : 1]));
      await merged.close();
      expect([older.isClosed, newer.isClosed]).toEqual([true, true]);
    }),
  );
});
