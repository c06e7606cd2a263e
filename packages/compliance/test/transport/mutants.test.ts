import { describe, expect, it } from "vitest";
import { ENDING_MUTANTS } from "./mutants/endings.ts";
import { FLOW_MUTANTS } from "./mutants/flow.ts";
import { FRAME_MUTANTS } from "./mutants/frames.ts";
import { HANDLER_MUTANTS } from "./mutants/handlers.ts";
import { PLACE_MUTANTS } from "./mutants/places.ts";
import { brokenRules, collectCases } from "./support/collect.ts";
import { createMemoryFixture } from "./support/memory-fixture.ts";

// Goal: no case of the kit is one that cannot fail, and what fails says what is broken.
// Method: break the memory transport in one way at a time; the cases named for the broken rule fail, and no others.

const MUTANTS = [...PLACE_MUTANTS, ...FRAME_MUTANTS, ...HANDLER_MUTANTS, ...ENDING_MUTANTS, ...FLOW_MUTANTS];
const rules = collectCases(createMemoryFixture()).map(({ rule }) => rule);

describe("the transport kit", () => {
  it("names each case differently", () => {
    expect(new Set(rules).size).toBe(rules.length);
  });

  it("has a mutant for each case", () => {
    const noticed = new Set(MUTANTS.flatMap(({ fails }) => fails));
    expect(rules.filter((rule) => !noticed.has(rule))).toEqual([]);
  });

  it.each(MUTANTS)("notices a transport that $name", async ({ fails, isBroad = false, createFixture }) => {
    const broken = await brokenRules(createFixture());
    expect(rules).toEqual(expect.arrayContaining([...fails]));
    if (isBroad) expect([...broken.keys()]).toEqual(expect.arrayContaining([...fails]));
    // With what was said, so that a case that fails too much can be looked into.
    else expect(broken).toEqual(new Map(fails.map((rule) => [rule, expect.any(String)])));
  });
});
