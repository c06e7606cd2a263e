import { describe, expect, it } from "vitest";
import { ENDING_MUTANTS } from "./mutants/endings.ts";
import { FLOW_MUTANTS } from "./mutants/flow.ts";
import { FRAME_MUTANTS } from "./mutants/frames.ts";
import { HANDLER_MUTANTS } from "./mutants/handlers.ts";
import { OPTION_MUTANTS } from "./mutants/options.ts";
import { PLACE_MUTANTS } from "./mutants/places.ts";
import { WIRE_MUTANTS } from "./mutants/wires.ts";
import { brokenRules, collectCases } from "./support/collect.ts";
import { createMemoryFixture } from "./support/memory-fixture.ts";
import { createWireFixture } from "./support/wire-transport.ts";

// Goal: no case of the kit is one that cannot fail, and what fails says what is broken.
// Method: break a transport in one way at a time; the cases named for the broken rule fail, and no others. Most cases run
// on the memory transport, and those that need bytes on a wire or ends that prove who they are on one made for them.

const MUTANTS = [
  ...PLACE_MUTANTS,
  ...OPTION_MUTANTS,
  ...FRAME_MUTANTS,
  ...HANDLER_MUTANTS,
  ...ENDING_MUTANTS,
  ...FLOW_MUTANTS,
];
const rules = collectCases(createMemoryFixture()).map(({ rule }) => rule);
const wireRules = collectCases(createWireFixture())
  .map(({ rule }) => rule)
  .filter((rule) => !rules.includes(rule));

describe("the transport kit", () => {
  it("names each case differently", () => {
    expect(new Set(rules).size).toBe(rules.length);
    expect(new Set(wireRules).size).toBe(wireRules.length);
  });

  it("has a mutant for each case", () => {
    const noticed = new Set([...MUTANTS, ...WIRE_MUTANTS].flatMap(({ fails }) => fails));
    expect(wireRules.length).toBeGreaterThan(0);
    expect([...rules, ...wireRules].filter((rule) => !noticed.has(rule))).toEqual([]);
  });

  it.each(MUTANTS)("notices a transport that $name", async ({ fails, isBroad = false, createFixture }) => {
    const broken = await brokenRules(createFixture());
    expect(rules).toEqual(expect.arrayContaining([...fails]));
    if (isBroad) expect([...broken.keys()]).toEqual(expect.arrayContaining([...fails]));
    // With what was said, so that a case that fails too much can be looked into.
    else expect(broken).toEqual(new Map(fails.map((rule) => [rule, expect.any(String)])));
  });

  it("finds nothing broken on a wire that is not", async () => {
    expect(await brokenRules(createWireFixture(), (rule) => wireRules.includes(rule))).toEqual(new Map());
  });

  it.each(WIRE_MUTANTS)("notices a transport over a wire that $name", async ({ fails, createFixture }) => {
    const broken = await brokenRules(createFixture(), (rule) => wireRules.includes(rule));
    expect(broken).toEqual(new Map(fails.map((rule) => [rule, expect.any(String)])));
  });
});
