import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const RUN = fileURLToPath(new URL("run.mjs", import.meta.url));

it("plants a bug in a copy of what is built, and kills it", async () => {
  const args = [RUN, "--rounds", "1", "--seeds", "1", "--jobs", "1", "ack-before-stored"];
  const { code, out } = await new Promise<{ code: number | null; out: string }>((resolve) => {
    const child = execFile(process.execPath, args, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, out: stdout + stderr }),
    );
  });
  expect(out).toContain("1 mutants, 1 killed, 0 alive");
  expect(code).toBe(0);
});
