// Fuzzes the decoders under coverage guidance: node test/fuzz/run.mjs [seconds each] [target ...]
//
// Compiles sources and targets to CommonJS, makes seeds of the golden frames of the protocol, and runs jsfuzz on one target after
// the other; for other targets the corpus is the seed. Inputs that reach new code are added to corpus/<target>. An input that crashes a target is left in
// crash-<target>, and the exit status is 1.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installForeign } from "../../scripts/lib/npm.mjs";
import { cache, root } from "../../scripts/lib/paths.mjs";
import { executionsOf } from "./executions.mjs";

const JSFUZZ_VERSION = "1.0.15";
/** Those whose seeds are golden frames. */
const PROTOCOL_TARGETS = ["request", "response", "connect", "splitter"];
const SECONDS_DEFAULT = 180;
const SIGNALS = ["SIGINT", "SIGTERM"];

const fuzzDirectory = dirname(fileURLToPath(import.meta.url));
const TARGETS = readdirSync(join(fuzzDirectory, "targets")).map((file) => file.replace(/\.ts$/, ""));
const buildDirectory = join(fuzzDirectory, ".build");

function build() {
  rmSync(buildDirectory, { recursive: true, force: true });
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  execFileSync(process.execPath, [join(typescript, "bin/tsc"), "-p", fuzzDirectory], { stdio: "inherit" });
  writeFileSync(join(buildDirectory, "package.json"), '{ "type": "commonjs" }\n');
  // Packages find each other as they are compiled here, instrumented too, and not as they are installed.
  const modules = join(buildDirectory, "node_modules/@coterie");
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync(join(buildDirectory, "packages"))) {
    const home = join(buildDirectory, "packages", name);
    writeFileSync(join(home, "package.json"), '{ "type": "commonjs", "main": "src/index.js" }\n');
    symlinkSync(home, join(modules, name), "junction");
  }
}

/** Every golden frame, as each target would have it. */
function writeSeeds() {
  const { OPCODES } = createRequire(import.meta.url)(join(buildDirectory, "packages/protocol/src/index.js"));
  const opcodes = Object.values(OPCODES);
  for (const target of PROTOCOL_TARGETS) mkdirSync(join(buildDirectory, "seeds", target), { recursive: true });
  let count = 0;
  const seed = (target, bytes) => writeFileSync(join(buildDirectory, "seeds", target, `golden-${count++}`), bytes);
  for (const { frame, from, first, opcode } of goldenFrames()) {
    if (first) seed("connect", frame);
    else if (from === "client") seed("request", frame);
    else seed("response", Buffer.concat([Buffer.of(Math.max(0, opcodes.indexOf(opcode))), frame]));
    const length = Buffer.alloc(4);
    length.writeInt32BE(frame.length);
    if (count % 20 === 0) seed("splitter", Buffer.concat([Buffer.of(3, 2, 7, 30), length, frame, length, frame]));
  }
}

function goldenFrames() {
  const directory = join(root, "packages/protocol/test/golden");
  return readdirSync(directory).flatMap((name) => {
    const started = new Set();
    const opcodes = new Map();
    const lines = readFileSync(join(directory, name), "utf8").split("\n");
    return lines.filter(Boolean).map((line) => {
      const { conn, from, hex } = JSON.parse(line);
      const frame = Buffer.from(hex, "hex");
      const first = !started.has(`${conn} ${from}`);
      started.add(`${conn} ${from}`);
      const key = `${conn} ${frame.readInt32BE(0)}`;
      if (from === "client" && !first) opcodes.set(key, frame.readInt32BE(4));
      return { frame, from, first, opcode: opcodes.get(key) };
    });
  });
}

/** The entry point of jsfuzz, which npm fetches once into the cache. */
async function ensureJsfuzz() {
  const home = join(cache, `jsfuzz-${JSFUZZ_VERSION}`);
  const entry = join(home, "node_modules/jsfuzz/build/src/index.js");
  if (!existsSync(entry)) await installForeign(`jsfuzz@${JSFUZZ_VERSION}`, home);
  return entry;
}

/** Runs jsfuzz for a while; it knows no end of its own, so its process group is killed. */
function fuzz(jsfuzz, target, seconds) {
  const corpus = join(fuzzDirectory, "corpus", target);
  mkdirSync(corpus, { recursive: true });
  const crash = join(fuzzDirectory, `crash-${target}`);
  const seeds = PROTOCOL_TARGETS.includes(target) ? [join("seeds", target)] : [];
  const args = [jsfuzz, `test/fuzz/targets/${target}.js`, corpus, ...seeds, "--exact-artifact-path", crash];
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
      resolve(expired && executions > 0);
    });
  });
}

const [secondsText, ...chosen] = process.argv.slice(2);
const seconds = secondsText === undefined ? SECONDS_DEFAULT : Number(secondsText);
if (!(seconds > 0) || chosen.some((target) => !TARGETS.includes(target))) {
  console.error(`Usage: npm run fuzz -- [seconds each] [${TARGETS.join("|")} ...]`);
  process.exit(2);
}
const jsfuzz = await ensureJsfuzz();
build();
writeSeeds();
let interrupted = false;
let passed = true;
for (const target of chosen.length === 0 ? TARGETS : chosen) {
  if (!interrupted) passed = (await fuzz(jsfuzz, target, seconds)) && passed;
}
process.exitCode = passed ? 0 : 1;
