import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CoterieError, createZxid } from "@coterie/interface";
import type { KeyRange } from "../src/database/cursor.ts";
import type { Database } from "../src/database/database.ts";
import { readable, readableKeys } from "../src/database/readable.ts";
import { logGenerationKey, logKey, pageKey } from "../src/format/keys.ts";
import type { Stored } from "../src/format/log-record.ts";

/** What a database does with a block that it cannot read. */
type Manner = "stops in front of it" | "goes on behind it, and fails at the end of the range, as LevelDB does";
const MANNERS: readonly Manner[] = [
  "stops in front of it",
  "goes on behind it, and fails at the end of the range, as LevelDB does",
];

function isIn({ from, end }: KeyRange, key: Uint8Array): boolean {
  return Buffer.compare(key, from) >= 0 && Buffer.compare(key, end) < 0;
}

/** Keys in order, some of which stand in blocks that cannot be read. */
class DamagedDatabase {
  private readonly keysStored: readonly Uint8Array[];
  private readonly damaged: ReadonlySet<number>;
  private readonly manner: Manner;

  constructor(keys: readonly Uint8Array[], damaged: ReadonlySet<number>, manner: Manner) {
    this.keysStored = keys;
    this.damaged = damaged;
    this.manner = manner;
  }

  cursor(range: KeyRange, { reverse = false, keysMax = 64 }: { reverse?: boolean; keysMax?: number }): object {
    const inRange = this.keysStored.map((key, index) => ({ key, index })).filter(({ key }) => isIn(range, key));
    const steps = reverse ? inRange.reverse() : inRange;
    let at = 0;
    let hasFailed = false;
    const refuse = (): never => {
      throw new CoterieError("STORE_CORRUPT");
    };
    return {
      next: async (): Promise<Stored[]> => {
        const found: Stored[] = [];
        while (at < steps.length && found.length < keysMax) {
          const { key, index } = steps[at]!;
          if (this.damaged.has(index)) {
            if (this.manner === "stops in front of it") refuse();
            hasFailed = true;
          } else found.push({ key, value: Uint8Array.of(1) });
          at++;
        }
        if (found.length < keysMax && hasFailed) refuse();
        return found;
      },
      close: async () => undefined,
    };
  }

  async edge(range: KeyRange, reverse: boolean): Promise<Stored | null> {
    const cursor = this.cursor(range, { reverse, keysMax: 1 }) as { next(): Promise<Stored[]> };
    return (await cursor.next())[0] ?? null;
  }

  async keys(range: KeyRange, limit: number): Promise<Uint8Array[]> {
    const cursor = this.cursor(range, { keysMax: limit }) as { next(): Promise<Stored[]> };
    return (await cursor.next()).map(({ key }) => key);
  }
}

const RECORDS = Array.from({ length: 40 }, (_, index) =>
  logKey(1, { zxid: createZxid(1, 1 + index * 3), chainHash: index * 77 } as never),
);
const PAGES = Array.from({ length: 8 }, (_, index) => pageKey(2, index));
const KEYS = [...RECORDS, ...PAGES];
const EVERYTHING: KeyRange = { from: logGenerationKey(0), end: Buffer.of(0xff) };
const hex = (keys: readonly Uint8Array[]): string[] => keys.map((key) => Buffer.from(key).toString("hex"));

describe.each(MANNERS)("of a database that %s", (manner) => {
  test("all keys are read that do not stand in the damaged block", async () => {
    const block = fc.tuple(fc.nat(KEYS.length - 1), fc.integer({ min: 1, max: 20 }));
    await fc.assert(
      fc.asyncProperty(block, fc.integer({ min: 1, max: 50 }), async ([start, count], keysMax) => {
        const damaged = new Set(Array.from({ length: count }, (_, index) => start + index));
        const database = new DamagedDatabase(KEYS, damaged, manner) as unknown as Database;
        const expected = hex(KEYS.filter((_, index) => !damaged.has(index)));
        const found: Uint8Array[] = [];
        let damages = 0;
        for await (const some of readable(database, EVERYTHING, { keysMax, damaged: () => damages++ }))
          found.push(...some.map(({ key }) => key));
        expect(hex(found)).toEqual(expected);
        expect(damages).toBeGreaterThan(0);
        expect(hex(await readableKeys(database, EVERYTHING, keysMax))).toEqual(expected.slice(0, keysMax));
      }),
      { numRuns: 60 },
    );
  });

  test("it comes to an end whatever is damaged, and gives nothing twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(KEYS.length - 1)), async (indexes) => {
        const damaged = new Set(indexes);
        const database = new DamagedDatabase(KEYS, damaged, manner) as unknown as Database;
        const found: Uint8Array[] = [];
        for await (const some of readable(database, EVERYTHING)) found.push(...some.map(({ key }) => key));
        const sound = hex(KEYS.filter((_, index) => !damaged.has(index)));
        const names = hex(found);
        expect(names).toEqual(sound.filter((name) => names.includes(name)));
        const first = indexes.length === 0 ? KEYS.length : Math.min(...indexes);
        expect(names.slice(0, first)).toEqual(hex(KEYS.slice(0, first)));
      }),
      { numRuns: 25 },
    );
  });
});
