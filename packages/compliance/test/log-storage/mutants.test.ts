import { describe, expect, it } from "vitest";
import { LOG_STORAGE_GROUPS } from "../../src/log-storage/cases.ts";
import { CHECKPOINT_MUTANTS } from "./mutants/checkpoint-mutants.ts";
import { LIFECYCLE_MUTANTS } from "./mutants/lifecycle-mutants.ts";
import { LOG_MUTANTS } from "./mutants/log-mutants.ts";
import { brokenRules } from "./mutants/mutant.ts";

const MUTANTS = [...LIFECYCLE_MUTANTS, ...LOG_MUTANTS, ...CHECKPOINT_MUTANTS];
const RULES = LOG_STORAGE_GROUPS.flatMap(({ cases }) => cases.map(({ rule }) => rule));

describe("a store that", () => {
  it.each(MUTANTS)("$mistake breaks the rules that say so", async (mutant) => {
    const broken = await brokenRules(mutant);
    const named = mutant.breaks.flatMap((start) => RULES.filter((rule) => rule.startsWith(start)));
    if (mutant.andMore) expect(broken).toEqual(expect.arrayContaining(named));
    else expect(broken.toSorted()).toEqual(named.toSorted());
    expect(named.length).toBe(mutant.breaks.length);
  });
});

describe("the suite", () => {
  it("names each case once", () => {
    expect(new Set(RULES).size).toBe(RULES.length);
  });

  it("has no case that no mutant breaks", async () => {
    const named = MUTANTS.flatMap(({ breaks }) => breaks);
    expect(RULES.filter((rule) => !named.some((start) => rule.startsWith(start)))).toEqual([]);
  });
});
