import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const EXAMPLE = `${ROOT}examples/own-storage/`;

// In a process of its own, under node:test and on the packages as they are built: as a stranger would run it.
async function run(folder: string, file: string): Promise<Record<string, number>> {
  // The file, not its folder: from version 22 on Node.js takes a folder for a module.
  const args = ["--test", "--test-reporter=tap", join(folder, file)];
  const env = { ...process.env };
  // A runner that finds itself inside of another one reports to that one instead of to us.
  delete env["NODE_TEST_CONTEXT"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env, maxBuffer: 2 ** 26 });
  const counts = [...stdout.matchAll(/^# (pass|fail|skipped) (\d+)$/gm)];
  return Object.fromEntries(counts.map(([, name, count]) => [name, Number(count)]));
}

it("the example of a storage over another database keeps every rule, under node:test", async () => {
  const { pass, ...others } = await run(EXAMPLE, "own-storage.test.mjs");
  expect(others).toEqual({ fail: 0, skipped: 0 });
  expect(pass).toBeGreaterThan(90);
});

it("its database keeps what it acknowledged where the system is mean to it", async () => {
  expect(await run(EXAMPLE, "journal-level.test.mjs")).toEqual({ pass: 6, fail: 0, skipped: 0 });
});

it("who copies what the page says, word by word, has a storage that is proven", async () => {
  const page = readFileSync(`${ROOT}docs/write-your-own-storage.md`, "utf8");
  const [storage = "", proof = "", ...others] = [...page.matchAll(/^```js\n([^]*?)^```/gm)].map(([, code]) => code!);
  expect(others).toEqual([]);
  expect(storage).toBe(readFileSync(`${EXAMPLE}create-own-storage.mjs`, "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "own-storage-page-"));
  try {
    symlinkSync(`${EXAMPLE}node_modules`, join(folder, "node_modules"), "junction");
    for (const name of ["journal-level.mjs", "lock.mjs"]) copyFileSync(EXAMPLE + name, join(folder, name));
    writeFileSync(join(folder, "create-own-storage.mjs"), storage);
    writeFileSync(join(folder, "own-storage.test.mjs"), proof);
    const { pass, ...counts } = await run(folder, "own-storage.test.mjs");
    expect(counts).toEqual({ fail: 0, skipped: 0 });
    expect(pass).toBeGreaterThan(80);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
