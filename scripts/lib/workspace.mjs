import { existsSync, readdirSync } from "node:fs";
import { root } from "./paths.mjs";

/** The folders of the workspace's packages relative to the root, as pnpm-workspace.yaml lists them, sorted. */
export function workspaceFolders() {
  const nested = ["packages", "examples"].flatMap((parent) =>
    existsSync(root + parent) ? readdirSync(root + parent).map((name) => `${parent}/${name}`) : [],
  );
  return [...nested, "bench"].filter((folder) => existsSync(`${root}${folder}/package.json`)).sort();
}
