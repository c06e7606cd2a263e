// npm run bench -- storage [scenario ...]
import { runScenarios } from "./lib/scenarios.mjs";

await runScenarios("storage");
