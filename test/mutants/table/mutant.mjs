/**
 * One planted bug: a line that somebody could have written. `find` stands exactly once in the source and in what is
 * compiled from it, whatever the white space.
 *
 * - "safety": what was acknowledged is lost, or peers part. Each of these must die.
 * - "client": the promises to a session.
 * - "recipe": a recipe promises what it does not keep; level B of the simulator, with recipes, has to notice. Each of these must die.
 * - "liveness": nothing wrong is ever said, but work stops, or is done for nothing. Some of these are harmless by design.
 *
 * `scenario` names a test, by its file and its name, for what no seed brings about; `world` has options of the simulator.
 *
 * @typedef {{
 *   name: string, kind: "safety" | "client" | "liveness" | "recipe", file: string, find: string, replace: string, why: string,
 *   scenario?: { file: string, test: string }, world?: Readonly<Record<string, number>>,
 * }} Mutant
 */

/** The mutants of one folder of sources; each entry is [kind, name, file, find, replace, why]. */
export function mutantsOf(folder, entries) {
  return entries.map(([kind, name, file, find, replace, why]) => ({
    kind,
    name,
    file: `packages/${folder}/src/${file}.ts`,
    find,
    replace,
    why,
  }));
}
