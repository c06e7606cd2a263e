import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("run/main.mjs", import.meta.url));

function chaos(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], (_error, out, errors) =>
      resolve({ code: child.exitCode ?? -1, out: out + errors }),
    );
  });
}

describe("npm run chaos", () => {
  it("finds nothing wrong with three processes that are killed, stopped and cut off for a few seconds", async () => {
    const { code, out } = await chaos("--seconds", "4", "--seed", "1", "--faults", "kill,stop,break,crumbs");
    expect(out.trimEnd().split("\n").at(-1)).toBe("PASSED");
    expect(out).toMatch(/^[1-9]\d* operations checked, [1-9]\d* faults: /m);
    expect(code).toBe(0);
  });

  it("finds what is wrong with peers that set znodes whatever version they have", async () => {
    const { code, out } = await chaos("--seconds", "1", "--faults", "break", "--build", "forgets versions");
    const kept = /^kept in (?<directory>[^:]+):/m.exec(out)?.groups?.["directory"];
    if (kept !== undefined) rmSync(kept, { recursive: true });
    expect(out).toMatch(/^VIOLATION of "one state a zxid"/m);
    expect(out).toMatch(/^history: violated$/m);
    expect(out.trimEnd().split("\n").at(-1)).toBe("FAILED");
    expect(code).toBe(1);
  });

  it("says what it does not understand", async () => {
    const { code, out } = await chaos("--faults", "flood");
    expect(out).toContain("no fault is called flood");
    expect(code).toBe(2);
  });
});
