#!/usr/bin/env node
import { spawn } from "node:child_process";
import { main } from "./main.ts";
import { createProcessSurroundings } from "./surroundings.ts";

/** How long what was left undone may keep the process; and how long its end may then take. */
const END_MAX_MS = 1000;

void main(process.argv.slice(2), createProcessSurroundings()).then((code) => {
  process.exitCode = code;
  setTimeout(() => end(code), END_MAX_MS).unref();
});

/** Node.js waits for threads that wait for a disk, even as it exits: then somebody else has to end it. */
function end(code: number): void {
  // Once this process is gone it is the parent no more: its number may be another's by then.
  const kill = `setTimeout(() => { if (process.ppid === ${process.pid}) process.kill(${process.pid}, "SIGKILL"); }, ${END_MAX_MS})`;
  spawn(process.execPath, ["-e", kill], { detached: true, stdio: "ignore" })
    .on("error", () => undefined)
    .unref();
  process.exit(code);
}
