// npm run sbom: the bill of materials of this repository, in .cache/sbom.cdx.json (CycloneDX), and whether all of it may be used.
// pnpm makes it from the lockfile and from what is installed: no network is needed.
import { mkdirSync, readFileSync } from "node:fs";
import { ensureInstalled } from "./lib/install.mjs";
import { cache, root } from "./lib/paths.mjs";
import { runPnpm } from "./lib/pnpm.mjs";
import { takeNoArguments } from "./lib/read-options.mjs";
import { runMain, ScriptError } from "./lib/run.mjs";

/** Licences under which somebody else's code may be here; what is used at run time goes out to others, and is stricter. */
const LICENCES = new Set([
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "MPL-2.0",
  "Unlicense",
]);
const LICENCES_AT_RUN_TIME = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"]);
const DEPENDENCIES = "docs/dependencies.md";

runMain(async () => {
  takeNoArguments("npm run sbom: the bill of materials, and whether all of it may be used; takes no arguments");
  await ensureInstalled();
  const all = await billOf("sbom.cdx.json", []);
  const atRunTime = await billOf("sbom-run-time.cdx.json", ["--prod"]);
  const explained = readFileSync(`${root}${DEPENDENCIES}`, "utf8");
  const problems = [
    ...unpinned(readFileSync(`${root}pnpm-lock.yaml`, "utf8")),
    ...all.flatMap((component) => problemsOf(component, LICENCES)),
    ...atRunTime.flatMap((component) => problemsOf(component, LICENCES_AT_RUN_TIME)),
    ...atRunTime
      .filter((component) => !isOurs(component) && !explained.includes(`\`${nameOf(component)}\``))
      .map((component) => `${nameOf(component)} comes along at run time, and ${DEPENDENCIES} does not name it`),
  ];
  for (const problem of new Set(problems)) console.error(problem);
  const others = atRunTime.filter((component) => !isOurs(component));
  console.log(`${all.length} packages, ${others.length} of others at run time: ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
});

/** What a bill lists; an empty one would be good whatever is installed. */
async function billOf(name, args) {
  mkdirSync(cache, { recursive: true });
  const file = `${cache}${name}`;
  const code = await runPnpm(["--silent", "sbom", "--sbom-format", "cyclonedx", "--out", file, ...args]);
  if (code !== 0) throw new ScriptError("pnpm could not make a bill of materials.");
  const { components } = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(components) || components.length === 0) throw new ScriptError("The bill of materials is empty.");
  return components;
}

/** Whoever installs gets the bytes that were looked at, or an error: also on platforms whose packages are not installed here. */
function unpinned(lockfile) {
  const resolutions = lockfile.match(/^ +resolution: .*$/gm) ?? [];
  if (resolutions.length === 0) throw new ScriptError("The lockfile pins nothing.");
  return resolutions
    .filter((line) => !/^ +resolution: \{integrity: sha512-[\w+/]{86}==\}$/.test(line))
    .map((line) => `the lockfile has a package that no sha512 pins: ${line.trim()}`);
}

function problemsOf(component, licences) {
  if (isOurs(component)) return [];
  const found = (component.licenses ?? []).map(({ license, expression }) => license?.id ?? expression ?? "unknown");
  const isKnown = found.length > 0 && found.every((id) => licences.has(id));
  const hashes = (component.externalReferences ?? []).flatMap((reference) => reference.hashes ?? []);
  return [
    ...(isKnown ? [] : [`${nameOf(component)} has the licence ${found.join(", ") || "unknown"}`]),
    ...(hashes.some(({ alg }) => alg === "SHA-512") ? [] : [`${nameOf(component)} is pinned by no SHA-512`]),
  ];
}

function isOurs({ purl }) {
  return /^pkg:npm\/(?:%40coterie\/|coterie[@-])/.test(purl);
}

function nameOf({ purl }) {
  return decodeURIComponent(purl).replace(/^pkg:npm\/(.*)@.*$/, "$1");
}
