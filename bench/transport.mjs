// npm run bench -- transport [scenario ...]
import { runScenarios } from "./lib/scenarios.mjs";

await runScenarios("transport");
