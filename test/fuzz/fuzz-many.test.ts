import { expect, it } from "vitest";
import { fuzzMany, type Fuzz } from "./many/fuzz-many.ts";
import { accepted, refused } from "./outcome.ts";

// Goal: fuzzing at full speed goes deeper than its seeds, finds what does not hold, and can be repeated.

const SEED = Uint8Array.of(0, 0, 0, 0);

/** Three steps, each behind the one before: no seed is beyond the first. */
const steps: Fuzz = (input) => {
  if (input[0] !== 7) return refused("first");
  if (input[1] !== 8) return refused("second");
  return input[2] === 9 ? accepted("third") : refused("third");
};

it("goes on from whatever ends as nothing has before", async () => {
  const { executions, outcomes, found } = await fuzzMany({ fuzz: steps, seeds: [SEED], executions: 40_000, seed: "1" });
  expect(executions).toBe(40_000);
  expect([...outcomes.keys()]).toEqual(["refused: first", "refused: second", "refused: third", "accepted: third"]);
  expect(found.map((input) => steps(input))).toEqual(["refused: second", "refused: third", "accepted: third"]);
  expect([...outcomes.values()].reduce((sum, count) => sum + count)).toBe(executions);
});

it("gives the same for the same seed, and something else for another", async () => {
  const run = (seed: string) => fuzzMany({ fuzz: steps, seeds: [SEED], executions: 5000, seed });
  const first = await run("1");
  expect(await run("1")).toEqual(first);
  expect(await run("2")).not.toEqual(first);
});

it("keeps what a target throws at with its input, whether it throws at once or later, and ends behind a few", async () => {
  const planted = new Error("planted");
  const sync: Fuzz = (input) => {
    if (input.length > 6) throw planted;
    return accepted("short");
  };
  for (const fuzz of [sync, async (input: Uint8Array) => sync(input)]) {
    const { crashes, executions } = await fuzzMany({ fuzz, seeds: [SEED], executions: 5000, seed: "1" });
    expect(crashes).toHaveLength(5);
    expect(executions).toBeLessThan(5000);
    for (const { input, error } of crashes) {
      expect(error).toBe(planted);
      expect(() => sync(input)).toThrow(planted);
    }
  }
});

it("leaves out of an outcome what differs from input to input", () => {
  expect(refused(`"a"b" has 17 bytes, the limit is -3\u0000`)).toBe(`refused: "" has 0 bytes, the limit is 0?`);
});
