// Captures the golden frames again: node test/interop/capture-golden.mjs [FILTER]. See README.md.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const built = `${root}node_modules/.cache/coterie-capture`;
const golden = `${root}packages/protocol/test/golden`;

// Node 20 does not read TypeScript; the capture imports nothing but Node, so compiling it is enough.
const compiler = `${root}node_modules/typescript/bin/tsc`;
const compiled = spawnSync(process.execPath, [compiler, "-p", `${here}golden/tsconfig.json`, "--outDir", built], {
  stdio: "inherit",
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
mkdirSync(golden, { recursive: true });
process.argv.splice(2, process.argv.length, golden, `${here}golden`, process.argv[2] ?? "");
await import(pathToFileURL(`${built}/golden/capture.js`).href);
