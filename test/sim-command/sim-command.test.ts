import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("run.mjs", import.meta.url));

/** No txn fits: nobody can lead. */
const FAILING = ["limits.txnSizeMaxBytes=1", "voters=1", "observers=0", "clients=1", "steps=10"];
const PASSING = ["voters=1", "observers=0", "clients=1", "steps=50"];

describe("npm run sim", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "coterie-sim-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function sim(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
    const argv = [SCRIPT, ...args];
    return new Promise((resolve) => {
      const child = execFile(process.execPath, argv, { cwd: folder }, (_error, out, errors) =>
        resolve({ code: child.exitCode ?? -1, out, errors }),
      );
    });
  }

  it("writes the trace of a failing seed where it says, asked or not", async () => {
    const { code, out } = await sim("--seed", "5", ...FAILING);
    expect(out).toContain("seed 5 FAILS");
    expect(code).toBe(1);
    const file = ".cache/sim-5.trace";
    expect(out).toContain(`--trace ${file}`);
    expect(readFileSync(join(folder, file), "utf8")).toContain("FAILURE in");
  });

  it("does the same for one of many seeds", async () => {
    const { code, out } = await sim("--first", "5", "--seeds", "1", "--jobs", "1", ...FAILING);
    expect(code).toBe(1);
    expect(out).toContain("1 FAILURES in 1 seeds: 5");
    expect(existsSync(join(folder, ".cache/sim-5.trace"))).toBe(true);
  });

  it("writes nothing for seeds that pass, unless it is asked to", async () => {
    const many = await sim("--first", "50", "--seeds", "2", "--jobs", "2", ...PASSING);
    expect([many.code, many.errors]).toEqual([0, ""]);
    expect(many.out).toContain("no failure in 2 seeds");
    expect(readdirSync(folder)).toEqual([]);
    expect((await sim("--seed", "50", "--trace", "some/where", ...PASSING)).code).toBe(0);
    expect(readFileSync(join(folder, "some/where"), "utf8")).toContain("LIVENESS");
  });

  it("refuses what cannot be run in one line, and runs nothing", async () => {
    const trace = ["--seed", "1", "--trace", "."];
    for (const args of [["--seeds", "0"], ["voters=0"], ["--trace", "x"], trace, ["--level", "b", ...trace]]) {
      const { code, out, errors } = await sim(...args);
      expect([code, out]).toEqual([2, ""]);
      expect(errors.trimEnd().split("\n")).toHaveLength(1);
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
