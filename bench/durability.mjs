// npm run bench -- durability [scenario ...]
import { runScenarios } from "./lib/scenarios.mjs";

await runScenarios("durability");
