// One mutant, or with no name the intact code, over seeds: one line of JSON for each round that ends, in which it died or
// not. Arguments: the folder of the copied packages, the mutant, then for each round its first seed and how many.
import { register } from "node:module";
import { pathToFileURL } from "node:url";

const [folder = "", name = "", ...rounds] = process.argv.slice(2);
if (name !== "") register("./hooks.mjs", import.meta.url, { data: { name, folder } });
const { runSeed } = await import(pathToFileURL(`${folder}node_modules/@coterie/simulator/dist/index.js`).href);

const tell = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function failureOf(/** @type {number} */ seed) {
  try {
    return runSeed(seed).failure;
  } catch (error) {
    return { kind: "thrown", details: String(error) };
  }
}

for (let index = 0; index < rounds.length; index += 2) {
  const first = Number(rounds[index]);
  const end = first + Number(rounds[index + 1]);
  let failure = null;
  let seed = first - 1;
  while (failure === null && ++seed < end) {
    tell({ running: seed });
    failure = failureOf(seed);
  }
  tell({ seed, isDead: failure !== null, failure: failure === null ? null : failure });
  if (failure === null) break;
}
