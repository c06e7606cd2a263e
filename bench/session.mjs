// npm run bench -- session [scenario ...]
import { runScenarios } from "./lib/scenarios.mjs";

await runScenarios("session");
