import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Scenario, scenarioArbitrary } from "../model/generator.ts";
import { canonicalObservation } from "../model/observation.ts";
import { playSequence } from "../model/play-sequence.ts";
import { createReferenceTree } from "../model/reference-tree.ts";
import { CoreDriver } from "./core-driver.ts";

const RUNS = process.env["COTERIE_TEST_LONG"] === "1" ? 20_000 : 400;

/** Runs a scenario on both machines; results, events and digests must be equal after each command. */
function holdAgainstReference({ options, pokes, commands }: Scenario): void {
  const tree = createReferenceTree({ ...options, filtersReplay: true });
  const driver = new CoreDriver(options);
  for (const { path, fields } of pokes) {
    tree.poke(path, fields);
    driver.poke(path, fields);
  }
  for (const { command, timing, expected } of playSequence(commands, tree)) {
    const actual = driver.run(command, timing);
    expect(canonicalObservation(command, actual)).toEqual(canonicalObservation(command, expected));
    expect(driver.digest()).toBe(tree.digest());
  }
  expect(driver.dump()).toEqual(tree.dump());
}

describe("core equals the reference tree", () => {
  it(`on ${RUNS} command sequences`, { timeout: 3_600_000 }, () => {
    fc.assert(fc.property(scenarioArbitrary({ withPokes: true }), holdAgainstReference), { numRuns: RUNS });
  });
});
