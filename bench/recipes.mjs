// npm run bench -- recipes [scenario ...]
import { runScenarios } from "./lib/scenarios.mjs";

await runScenarios("recipes");
