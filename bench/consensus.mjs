// npm run bench -- consensus [scenario ...]
import { runScenarios } from "./lib/scenarios.mjs";

await runScenarios("consensus");
