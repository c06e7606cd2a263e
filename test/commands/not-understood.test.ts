import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function runScript(name: string, args: readonly string[]): Promise<Ended> {
  const file = fileURLToPath(new URL(`../../scripts/${name}.mjs`, import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [file, ...args], (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

const SCRIPTS: readonly (readonly [script: string, ...args: string[]])[] = [
  ["bench", "compare"],
  ["bench", "growth"],
  ["chaos"],
  ["exhaustive"],
  ["mutants"],
  ["sbom"],
  ["sim"],
  ["start"],
  ["storage-faults"],
  ["test-long"],
];

describe.each(SCRIPTS)("scripts/%s.mjs %s", (script, ...args) => {
  const given = args.filter((arg) => arg !== undefined);

  it("answers --help, and does nothing else", async () => {
    const { code, out, err } = await runScript(script, [...given, "--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`npm ${script === "start" ? "" : "run "}${script.replace("test-", "test:")}`);
  });

  it("says in lines, and not by a stack, that it does not know an option", async () => {
    const { code, err } = await runScript(script, [...given, "--frobnicate"]);
    expect(code).toBeGreaterThan(0);
    expect(err).toContain("--frobnicate");
    expect(err).not.toContain("    at ");
  });
});

it.each([
  ["chaos", "--kills is many, and has to be a number in 1..10000", ["--kills", "many"]],
  ["chaos", "--timing is quick, and has to be dedicated or embedded", ["--kills=1", "--timing", "quick"]],
  ["chaos", "--peers is 0, and has to be a number in 1..9", ["--peers", "0"]],
  ["chaos", "no fault is called love", ["--faults", "kill,love"]],
  ["exhaustive", "--bounds is 1;2, and has to be numbers with commas between them", ["--bounds", "1;2"]],
  ["mutants", "--jobs is , and has to be a number in 1..1000", ["--jobs", ""]],
  ["mutants", "there is no mutant nobody", ["nobody"]],
  ["storage-faults", "--seed is x, and has to be a whole number", ["--seed", "x"]],
  ["bench", "There is no scenario shrinkage.", ["growth", "shrinkage"]],
])("scripts/%s.mjs says what does not fit: %s", async (script, what, args) => {
  const { code, err } = await runScript(script, args);
  expect(code).toBe(2);
  expect(err.split("\n", 1)[0]).toContain(what);
});
