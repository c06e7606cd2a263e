// Loader hooks: one file is not what stands on disk.
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./mutants.mjs";
import { compiledFileOf, plant } from "./plant.mjs";

/** @type {import("./table/mutant.mjs").Mutant | undefined} */
let mutant;
let file = "";

/** @param {{ name: string, folder: string }} data */
export function initialize({ name, folder }) {
  mutant = MUTANTS.find((each) => each.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
  file = folder + compiledFileOf(mutant);
}

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (mutant === undefined || !url.startsWith("file:") || fileURLToPath(url) !== file) return loaded;
  return { ...loaded, source: plant(mutant, String(loaded.source)) };
}
