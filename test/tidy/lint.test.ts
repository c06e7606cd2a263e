import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readText } from "./repository.ts";

const oxlint = fileURLToPath(new URL("../../node_modules/oxlint/bin/oxlint", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "coterie-lint-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** One bad line a rule, linted under our configuration as if it stood at `path`. Without types: those need a build. */
const BAD: readonly (readonly [rule: string, path: string, code: string])[] = [
  ["no-restricted-globals", "packages/core/src/clock.ts", "export const now = (): number => Date.now();"],
  ["no-restricted-globals", "packages/protocol/src/timer.ts", "setTimeout(() => {}, 1);"],
  ["no-restricted-properties", "packages/core/src/random.ts", "export const roll = (): number => Math.random();"],
  [
    "no-restricted-imports",
    "packages/interface/src/files.ts",
    'import { readFileSync } from "node:fs"; export const read = readFileSync;',
  ],
  [
    "no-restricted-imports",
    "packages/protocol/src/library.ts",
    'import { chunk } from "lodash"; export const c = chunk;',
  ],
  ["no-async-await", "packages/consensus/src/later.ts", "export const f = async (): Promise<void> => {};"],
  ["no-console", "packages/peer/src/print.ts", 'console.log("a");'],
  ["no-process-exit", "packages/peer/src/exit.ts", "process.exit(1);"],
  ["no-top-level-await", "packages/peer/src/wait.ts", "await Promise.resolve();"],
  ["no-default-export", "packages/peer/src/default.ts", "export default 1;"],
  ["no-explicit-any", "packages/peer/src/any.ts", "export const a: any = 1;"],
  ["eqeqeq", "packages/peer/src/equal.ts", "export const same = (a: number, b: number): boolean => a == b;"],
  ["consistent-type-imports", "packages/peer/src/types.ts", 'import { A } from "./a.ts"; export type B = A;'],
  ["no-focused-tests", "test/focus.test.ts", 'import { it } from "vitest"; it.on' + 'ly("a", () => {});'],
];

describe("oxlint's configuration", () => {
  it("reports each of the house's bans", () => {
    const config = JSON.parse(readText(".oxlintrc.json")) as Record<string, unknown>;
    const options = { ...(config["options"] as object), typeAware: false };
    writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify({ ...config, options }));
    for (const [, path, code] of BAD) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${code}\n`);
    }
    expect(reportsOf(folder)).toEqual(expect.arrayContaining(BAD.map(([rule, path]) => `${path} ${rule}`)));
  });
});

function reportsOf(cwd: string): string[] {
  const output = lintJson(cwd);
  const { diagnostics } = JSON.parse(output) as { diagnostics: { code: string; filename: string }[] };
  return diagnostics.map(
    ({ code, filename }) => `${filename.replaceAll("\\", "/")} ${code.replace(/^.*\((.*)\)$/, "$1")}`,
  );
}

function lintJson(cwd: string): string {
  try {
    return execFileSync(process.execPath, [oxlint, "--format=json"], { cwd, encoding: "utf8" });
  } catch (error) {
    // Findings make the exit code 1; what was found still stands on standard output.
    return (error as { stdout: string }).stdout;
  }
}
