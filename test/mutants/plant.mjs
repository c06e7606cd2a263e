/** The compiled file that a mutant's source becomes. */
export function compiledFileOf({ file }) {
  return file.replace("/src/", "/dist/").replace(/\.ts$/, ".js");
}

/**
 * `text` with the bug in it: the one place that reads as `find` does, white space aside, since the compiler sets its own.
 *
 * @param {import("./table/mutant.mjs").Mutant} mutant
 * @param {string} text
 */
export function plant(mutant, text) {
  const escaped = mutant.find.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\s+/g, "\\s+");
  const places = [...text.matchAll(new RegExp(escaped, "g"))];
  const [place] = places;
  if (place === undefined || places.length > 1)
    throw new Error(`${mutant.name}: ${places.length} places in ${mutant.file}, not one`);
  return text.slice(0, place.index) + mutant.replace + text.slice(place.index + place[0].length);
}
