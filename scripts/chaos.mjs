// npm run chaos -- [options]: real processes under clients and faults, and what clients were told is checked. --help names all.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { USAGE } from "../test/chaos/run/usage.mjs";
import { createProject, packAll } from "../test/packages/install-packed.mjs";
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { choiceOf, numberOf, readOptions } from "./lib/read-options.mjs";
import { run, runMain } from "./lib/run.mjs";

const PACKED = "--packed";
const args = process.argv.slice(2);

runMain(async () => {
  await ensureInstalled();
  await ensureBuilt();
  if (args.some((arg) => /^--kills(?:=|$)/.test(arg))) return measureGaps();
  if (args.includes(PACKED)) return runPacked(args.filter((arg) => arg !== PACKED));
  return runWithRoom(`${root}test/chaos/run/main.mjs`, args);
});

/** The history of half an hour, two million operations, is checked in some 5 GiB: more than Node.js takes by itself. @param {string} file @param {readonly string[]} rest */
function runWithRoom(file, rest) {
  return run(process.execPath, [`--max-old-space-size=${Math.floor((totalmem() / 2 ** 20) * 0.75)}`, file, ...rest]);
}

/** The same, on packages that were packed and installed: a project that looks like this repository to what the run imports. @param {readonly string[]} rest */
async function runPacked(rest) {
  const folder = mkdtempSync(join(tmpdir(), "coterie-packed-"));
  const project = join(folder, "project");
  try {
    const published = publishedPackages();
    await createProject(project, await packAll(folder, [...published.keys()]));
    mkdirSync(join(project, "packages"));
    for (const [room, name] of published)
      symlinkSync(join(project, "node_modules", name), join(project, "packages", room), "junction");
    for (const part of ["test/chaos", "scripts/lib/read-options.mjs"])
      cpSync(`${root}${part}`, join(project, part), { recursive: true });
    console.log(`${published.size} packages were packed and installed`);
    return await runWithRoom(join(project, "test/chaos/run/main.mjs"), rest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By folder, the names of the packages that are not private. */
function publishedPackages() {
  /** @type {Map<string, string>} */
  const published = new Map();
  for (const room of readdirSync(`${root}packages`)) {
    const { name, private: isPrivate } = JSON.parse(readFileSync(`${root}packages/${room}/package.json`, "utf8"));
    if (isPrivate !== true) published.set(room, name);
  }
  return published;
}

/** @param {{ values: Record<string, string> }} parsed */
function gapOptionsOf({ values: { kills = "", timing = "", clients = "" } }) {
  return {
    kills: numberOf("kills", kills, 1, 10_000),
    timing: choiceOf("timing", timing, /** @type {const} */ (["dedicated", "embedded"])),
    clients: numberOf("clients", clients, 1, 1000),
  };
}

async function measureGaps() {
  const options = /** @type {const} */ ({
    kills: { type: "string" },
    timing: { type: "string", default: "dedicated" },
    clients: { type: "string", default: "8" },
  });
  const { kills, timing, clients } = readOptions(USAGE, { args, options }, gapOptionsOf);
  const { killLeaders } = await import("../test/chaos/kills.mjs");
  const { restartAll } = await import("../test/chaos/rolling-restart.mjs");
  /** @param {string} line */
  const say = (line) => console.log(`  ${line}`);
  console.log(`kill -9 of the leader, ${kills} times, timing ${timing}`);
  const killed = await killLeaders({ kills, timing, say });
  const sorted = killed.gapsMs.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  console.log(
    `${killed.acknowledged} writes acknowledged; gap median ${median.toFixed(0)} ms, longest ${(sorted.at(-1) ?? 0).toFixed(0)} ms`,
  );
  console.log(`a restart of all three, with ${clients} clients at work`);
  const restarted = await restartAll({ clients, say });
  console.log(
    `${restarted.calls} calls, ${restarted.errors.length} errors, the longest call ${restarted.longestMs.toFixed(0)} ms`,
  );
  const failures = [...killed.failures, ...restarted.failures, ...restarted.errors];
  for (const failure of new Set(failures)) console.log(`FAILED: ${failure}`);
  return failures.length === 0 ? 0 : 1;
}
