import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OWN = "@coterie/";

/**
 * A copy of what is built of the simulator and all that it stands on, so that bugs may be planted, and a build in the middle of a
 * run changes nothing. Packages of others are linked. Gives its folder, which is the caller's to remove.
 */
export function copyPackages() {
  const folder = mkdtempSync(join(tmpdir(), "coterie-mutants-")) + sep;
  const modules = `${folder}node_modules/`;
  mkdirSync(modules + OWN, { recursive: true });
  const left = ["simulator"];
  for (const name of left) {
    const target = `${folder}packages/${name}/`;
    mkdirSync(target, { recursive: true });
    for (const part of ["package.json", "dist"])
      cpSync(`${ROOT}packages/${name}/${part}`, target + part, { recursive: true });
    symlinkSync(target, modules + OWN + name, "junction");
    for (const dependency of dependenciesOf(name)) {
      if (!dependency.startsWith(OWN)) link(name, dependency, modules);
      else if (!left.includes(dependency.slice(OWN.length))) left.push(dependency.slice(OWN.length));
    }
  }
  for (const name of ["exhaustive", "mutants"])
    cpSync(`${ROOT}test/${name}`, `${folder}test/${name}`, { recursive: true });
  return folder;
}

/** @param {string} name */
function dependenciesOf(name) {
  const { dependencies = {} } = JSON.parse(readFileSync(`${ROOT}packages/${name}/package.json`, "utf8"));
  return Object.keys(dependencies);
}

/** @param {string} name @param {string} dependency @param {string} modules */
function link(name, dependency, modules) {
  const target = modules + dependency;
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(realpathSync(`${ROOT}packages/${name}/node_modules/${dependency}`), target, "junction");
}
