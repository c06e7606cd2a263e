// Compiles the load generator with the machine's own C compiler.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CACHE } from "../servers/place.mjs";

const SOURCES = fileURLToPath(new URL("../generator/", import.meta.url));
const PROGRAM = `${CACHE}generator`;

/** The path of the program, which is built if a source is newer than it. */
export function buildGenerator() {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => /\.[ch]$/.test(file));
  const newest = Math.max(...files.map((file) => statSync(SOURCES + file).mtimeMs));
  if ((statSync(PROGRAM, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) return PROGRAM;
  mkdirSync(CACHE, { recursive: true });
  const sources = files.filter((file) => file.endsWith(".c")).map((file) => SOURCES + file);
  compile(["-O2", "-std=gnu11", "-Wall", "-Wextra", "-o", PROGRAM, ...sources]);
  return PROGRAM;
}

function compile(args) {
  const { error, status, signal } = spawnSync("cc", args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error?.code === "ENOENT") {
    throw new Error("The load generator is written in C, and there is no C compiler `cc` here: install gcc or clang.");
  }
  if (error !== undefined) throw error;
  if (signal !== null) throw new Error(`The compiler was ended by ${signal}.`);
  if (status !== 0) throw new Error("The load generator was not compiled; the compiler has said why.");
}
