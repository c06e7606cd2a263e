// npm run bench -- core [scenario ...]
import { runScenarios } from "./lib/scenarios.mjs";

await runScenarios("core");
