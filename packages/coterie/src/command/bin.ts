#!/usr/bin/env node
import { join } from "node:path";
import { loadKeptCode } from "./kept-code.ts";
import type { runCommand } from "./run-command.ts";

/** What a start calls has been called by then. */
const KEEP_AFTER_MS = 5000;
/** How long what was left undone may keep the process; and how long its end may then take. */
const END_MAX_MS = 1000;

const { version, arch, platform } = process;
const code = loadKeptCode(
  join(import.meta.dirname, "command.cjs"),
  join(import.meta.dirname, `compiled-${platform}-${arch}-${version}.cache`),
);
const command = code.run() as { readonly runCommand: typeof runCommand };

void command.runCommand(keepSoon).then((exitCode) => {
  process.exitCode = exitCode;
  setTimeout(() => void end(exitCode), END_MAX_MS).unref();
});

function keepSoon(): void {
  // The name is that of Node.js, whose later versions can do the same.
  if (process.env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return;
  let isKept = false;
  const keep = (): void => {
    if (!isKept) code.keep();
    isKept = true;
  };
  setTimeout(keep, KEEP_AFTER_MS).unref();
  process.once("exit", keep);
}

/** Node.js waits for threads that wait for a disk, even as it exits: then somebody else has to end it. */
async function end(exitCode: number): Promise<void> {
  // Asked for only now: it takes a while to load, and few processes come here.
  const { spawn } = await import("node:child_process");
  // Once this process is gone it is the parent no more: its number may be another's by then.
  const kill = `setTimeout(() => { if (process.ppid === ${process.pid}) process.kill(${process.pid}, "SIGKILL"); }, ${END_MAX_MS})`;
  spawn(process.execPath, ["-e", kill], { detached: true, stdio: "ignore" })
    .on("error", () => undefined)
    .unref();
  process.exit(exitCode);
}
