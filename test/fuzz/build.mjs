// Compiles sources and targets to CommonJS, in which jsfuzz instruments them, and makes seeds of the golden frames of the protocol.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../scripts/lib/paths.mjs";

/** Those whose seeds are golden frames. */
const PROTOCOL_TARGETS = ["request", "response", "connect", "splitter"];

export const fuzzDirectory = dirname(fileURLToPath(import.meta.url));
export const buildDirectory = join(fuzzDirectory, ".build");
export const TARGETS = readdirSync(join(fuzzDirectory, "targets")).map((file) => file.replace(/\.ts$/, ""));

export function build() {
  compile();
  writeSeeds();
}

/** The directories whose files a target begins with: what is kept of earlier runs, and golden frames. */
export function seedDirectories(target) {
  return [join(fuzzDirectory, "corpus", target), join(buildDirectory, "seeds", target)].filter((path) =>
    existsSync(path),
  );
}

function compile() {
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
  const foreign = join(root, "packages/session/node_modules/tiny-typed-emitter");
  symlinkSync(realpathSync(foreign), join(buildDirectory, "node_modules/tiny-typed-emitter"), "junction");
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
