import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssertionError, createSeededRandom, type Random, randomBelow } from "../src/index.ts";
import { splitMix64Next, splitMix64Output } from "../src/splitmix64.ts";
import { Xoshiro128 } from "../src/xoshiro128.ts";

const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });

function draws(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

/** A Random that gives these words, and then fails. */
function scripted(words: readonly number[]): Random {
  const left = [...words];
  return {
    uint32: () => {
      const word = left.shift();
      if (word === undefined) throw new Error("one draw too many");
      return word;
    },
    bytes: (lengthBytes) => new Uint8Array(lengthBytes),
    fork: () => scripted(words),
  };
}

describe("the generators", () => {
  it("SplitMix64 gives the published sequences of the seeds 0 and 1234567", () => {
    const sequence = (seed: bigint, count: number): bigint[] => {
      let state = seed;
      return Array.from({ length: count }, () => splitMix64Output((state = splitMix64Next(state))));
    };
    expect(sequence(0n, 3)).toEqual([0xe220a8397b1dcdafn, 0x6e789e6aa1b965f4n, 0x06c45d188009454fn]);
    expect(sequence(1_234_567n, 5)).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
  });

  it("xoshiro128** gives the sequence of its authors' program from the state 1, 2, 3, 4", () => {
    const generator = new Xoshiro128(1, 2, 3, 4);
    expect(Array.from({ length: 10 }, () => generator.next())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });
});

describe("a seeded Random", () => {
  it("gives what xoshiro128** gives from the words of SplitMix64, low word first", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const one = splitMix64Next(BigInt(seed));
        const both = splitMix64Output(one) | (splitMix64Output(splitMix64Next(one)) << 64n);
        const word = (index: number): number => Number((both >> BigInt(32 * index)) & 0xffffffffn);
        const generator = new Xoshiro128(word(0), word(1), word(2), word(3));
        const random = createSeededRandom(seed);
        expect(draws(random, 20)).toEqual(Array.from({ length: 20 }, () => generator.next()));
      }),
    );
  });

  // Worked out from the definitions by another program, in another language.
  it("stays what it is: a seed in a report must mean the same next year", () => {
    expect(draws(createSeededRandom(1), 3)).toEqual([1695105466, 1423115009, 634581793]);
    expect(draws(createSeededRandom(1).fork("disk"), 3)).toEqual([2741825721, 1329387789, 4241620061]);
    expect([...createSeededRandom(1).bytes(6)]).toEqual([186, 65, 9, 101, 1, 3]);
  });

  it("gives bytes as its words, low byte first, in a new array", () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 64 }), (seed, lengthBytes) => {
        const words = Uint32Array.from(draws(createSeededRandom(seed), 16));
        const view = new DataView(new ArrayBuffer(64));
        words.forEach((word, index) => view.setUint32(4 * index, word, true));
        const random = createSeededRandom(seed);
        expect(random.bytes(lengthBytes)).toEqual(new Uint8Array(view.buffer.slice(0, lengthBytes)));
        expect(random.uint32()).toBe(draws(createSeededRandom(seed), 17)[Math.ceil(lengthBytes / 4)]);
      }),
    );
  });

  it("forks streams that no draw elsewhere changes", () => {
    fc.assert(
      fc.property(seeds, fc.string(), fc.nat({ max: 9 }), (seed, label, count) => {
        const untouched = draws(createSeededRandom(seed).fork(label), 5);
        const random = createSeededRandom(seed);
        draws(random, count);
        draws(random.fork("another"), count);
        const fork = random.fork(label);
        random.bytes(count);
        expect(draws(fork, 5)).toEqual(untouched);
        expect(draws(random, 5)).not.toEqual(untouched);
      }),
    );
  });

  it("forks another stream for another label", () => {
    const random = createSeededRandom(7);
    const labels = ["", "a", "b", "ab", "ba", "a\u0000", "\u0000", "peer 1", "peer 2"];
    const forks = [
      random,
      ...labels.map((label) => random.fork(label)),
      random.fork("a").fork("b"),
      random.fork("").fork(""),
    ];
    expect(new Set(forks.map((fork) => draws(fork, 2).join())).size).toBe(labels.length + 3);
  });

  it("refuses seeds and lengths out of range", () => {
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => createSeededRandom(seed)).toThrow(RangeError);
    for (const lengthBytes of [-1, 0.5, 65_537]) {
      expect(() => createSeededRandom(0).bytes(lengthBytes)).toThrow(AssertionError);
    }
    expect(createSeededRandom(0).bytes(65_536)).toHaveLength(65_536);
  });
});

describe("randomBelow", () => {
  it("stays below the limit", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 2 ** 32 }), (seed, limit) => {
        const value = randomBelow(createSeededRandom(seed), limit);
        expect(Number.isInteger(value) && value >= 0 && value < limit).toBe(true);
      }),
    );
  });

  it("draws again where a remainder would come up more often than others", () => {
    expect(randomBelow(scripted([2 ** 32 - 1, 5]), 3)).toBe(2);
    expect(randomBelow(scripted([2 ** 32 - 2]), 3)).toBe(2);
    expect(randomBelow(scripted([2 ** 32 - 1]), 2 ** 32)).toBe(2 ** 32 - 1);
    expect(randomBelow(scripted([2 ** 32 - 1]), 1)).toBe(0);
  });

  it("gives every value about as often", () => {
    const random = createSeededRandom(3);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let index = 0; index < 60_000; index++) counts[randomBelow(random, 6)]! += 1;
    // Six standard deviations of a fair die.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(550);
  });

  it("refuses limits out of range", () => {
    for (const limit of [0, -1, 1.5, 2 ** 32 + 1])
      expect(() => randomBelow(scripted([1]), limit)).toThrow(AssertionError);
  });
});
