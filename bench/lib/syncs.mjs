// What processes sync below a directory, as strace sees it.
import { once } from "node:events";
import { constants, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start, stop } from "../compare/servers/processes.mjs";

const SYNCS = ["fsync", "fdatasync", "sync_file_range"];
const WRITES = ["write", "writev", "pwrite64", "pwritev", "pwritev2"];
/** It follows the log at leisure; no acknowledgement waits for it. */
const SECOND_COPY = "/sidecar";
/** A finished call, or one that a thread goes on with: its descriptor and path stand where it begins. */
const CALL = /^\d+\s+(\w+)\((\d+)<([^>]*)>/;

/** From when it resolves until its `end`, which resolves with the syncs of each process, in their order. */
export async function countSyncs(pids, directory) {
  const folder = mkdtempSync(join(tmpdir(), "coterie-syncs-"));
  const tracers = await Promise.all(pids.map((pid) => attach(pid, join(folder, String(pid)))));
  return {
    end: async () => {
      const counts = [];
      for (const [index, pid] of pids.entries()) {
        await stop(tracers[index], "SIGINT");
        counts.push(syncsIn(readFileSync(join(folder, String(pid)), "utf8"), pid, directory));
      }
      rmSync(folder, { recursive: true });
      return counts;
    },
  };
}

async function attach(pid, file) {
  const calls = [...SYNCS, ...WRITES].join(",");
  const tracer = start("strace", ["-f", "-y", "-e", `trace=${calls}`, "-p", String(pid), "-o", file], {
    output: "pipe",
  });
  let said = "";
  const ended = once(tracer, "close").then(() => {
    throw new Error(`strace cannot look at the process ${pid}: ${said.trim()}`);
  });
  const attached = new Promise((resolve) => {
    tracer.stderr.on("data", (chunk) => {
      if (/ attached/.test((said += chunk))) resolve();
    });
  });
  await Promise.race([attached, ended]);
  // Of its own threads it goes on telling; that it ends is no mistake any more.
  tracer.stderr.removeAllListeners("data").resume();
  ended.catch(() => undefined);
  return tracer;
}

/** Calls on files below the directory that return only when what was written is on disk. */
function syncsIn(trace, pid, directory) {
  const isSynced = new Map();
  let count = 0;
  for (const line of trace.split("\n")) {
    const [, call, fd, path] = CALL.exec(line) ?? [];
    if (path === undefined || !path.startsWith(directory) || path.endsWith(SECOND_COPY)) continue;
    if (!isSynced.has(`${fd} ${path}`)) isSynced.set(`${fd} ${path}`, isOpenedSynced(pid, fd, path));
    if (SYNCS.includes(call) || isSynced.get(`${fd} ${path}`)) count++;
  }
  return count;
}

/** Of a descriptor that has been closed meanwhile, or is another file's by now, nothing is known: its writes do not count. */
function isOpenedSynced(pid, fd, path) {
  try {
    if (readlinkSync(`/proc/${pid}/fd/${fd}`) !== path) return false;
    const [, flags] = /^flags:\s*([0-7]+)/mu.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8")) ?? [];
    return (Number.parseInt(flags ?? "0", 8) & constants.O_DSYNC) !== 0;
  } catch {
    return false;
  }
}
