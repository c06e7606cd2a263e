// npm run bench -- compare [row or group ...]: Coterie beside Apache ZooKeeper and etcd, on this machine, by one load generator.
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { resolve } from "node:path";
import { readCommand, USAGE } from "./compare/command.mjs";
import { buildGenerator } from "./compare/load/build.mjs";
import { drawRatios } from "./compare/plot.mjs";
import { chooseRows, ROWS } from "./compare/rows.mjs";
import { planSections, runSections } from "./compare/run.mjs";
import { createCoterie } from "./compare/servers/coterie.mjs";
import { etcd } from "./compare/servers/etcd.mjs";
import { floor } from "./compare/servers/floor.mjs";
import { endEverythingAtExit } from "./compare/servers/processes.mjs";
import { zookeeper } from "./compare/servers/zookeeper.mjs";
import { summarise } from "./compare/summary.mjs";
import { formatTable } from "./compare/table.mjs";

/** Where the command was called: npm runs it at the root. */
const pathOf = (file) => resolve(process.env.INIT_CWD ?? process.cwd(), file);

function productsOf({ products, profiles }) {
  const kept = profiles === null ? null : pathOf(profiles);
  const all = [zookeeper, createCoterie("dedicated", { profiles: kept }), createCoterie("embedded"), etcd, floor];
  return all.filter(({ name, missing }) => {
    if (!products.includes(name.replace(/-.*$/, ""))) return false;
    const reason = missing();
    if (reason !== null) console.error(`${name} is left out: ${reason}.`);
    return reason === null;
  });
}

function describeMachine() {
  const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8", cwd: import.meta.dirname }).trim();
  const processor = cpus()[0].model.trim();
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return { commit, node: process.version, processor, processors: cpus().length, memoryGib, kernel: release() };
}

/** An hour of runs is not to be lost for a file that cannot be written. */
function checkWritable({ json, svg }) {
  for (const file of [json, svg].filter((name) => name !== null)) closeSync(openSync(pathOf(file), "a"));
}

/** What is kept: the machine, every run, and a summary of the rows. */
async function measure(settings) {
  const rows = chooseRows(settings.wanted);
  buildGenerator();
  const products = productsOf(settings);
  if (products.length === 0) throw new Error(`There is none of the products ${settings.products.join(", ")} here.`);
  const startedAt = new Date().toISOString();
  const runs = await runSections(planSections(rows, settings.runs), products, settings, console.error);
  return { startedAt, machine: describeMachine(), settings, runs, rows: rows.map((row) => summarise(row, runs)) };
}

/** What `--json` has kept: of several files the rows of all, with the runs of all. */
function readKept(files) {
  const kept = files.split(",").map((file) => {
    const one = JSON.parse(readFileSync(pathOf(file), "utf8"));
    if (!Array.isArray(one.rows) || !Array.isArray(one.runs))
      throw new Error(`${file} is nothing that --json has kept.`);
    return one;
  });
  const names = new Set(kept.flatMap(({ rows }) => rows.map(({ name }) => name)));
  const runs = kept.flatMap((one) => one.runs);
  const rows = ROWS.filter(({ name }) => names.has(name)).map((row) => summarise(row, runs));
  return { ...kept[0], runs, rows };
}

async function main() {
  const settings = readCommand(process.argv.slice(2));
  if (settings.isHelp) {
    console.log(USAGE);
    return;
  }
  endEverythingAtExit();
  checkWritable(settings);
  const result = settings.from === null ? await measure(settings) : readKept(settings.from);
  if (settings.json !== null) writeFileSync(pathOf(settings.json), `${JSON.stringify(result, null, 1)}\n`);
  if (settings.svg !== null) writeFileSync(pathOf(settings.svg), await drawRatios(result));
  console.log(formatTable(result.rows));
}

try {
  await main();
} catch (error) {
  console.error(`${error.message}\n(npm run bench -- compare --help says what there is)`);
  // Servers that are up are no reason to stay.
  process.exit(1);
}
