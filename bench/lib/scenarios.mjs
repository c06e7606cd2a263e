// Runs the scenarios of one bench, each in a process of its own, so that none inherits another's heap.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { readOptions, UsageError } from "../../scripts/lib/read-options.mjs";
import { printTable } from "./table.mjs";

/** Benches that run in one thread; others have several, or several processes. */
const ONE_THREAD = ["core", "consensus"];

/** Null for one that has failed, and has said why. */
async function figuresOf(file) {
  const child = spawn(process.execPath, ["--expose-gc", file], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  for await (const chunk of child.stdout) output += chunk;
  if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode !== 0) return null;
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Runs those scenarios of `bench/<name>/` that the command line names, or all of them, and prints their figures. */
export async function runScenarios(name) {
  const folder = fileURLToPath(new URL(`../${name}/`, import.meta.url));
  const scenarios = readdirSync(folder).map((file) => file.slice(0, -".mjs".length));
  const usage = `npm run bench -- ${name} [scenario ...]\n\nscenarios: ${scenarios.join(" ")}`;
  const wanted = readOptions(usage, { allowPositionals: true }, ({ positionals }) => {
    const unknown = positionals.filter((scenario) => !scenarios.includes(scenario));
    if (unknown.length > 0) throw new UsageError(`There is no scenario ${unknown.join(", ")}.`);
    return positionals;
  });
  const figures = [];
  for (const scenario of wanted.length > 0 ? wanted : scenarios) {
    process.stderr.write(`running ${scenario} ...\n`);
    const found = await figuresOf(`${folder}${scenario}.mjs`);
    if (found === null) {
      console.error(`${scenario} has failed, so there is no table.`);
      process.exitCode = 1;
      return;
    }
    figures.push(...found);
  }
  const cores = ONE_THREAD.includes(name) ? "one core of" : `${cpus().length} processors,`;
  printTable(`${name} on ${cores} ${cpus()[0].model.trim()}, Node.js ${process.version}`, figures);
}
