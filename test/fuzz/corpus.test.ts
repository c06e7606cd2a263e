import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Fuzz } from "./many/fuzz-many.ts";

// Goal: every input that fuzzing ever found worth keeping still passes its target.

const targets = readdirSync(new URL("targets/", import.meta.url)).map((file) => file.replace(/\.ts$/, ""));

it("every target has a corpus, and every corpus a target", () => {
  expect(readdirSync(new URL("corpus/", import.meta.url)).toSorted()).toEqual(targets.toSorted());
});

describe.each(targets)("the fuzz corpus of %s", (name) => {
  const directory = new URL(`corpus/${name}/`, import.meta.url);
  const inputs = readdirSync(directory);

  it("is not empty, and passes", async () => {
    const { fuzz } = (await import(`./targets/${name}.ts`)) as { fuzz: Fuzz };
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of inputs) {
      const bytes = new Uint8Array(readFileSync(new URL(input, directory)));
      expect(await fuzz(bytes)).toMatch(/^(?:accepted|refused): /);
    }
  });
});
