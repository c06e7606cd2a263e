import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

// In a process of its own, under node:test and on the packages as they are built: as a stranger would run it.
it("the example of a storage over another database keeps every rule, under node:test", async () => {
  // The file, not its folder: from version 22 on Node.js takes a folder for a module.
  const args = ["--test", "--test-reporter=tap", "examples/own-storage/own-storage.test.mjs"];
  const env = { ...process.env };
  // A runner that finds itself inside of another one reports to that one instead of to us.
  delete env["NODE_TEST_CONTEXT"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env, maxBuffer: 2 ** 26 });
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(stdout)?.[1]);
  expect(count("fail")).toBe(0);
  expect(count("skipped")).toBe(0);
  expect(count("pass")).toBeGreaterThan(90);
});
