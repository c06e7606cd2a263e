// Fuzzing at full speed: mutates what guided runs have found, without instruments, and counts how each execution ends.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { buildDirectory, fuzzDirectory, seedDirectories, TARGETS } from "./build.mjs";

/** How many of a run's executions each target gets, beside the others; 1 where nothing is said. */
const SHARES = {
  request: 12,
  response: 12,
  connect: 5,
  splitter: 3,
  "peer-hello": 7,
  "peer-message": 12,
  "peer-request": 8,
  "peer-handshake": 4,
  "tree-page": 2,
  "tree-txn": 8,
  "store-record": 9,
  "ensemble-config": 5,
  "backup-part": 5,
  "backup-stream": 1,
  "level-file": 5,
  text: 6,
  json: 5,
};
/** One execution takes far less; behind it something does not end. */
const STALL_MS = 60_000;
const INPUT_ROOM_BYTES = 2 ** 16;
const KEPT_MAX = 40;
const KEPT_SIZE_MAX_BYTES = 1024;

/** Whether all targets held, of which each gets its share of the executions. */
export async function fuzzMany(targets, executions, seed) {
  const sum = targets.reduce((total, target) => total + shareOf(target), 0);
  let done = 0;
  let passed = true;
  for (const target of targets) {
    const count = Math.ceil((executions * shareOf(target)) / sum);
    const cpuBefore = process.cpuUsage();
    const result = await run(target, count, `${seed} ${target}`);
    const { user, system } = process.cpuUsage(cpuBefore);
    done += result.executions;
    passed = report(target, result, (user + system) / 1e6) && passed;
  }
  const { user, system } = process.cpuUsage();
  console.log(
    `\n${done} executions of ${targets.length} of ${TARGETS.length} targets, seed ${seed}, ${Math.round((user + system) / 1e6)} s of CPU: ${passed ? "all held" : "SOME DID NOT HOLD"}`,
  );
  return passed;
}

function shareOf(target) {
  return SHARES[target] ?? 1;
}

/** In a thread of its own, so that what never ends is noticed, and the input known. */
function run(target, executions, seed) {
  const seeds = seedDirectories(target).flatMap((directory) =>
    readdirSync(directory)
      .toSorted()
      .map((name) => new Uint8Array(readFileSync(join(directory, name)))),
  );
  const current = new SharedArrayBuffer(INPUT_ROOM_BYTES);
  const file = (folder, name) => join(buildDirectory, "test/fuzz", folder, `${name}.js`);
  const workerData = { target: file("targets", target), seeds, executions, seed, current };
  const worker = new Worker(file("many", "worker"), { workerData });
  return new Promise((resolve, reject) => {
    let last = 0;
    let timer;
    const failed = (text) => {
      clearTimeout(timer);
      void worker.terminate();
      const [length = 0] = new Int32Array(current, 0, 1);
      const input = new Uint8Array(current.slice(4, 4 + length));
      resolve({ executions: last, outcomes: new Map(), found: [], crashes: [{ input, text }] });
    };
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => failed(`nothing has ended for ${STALL_MS} ms`), STALL_MS);
    };
    wait();
    worker.on("message", ({ done, result }) => {
      last = done ?? last;
      wait();
      if (result === undefined) return;
      clearTimeout(timer);
      resolve(result);
    });
    worker.on("error", (error) => failed(error.stack ?? String(error)));
    worker.on("messageerror", reject);
  });
}

function report(target, { executions, outcomes, found, crashes }, cpuSeconds) {
  const ended = (how) => [...outcomes].filter(([outcome]) => outcome.startsWith(how));
  const summed = (pairs) => pairs.reduce((sum, [, count]) => sum + count, 0);
  const [accepted, refused] = [ended("accepted"), ended("refused")];
  const share = ((100 * summed(accepted)) / Math.max(1, executions)).toFixed(1);
  const kept = keep(target, found);
  console.log(
    `${target}: ${executions} executions, ${cpuSeconds.toFixed(1)} s; accepted ${share} % in ${accepted.length} ways, refused in ${refused.length} ways; ${found.length} ways that no seed has gone, ${kept} inputs kept`,
  );
  const ways = [...outcomes].toSorted(([, one], [, other]) => other - one);
  for (const [outcome, count] of ways) console.log(`  ${count} ${outcome}`);
  for (const { input, text } of crashes) {
    const path = join(fuzzDirectory, `crash-${target}-${nameOf(input).slice(0, 8)}`);
    writeFileSync(path, input);
    console.error(`${target}: CRASH, the input is in ${path}\n${text}`);
  }
  return crashes.length === 0 && executions > 0;
}

/** Adds the first few inputs that ended as none had before to the corpus. */
function keep(target, found) {
  const corpus = join(fuzzDirectory, "corpus", target);
  mkdirSync(corpus, { recursive: true });
  const short = found.filter(({ length }) => length <= KEPT_SIZE_MAX_BYTES).slice(0, KEPT_MAX);
  for (const input of short) writeFileSync(join(corpus, nameOf(input)), input);
  return short.length;
}

function nameOf(input) {
  return createHash("sha256").update(input).digest("hex");
}
