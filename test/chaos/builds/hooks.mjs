// Loader hooks: some files are those of another build.
import { BUILDS } from "./builds.mjs";

/** @type {readonly import("./builds.mjs").Patch[]} */
let patches = [];

/** @param {string} name */
export function initialize(name) {
  patches = BUILDS[name] ?? [];
  if (patches.length === 0) throw new Error(`there is no build ${name}`);
}

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const own = patches.filter(({ file }) => url.endsWith(file));
  if (own.length === 0) return loaded;
  let source = String(loaded.source);
  for (const { file, from, to } of own) {
    if (source.split(from).length !== 2) throw new Error(`${file} does not hold once: ${from}`);
    source = source.replace(from, to);
  }
  return { ...loaded, source };
}
