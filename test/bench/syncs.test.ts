import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hasCommand } from "../../bench/compare/servers/has-command.mjs";
import { countSyncs } from "../../bench/lib/syncs.mjs";
import { describeForeign } from "../interop/describe-foreign.ts";

/** Once it is told to: three synced writes, two syncs, and what does not count. It stays until its input ends. */
const WRITER = `
const { closeSync, constants, fdatasyncSync, fsyncSync, openSync, writeSync } = require("node:fs");
process.stdin.once("data", () => {
  const plain = openSync("plain", "w");
  const closed = openSync("closed", constants.O_CREAT | constants.O_WRONLY);
  writeSync(closed, "its descriptor is soon another file's");
  closeSync(closed);
  const synced = openSync("synced", constants.O_CREAT | constants.O_WRONLY | constants.O_DSYNC);
  for (let write = 0; write < 3; write++) writeSync(synced, "synced as it is written");
  writeSync(plain, "not synced");
  fsyncSync(plain);
  fdatasyncSync(plain);
  process.stdout.write(String(closed === synced));
});`;

function missing(): string | undefined {
  if (!hasCommand("strace")) return "strace is not installed";
  const scope = "/proc/sys/kernel/yama/ptrace_scope";
  const isForRoot = existsSync(scope) && readFileSync(scope, "utf8").trim() !== "0";
  return isForRoot && process.getuid?.() !== 0 ? `only root may look at processes here: ${scope}` : undefined;
}

describeForeign("the count of syncs", missing(), () => {
  let directory = "";
  let writer: ChildProcess;
  beforeEach(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), "coterie-syncs-test-")));
    writer = spawn(process.execPath, ["-e", WRITER], { cwd: directory, stdio: ["pipe", "pipe", "inherit"] });
  });
  afterEach(async () => {
    const exit = once(writer, "exit");
    writer.kill("SIGKILL");
    await exit;
    rmSync(directory, { recursive: true });
  });

  it("has each sync and each synced write, and no other write", async () => {
    const counting = await countSyncs([writer.pid!], directory);
    writer.stdin!.write("go");
    const [isReused] = (await once(writer.stdout!, "data")) as [Buffer];
    expect(isReused.toString()).toBe("true");
    expect(await counting.end()).toEqual([5]);
  });

  it("is refused of a process that cannot be looked at, and is not 0", async () => {
    await expect(countSyncs([2 ** 30], directory)).rejects.toThrow(
      /^strace cannot look at the process 1073741824: .*\w/,
    );
  });
});
