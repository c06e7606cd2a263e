import { main } from "./main.ts";
import { createProcessSurroundings } from "./surroundings.ts";

/** How long what was left undone may keep the process; and how long its end may then take. */
const END_MAX_MS = 1000;

/** The command in a process of its own. `started` is called when a peer that it runs has begun to take part. */
export async function runCommand(started: () => void): Promise<void> {
  const code = await main(process.argv.slice(2), createProcessSurroundings(started));
  process.exitCode = code;
  setTimeout(() => void end(code), END_MAX_MS).unref();
}

/** Node.js waits for threads that wait for a disk, even as it exits: then somebody else has to end it. */
async function end(code: number): Promise<void> {
  // Asked for only now: few commands come here, and it takes a while to load.
  const { spawn } = await import("node:child_process");
  // Once this process is gone it is the parent no more: its number may be another's by then.
  const kill = `setTimeout(() => { if (process.ppid === ${process.pid}) process.kill(${process.pid}, "SIGKILL"); }, ${END_MAX_MS})`;
  spawn(process.execPath, ["-e", kill], { detached: true, stdio: "ignore" })
    .on("error", () => undefined)
    .unref();
  process.exit(code);
}
