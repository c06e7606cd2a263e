import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MUTANTS } from "./mutants.mjs";
import { plant } from "./plant.mjs";

const root = new URL("../../", import.meta.url);

describe("the planted bugs", () => {
  it("are at least 60, each with a name of its own", () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(60);
  });

  it("each change one place of a source that exists", () => {
    const ineffective = MUTANTS.filter((mutant) => {
      const text = readFileSync(new URL(mutant.file, root), "utf8");
      return plant(mutant, text) === text;
    });
    expect(ineffective).toEqual([]);
  });

  it("are refused where the place is not there, or there twice", () => {
    const [mutant] = MUTANTS;
    expect(() => plant(mutant!, "")).toThrow(/0 places/);
    expect(() => plant(mutant!, `${mutant!.find} ${mutant!.find}`)).toThrow(/2 places/);
  });

  it("name scenarios that exist", () => {
    const files = MUTANTS.flatMap(({ scenario }) => (scenario === undefined ? [] : [scenario.file]));
    expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  });
});
