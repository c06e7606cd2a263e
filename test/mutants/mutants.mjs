// The planted bugs. docs/mutants.md says what came of them.
import { ELECTION } from "./table/election.mjs";
import { LEADER } from "./table/leader.mjs";
import { LEARNER } from "./table/learner.mjs";
import { LOG } from "./table/log.mjs";
import { RECIPES } from "./table/recipes.mjs";
import { SCENARIOS } from "./table/scenarios.mjs";
import { SHELL } from "./table/shell.mjs";
import { WORLDS } from "./table/worlds.mjs";

/** @type {readonly import("./table/mutant.mjs").Mutant[]} */
export const MUTANTS = [...ELECTION, ...LEADER, ...LEARNER, ...LOG, ...SHELL, ...RECIPES].map((mutant) => {
  const world = WORLDS[mutant.name];
  const scenario = SCENARIOS[mutant.name];
  return {
    ...mutant,
    ...(world === undefined ? {} : { world }),
    ...(scenario === undefined ? {} : { scenario }),
  };
});

for (const name of [...Object.keys(WORLDS), ...Object.keys(SCENARIOS)]) {
  if (!MUTANTS.some((mutant) => mutant.name === name)) throw new Error(`there is no mutant ${name}`);
}
