// Processes that end with this one, unless it is killed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { removeDirectories } from "./place.mjs";

const STOP_MAX_MS = 60_000;

/** Those that have not ended; a number of one that has may be somebody else's by now. */
const living = new Set();

/** From here on, nothing stays behind. */
export function endEverythingAtExit() {
  process.once("exit", () => {
    for (const child of living) child.kill("SIGKILL");
    removeDirectories();
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

/** Ctrl-C goes to this process alone, so that it decides what ends when. */
export function start(command, args, { env = {}, output = "ignore" } = {}) {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", output, output],
    detached: true,
  });
  living.add(child);
  const gone = () => living.delete(child);
  child.once("exit", gone);
  child.once("error", gone);
  return child;
}

export function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Resolves when it has ended; by force if it does not within a minute. */
export async function stop(child, signal = "SIGTERM") {
  if (hasEnded(child)) return;
  const exit = once(child, "exit");
  child.kill(signal);
  const late = new AbortController();
  const force = pause(STOP_MAX_MS, undefined, { signal: late.signal, ref: false }).then(
    () => child.kill("SIGKILL"),
    () => undefined,
  );
  await exit;
  late.abort();
  await force;
}

/** What a program prints until it ends; an Error with what it complained of, if it fails. */
export async function collect(command, args) {
  const child = start(command, args, { output: "pipe" });
  let [output, complaints] = ["", ""];
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (complaints += chunk));
  const [code, signal] = await once(child, "close");
  if (code === 0) return output;
  throw new Error(`${command} has ended with ${signal ?? code}: ${complaints.trim()}`);
}
