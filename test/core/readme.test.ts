import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as core from "../../packages/core/src/index.ts";
import * as units from "../../packages/interface/src/index.ts";

it("the README's example prints what it says", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const source = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const promised = /console\.log\(.*\); \/\/ (.*)/.exec(source)?.[1];
  const body = source.replaceAll(/^import \{ (.*) \} from ".*";$/gm, "const { $1 } = packages;");
  const printed: unknown[][] = [];
  const console = { log: (...words: unknown[]) => printed.push(words) };
  // oxlint-disable-next-line no-implied-eval
  const run = new Function("packages", "console", body) as (packages: object, out: object) => void;
  run({ ...core, ...units }, console);
  expect(promised).toBeDefined();
  expect(printed.map((words) => words.join(" "))).toEqual([promised]);
});
