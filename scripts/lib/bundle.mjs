import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.mjs";

const DIST = `${root}packages/coterie/dist/`;
const FOLDER = `${DIST}bundle`;
/** What is run: it starts the other one, from what is kept of it compiled if there is something. */
const STARTER = `${FOLDER}/coterie.cjs`;
const COMMAND = `${FOLDER}/command.cjs`;

/** Of storage-classic-level, all that it has of classic-level. */
const CLASSIC_LEVEL = /\/storage-classic-level\/dist\/classic-level\.js$/;
/** Of classic-level, what finds and loads its native code. */
const BINDING = /\/classic-level\/binding\.js$/;
const INSTALLED = "\0installed";
const INSTALLED_BINDING = `${INSTALLED}-binding`;
const REQUIRE_INSTALLED = `const installed = require("node:module").createRequire(
  require.resolve("@coterie/storage-classic-level/package.json"),
);`;

/**
 * The command in one file, and a small one that starts it: to find and load its 450 modules takes three times as long as all else
 * until a peer answers (docs/decisions/0019). What is imported as `coterie` stays as it is.
 */
export async function ensureBundled() {
  if (existsSync(STARTER) && statSync(STARTER).mtimeMs >= lastBuiltMs()) return;
  rmSync(FOLDER, { recursive: true, force: true });
  const modules = await bundle("run-command", COMMAND);
  const isAscii = readFileSync(COMMAND).every((byte) => byte < 0x80);
  if (!isAscii)
    throw new Error("The bundle of the command is not ASCII, which makes it slower to read and to compile.");
  await bundle("bin", STARTER);
  writeFileSync(`${FOLDER}/licenses.txt`, noticesOf(modules));
  // As npm does when it installs the package.
  chmodSync(STARTER, 0o755);
}

/**
 * CommonJS, since Node.js starts that sooner.
 *
 * @param {string} entry
 * @param {string} file
 * @returns the files that are in it
 */
async function bundle(entry, file) {
  const { rolldown } = await import("rolldown");
  const build = await rolldown({
    input: `${DIST}command/${entry}.js`,
    platform: "node",
    plugins: [installedClassicLevel()],
    onLog(level, log) {
      throw new Error(`The bundle of the command: ${level}: ${log.message}`);
    },
  });
  const codegen = { removeWhitespace: false, asciiOnly: true };
  const minify = { compress: false, mangle: false, codegen };
  const { output } = await build.write({ file, format: "cjs", codeSplitting: false, comments: false, minify });
  await build.close();
  return output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
}

/**
 * Native code stays where its package is, and is found by the package that declares it, whatever the layout of node_modules. The
 * JavaScript that belongs to it is many modules, so it is in the bundle, too; where another version is installed, that one is taken.
 */
function installedClassicLevel() {
  let declarer = "";
  return {
    name: "installed-classic-level",
    async resolveId(source, importer) {
      const resolved = await this.resolve(source, importer === INSTALLED ? declarer : importer, { skipSelf: true });
      if (resolved !== null && BINDING.test(resolved.id)) return INSTALLED_BINDING;
      if (resolved === null || !CLASSIC_LEVEL.test(resolved.id)) return resolved;
      declarer = resolved.id;
      return INSTALLED;
    },
    async load(id) {
      if (id === INSTALLED_BINDING)
        return `${REQUIRE_INSTALLED} module.exports = installed("classic-level/binding.js");`;
      if (id !== INSTALLED) return null;
      const { id: main } = await this.resolve("classic-level", declarer);
      const { version } = JSON.parse(readFileSync(join(dirname(main), "package.json"), "utf8"));
      return `${REQUIRE_INSTALLED}
        const isSame = installed("classic-level/package.json").version === ${JSON.stringify(version)};
        exports.ClassicLevel = (isSame ? require("classic-level") : installed("classic-level")).ClassicLevel;`;
    },
  };
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
