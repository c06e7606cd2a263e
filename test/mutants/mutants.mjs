// The planted bugs. docs/mutants.md says what came of them.
import { ELECTION } from "./table/election.mjs";
import { LEADER } from "./table/leader.mjs";
import { LEARNER } from "./table/learner.mjs";
import { LOG } from "./table/log.mjs";
import { SHELL } from "./table/shell.mjs";
import { WORLDS } from "./table/worlds.mjs";

/** @type {readonly import("./table/mutant.mjs").Mutant[]} */
export const MUTANTS = [...ELECTION, ...LEADER, ...LEARNER, ...LOG, ...SHELL].map((mutant) => {
  const world = WORLDS[mutant.name];
  return world === undefined ? mutant : { ...mutant, world };
});

for (const name of Object.keys(WORLDS)) {
  if (!MUTANTS.some((mutant) => mutant.name === name))
    throw new Error(`there is a world for ${name}, but no such mutant`);
}
