// Fuzzing under coverage guidance: slow, and finds ways that no input has gone before.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { installForeign } from "../../scripts/lib/npm.mjs";
import { cache } from "../../scripts/lib/paths.mjs";
import { buildDirectory, fuzzDirectory, seedDirectories } from "./build.mjs";
import { executionsOf } from "./executions.mjs";

const JSFUZZ_VERSION = "1.0.15";
const SIGNALS = ["SIGINT", "SIGTERM"];

/** The entry point of jsfuzz, which npm fetches once into the cache. */
export async function ensureJsfuzz() {
  const home = join(cache, `jsfuzz-${JSFUZZ_VERSION}`);
  const entry = join(home, "node_modules/jsfuzz/build/src/index.js");
  if (!existsSync(entry)) await installForeign(`jsfuzz@${JSFUZZ_VERSION}`, home);
  return entry;
}

/**
 * Runs jsfuzz for a while; it knows no end of its own, so its process group is killed. Inputs that reach new code are added to
 * corpus/<target>; one that crashes the target is left in crash-<target>.
 */
export function fuzzGuided(jsfuzz, target, seconds) {
  const corpus = join(fuzzDirectory, "corpus", target);
  mkdirSync(corpus, { recursive: true });
  const crash = join(fuzzDirectory, `crash-${target}`);
  const args = [jsfuzz, `test/fuzz/targets/${target}.js`, ...seedDirectories(target), "--exact-artifact-path", crash];
  const child = spawn(process.execPath, args, {
    cwd: buildDirectory,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let last = "";
  let executions = 0;
  child.stdout.on("data", (text) => {
    if (/crash|OOM|timeout reached|Error/.test(text)) process.stdout.write(text);
    last = String(text).trim().split("\n").at(-1) ?? "";
    executions = executionsOf(String(text)) || executions;
  });
  return new Promise((resolve) => {
    let expired = false;
    let interrupted = false;
    const stop = () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    };
    const timer = setTimeout(() => {
      expired = true;
      stop();
    }, seconds * 1000);
    const interrupt = () => {
      interrupted = true;
      stop();
    };
    for (const signal of SIGNALS) process.once(signal, interrupt);
    child.on("exit", (code) => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, interrupt);
      const done = executions > 0 ? "no crash" : "NOTHING was executed";
      const end = expired ? done : interrupted ? "interrupted" : `ended early, status ${code}`;
      console.log(`${target}: ${end}; ${last}`);
      resolve({ passed: expired && executions > 0, interrupted });
    });
  });
}
