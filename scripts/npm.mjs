// Runs npm with the given arguments, wherever it is: for tests that install what was packed.
import { runNpm } from "./lib/npm.mjs";
import { runMain } from "./lib/run.mjs";

runMain(() => runNpm(process.argv.slice(2), { cwd: process.cwd() }));
