// npm run bench -- growth [scenario ...]
import { runScenarios } from "./lib/scenarios.mjs";

await runScenarios("growth");
