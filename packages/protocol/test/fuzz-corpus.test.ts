import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fuzz as fuzzConnect } from "../fuzz/targets/connect.ts";
import { fuzz as fuzzRequest } from "../fuzz/targets/request.ts";
import { fuzz as fuzzResponse } from "../fuzz/targets/response.ts";
import { fuzz as fuzzSplitter } from "../fuzz/targets/splitter.ts";

// Goal: every input that fuzzing ever found worth keeping still passes its target.

describe.each([
  { name: "connect", fuzz: fuzzConnect },
  { name: "request", fuzz: fuzzRequest },
  { name: "response", fuzz: fuzzResponse },
  { name: "splitter", fuzz: fuzzSplitter },
])("the fuzz corpus of $name", ({ name, fuzz }) => {
  const directory = new URL(`../fuzz/corpus/${name}/`, import.meta.url);
  const inputs = readdirSync(directory);

  it("is not empty, and passes", () => {
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of inputs) {
      const bytes = new Uint8Array(readFileSync(new URL(input, directory)));
      expect(() => fuzz(bytes)).not.toThrow();
    }
  });
});
