// As scripts/sim.mjs, but without the build before it.
import { simulate } from "../../scripts/lib/sim-run.mjs";

process.exitCode = await simulate(process.argv.slice(2));
