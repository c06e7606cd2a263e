// npm run exhaustive -- [--minutes N] [--schedule choices --bounds a,b,c,d,e]: everything that can happen to three peers
// within growing bounds, as far as the time goes. Exits with 1 if something happens that must not.
import { numberOf, readOptions, UsageError } from "../../scripts/lib/read-options.mjs";
import { BUDGETS, Model } from "./model.mjs";
import { exploreWithin, replay } from "./explore.mjs";

/**
 * Bounds in the order of BUDGETS, and the share of the time that each may take; what one does not need is there for those
 * after it. The first three are soon complete. Two txns, two crashes and a restart are the aim, and get most of the rest.
 */
const STAGES = [
  { bounds: [2, 0, 0, 0, 0], share: 1 },
  { bounds: [2, 1, 0, 0, 0], share: 1 },
  { bounds: [2, 2, 0, 0, 0], share: 1 },
  { bounds: [2, 2, 1, 0, 0], share: 15 },
  { bounds: [1, 0, 0, 2, 1], share: 1 },
  { bounds: [0, 1, 1, 0, 0], share: 1 },
  { bounds: [1, 1, 1, 0, 0], share: 1 },
  { bounds: [2, 1, 1, 0, 0], share: 1 },
  { bounds: [2, 2, 1, 2, 1], share: 1 },
];

const USAGE = `npm run exhaustive -- [--minutes 10] [--bounds ${BUDGETS.join()}] [--schedule CHOICES]

  --bounds N,...     within these alone: how many there may be of each
  --schedule N,...   with --bounds: replays what was found there, as its report says`;

function readCommand({ values: { minutes = "10", bounds, schedule } }) {
  return {
    minutes: numberOf("minutes", minutes, 0.01, 10_000),
    bounds: bounds === undefined ? null : listOf("bounds", bounds),
    schedule: schedule === undefined ? null : listOf("schedule", schedule),
  };
}

function listOf(name, text) {
  if (/^\d+(?:,\d+)*$/.test(text)) return text.split(",").map(Number);
  throw new UsageError(`--${name} is ${text}, and has to be numbers with commas between them`);
}

function budgetsOf(bounds) {
  return Object.fromEntries(BUDGETS.map((name, index) => [name, bounds[index] ?? 0]));
}

function main() {
  const options = { minutes: { type: "string" }, bounds: { type: "string" }, schedule: { type: "string" } };
  const { minutes, bounds: only, schedule } = readOptions(USAGE, { options }, readCommand);
  if (schedule !== null) {
    const model = new Model();
    const start = model.established(budgetsOf(only ?? []));
    replay(model, start, schedule, (text) => console.log(text));
    return;
  }
  const stages = only === null ? STAGES : [{ bounds: only, share: 1 }];
  const endMs = performance.now() + minutes * 60_000;
  const total = { states: 0, steps: 0, schedules: 0, seconds: 0 };
  let sharesLeft = stages.reduce((sum, { share }) => sum + share, 0);
  for (const { bounds, share } of stages) {
    const startMs = performance.now();
    if (startMs > endMs) break;
    const deadlineMs = startMs + ((endMs - startMs) * share) / sharesLeft;
    sharesLeft -= share;
    const result = exploreWithin(budgetsOf(bounds), { deadlineMs });
    const seconds = (performance.now() - startMs) / 1000;
    print(bounds, result, seconds);
    if (result.failure !== null) {
      printFailure(bounds, result.failure);
      process.exitCode = 1;
      return;
    }
    total.states += result.states;
    total.steps += result.steps;
    total.schedules += result.schedules;
    total.seconds += seconds;
  }
  const rate = Math.round(total.states / total.seconds);
  console.log(
    `\n${format(total.states)} states, ${format(total.schedules)} schedules, ${format(total.steps)} steps in ` +
      `${total.seconds.toFixed(0)} s (${format(rate)} states/s): nothing that must not be`,
  );
}

function print(bounds, { states, schedules, steps, depthMax, isComplete, peerStates }, seconds) {
  const text = BUDGETS.map((name, index) => `${name} ${bounds[index]}`).join(", ");
  const peers = format(peerStates);
  console.log(
    `${text}: ${isComplete ? "complete" : "as far as the time went"}\n  ${format(states)} states of ${peers} states ` +
      `of a peer, ${format(schedules)} schedules, ${format(steps)} steps, depth ${depthMax}, ${seconds.toFixed(1)} s`,
  );
}

function printFailure(bounds, { message, choices, schedule }) {
  console.log(`\nBROKEN: ${message}`);
  for (const [index, line] of schedule.entries()) console.log(`${String(index + 1).padStart(4)}  ${line}`);
  console.log(`\nTo replay: npm run exhaustive -- --bounds ${bounds.join()} --schedule ${choices.join()}`);
}

function format(number) {
  return number.toLocaleString("en");
}

main();
