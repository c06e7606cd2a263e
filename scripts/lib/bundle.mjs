import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { root } from "./paths.mjs";

const DIST = `${root}packages/coterie/dist/`;
const FOLDER = `${DIST}bundle`;
const FILE = `${FOLDER}/coterie.js`;
/** Native code stays where its package is: found by the package that declares it, whatever the layout of node_modules. */
const OUTSIDE = /\/storage-classic-level\/dist\/classic-level\.js$/;
const OUTSIDE_NAME = "@coterie/storage-classic-level/classic-level";

/**
 * The command in one file: to find and load its 450 modules takes three times as long as all else until a peer answers
 * (docs/decisions/0019). What is imported as `coterie` stays as it is.
 */
export async function ensureBundled() {
  if (existsSync(FILE) && statSync(FILE).mtimeMs >= lastBuiltMs()) return;
  rmSync(FOLDER, { recursive: true, force: true });
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: { coterie: `${DIST}command/bin.js` },
    platform: "node",
    plugins: [
      {
        name: "outside",
        async resolveId(source, importer) {
          const resolved = await this.resolve(source, importer, { skipSelf: true });
          return resolved !== null && OUTSIDE.test(resolved.id) ? { id: OUTSIDE_NAME, external: true } : resolved;
        },
      },
    ],
    onLog(level, log) {
      throw new Error(`The bundle of the command: ${level}: ${log.message}`);
    },
  });
  const { output } = await bundle.write({ dir: FOLDER, format: "esm", codeSplitting: false });
  await bundle.close();
  const modules = output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
  writeFileSync(`${FOLDER}/licenses.txt`, noticesOf(modules));
  // As npm does when it installs the package.
  chmodSync(FILE, 0o755);
}

/** When the compiler wrote something last, in any package. */
function lastBuiltMs() {
  const records = readdirSync(`${root}packages`).map((name) => `${root}packages/${name}/dist/.tsbuildinfo`);
  return Math.max(...records.filter((record) => existsSync(record)).map((record) => statSync(record).mtimeMs));
}

/**
 * The packages of others that are in the bundle, with their licences, as these want it.
 *
 * @param {readonly string[]} modules
 */
function noticesOf(modules) {
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  const notices = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`The bundle of the command holds ${name}, which shows no licence.`);
    return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
  });
  return notices.join(`\n${"-".repeat(80)}\n\n`);
}
