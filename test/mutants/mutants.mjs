// The planted bugs. docs/mutants.md says what came of them.
import { ELECTION } from "./table/election.mjs";
import { LEADER } from "./table/leader.mjs";
import { LEARNER } from "./table/learner.mjs";
import { LOG } from "./table/log.mjs";
import { SHELL } from "./table/shell.mjs";

/** @type {readonly import("./table/mutant.mjs").Mutant[]} */
export const MUTANTS = [...ELECTION, ...LEADER, ...LEARNER, ...LOG, ...SHELL];
