import { describe, expect, it } from "vitest";
import { runSeed } from "../../src/run/run-seed.ts";
import { leaveOutStrikes } from "../../src/run/shrink.ts";

describe("the shrinker", () => {
  it("leaves out all strikes but those that the failure needs, many at a time", () => {
    const needed = new Set([3, 11, 12]);
    const skipped = new Set<number>();
    let attempts = 0;
    leaveOutStrikes(
      () => 64,
      (numbers) => {
        attempts++;
        expect(numbers.every((number) => !skipped.has(number))).toBe(true);
        if (numbers.some((number) => needed.has(number))) return false;
        for (const number of numbers) skipped.add(number);
        return true;
      },
    );
    expect(Array.from({ length: 64 }, (_, index) => index + 1).filter((number) => !skipped.has(number))).toEqual([
      3, 11, 12,
    ]);
    expect(attempts).toBeLessThan(40);
  });

  it("can leave out any strike of a seed, and the others stay as they are", () => {
    const { faults, strikes, failure } = runSeed(3, { overrides: { steps: 1500 } });
    expect(failure).toBe(null);
    expect(strikes).toBeGreaterThan(1);
    expect(faults.size).toBeGreaterThan(0);
    const all = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`skip.${index + 1}`, 1]));
    expect(runSeed(3, { overrides: { steps: 1500, ...all } }).faults.size).toBe(0);
  });
});
