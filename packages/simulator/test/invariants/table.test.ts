import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HISTORY_CHECKERS } from "../../src/history/index.ts";
import { createInvariants } from "../../src/invariants/index.ts";

const table = readFileSync(new URL("../../../../docs/invariants.md", import.meta.url), "utf8");
const listed = [...table.matchAll(/`([a-z-]+)\.ts` \|/g), ...table.matchAll(/^\| `([a-z-]+)\.ts`/gm)];

describe("the table of invariants", () => {
  it("names the file of every invariant and of every history checker, and no other", () => {
    // The first one only keeps facts.
    const invariants = createInvariants()
      .map(({ name }) => name)
      .slice(1);
    const names = new Set([...invariants, ...HISTORY_CHECKERS.keys()]);
    expect(new Set(listed.map((match) => match[1]))).toEqual(names);
  });
});
