import { describe, expect, it } from "vitest";
import { ALONE } from "../../vitest.config.ts";
import { listFiles } from "./repository.ts";

// Written in pieces, so that this file does not hold what it looks for.
const REPLACES = new RegExp(["\\bvi\\.(?:", "mock|doMock|stubGlobal|stubEnv|useFakeTimers)\\("].join(""));

describe("a test that replaces what others use", () => {
  it("is run alone, and no other is", () => {
    const tests = listFiles().filter(({ path }) => path.endsWith(".test.ts"));
    const replacing = tests.filter(({ text }) => REPLACES.test(text)).map(({ path }) => path);
    expect(replacing.toSorted()).toEqual([...ALONE]);
  });
});
