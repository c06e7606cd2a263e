import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { root } from "./paths.mjs";
import { runPnpm } from "./pnpm.mjs";
import { ScriptError } from "./run.mjs";
import { workspaceFolders } from "./workspace.mjs";

const stamp = `${root}node_modules/.coterie-install`;

/** Installs what the lockfile names, unless the last install was of the same files on the same platform. */
export async function ensureInstalled() {
  checkNode();
  const wanted = installHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  rmSync(stamp, { force: true });
  console.log("Installing dependencies (this is done again only when they change).");
  // A dependency must not be rebuilt or asked about: CI answers every question with the default.
  const code = await runPnpm(["install", "--frozen-lockfile", "--prefer-offline"], { env: { CI: "true" } });
  if (code !== 0) {
    throw new ScriptError(
      "The install failed. It needs the npm registry; where package.json was changed on purpose, " +
        "`npm run pnpm -- install` renews the lockfile.",
    );
  }
  writeFileSync(stamp, wanted);
}

/** Says what is wrong, where a tool would only fail to start. */
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new ScriptError(`Node.js 20.19 or newer is needed; this is ${process.versions.node}.`);
  }
}

function installHash() {
  const hash = createHash("sha256");
  hash.update(`${process.platform} ${process.arch} ${process.versions.modules}\n`);
  const manifests = workspaceFolders().map((folder) => `${folder}/package.json`);
  for (const file of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests]) {
    hash.update(`${file}\n`).update(readFileSync(root + file));
  }
  return hash.digest("hex");
}
