// npm run pnpm -- <arguments>: this repository's pnpm, to add a dependency or to renew the lockfile.
import { runPnpm } from "./lib/pnpm.mjs";
import { runMain } from "./lib/run.mjs";

runMain(() => runPnpm(process.argv.slice(2)));
