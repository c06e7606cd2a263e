// Depth first through all that can happen: every state once.
import { createSeededRandom, randomBelow } from "../../packages/interface/dist/index.js";
import { Fingerprints } from "./fingerprints.mjs";
import { Model, STATE_LENGTH } from "./model.mjs";
import { Broken } from "./peer-states.mjs";

/**
 * @param {import("./model.mjs").Model} model
 * @param {Int32Array} start
 * @param {{ statesMax?: number, deadlineMs?: number, seed?: number }} limits with a seed, what comes first is drawn by it
 */
export function explore(model, start, { statesMax = Infinity, deadlineMs = Infinity, seed = 0 } = {}) {
  const shuffle = createShuffle(seed);
  const seen = new Fingerprints();
  const path = [{ state: start, actions: [], next: 0 }];
  model.listActions(start, path[0].actions);
  shuffle(path[0].actions);
  seen.add(start);
  let [depth, depthMax, steps, schedules, failure, isComplete] = [0, 0, 0, 0, null, true];
  while (depth >= 0) {
    const top = path[depth];
    if (top.next === top.actions.length) {
      if (top.next === 0) schedules += 1;
      depth -= 1;
      continue;
    }
    if (seen.size >= statesMax || (steps % 4096 === 0 && performance.now() > deadlineMs)) {
      isComplete = false;
      break;
    }
    steps += 1;
    const after = (path[depth + 1] ??= { state: new Int32Array(STATE_LENGTH), actions: [], next: 0 });
    after.state.set(top.state);
    try {
      model.apply(after.state, top.actions[top.next++]);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      failure = failureOf(model, path.slice(0, depth + 1), error);
      break;
    }
    if (!seen.add(after.state)) {
      // From here on this schedule goes on as another one.
      schedules += 1;
      continue;
    }
    model.listActions(after.state, after.actions);
    shuffle(after.actions);
    after.next = 0;
    depth += 1;
    depthMax = Math.max(depthMax, depth);
  }
  return { states: seen.size, steps, schedules, depthMax, isComplete, failure };
}

/** The same for three peers that serve, or with `isBlank` for three that do not know each other yet, within `budgets`. */
export function exploreWithin(budgets, limits, isBlank = false) {
  const model = new Model();
  const start = isBlank ? model.blank(budgets) : model.established(budgets);
  return { ...explore(model, start, limits), peerStates: model.peers.states.values.length - 1 };
}

/** Puts a state's actions in another order; with the seed 0 they stay as they are. */
function createShuffle(seed) {
  const random = createSeededRandom(seed);
  return (actions) => {
    if (seed === 0) return;
    for (let index = actions.length - 1; index > 0; index--) {
      const other = randomBelow(random, index + 1);
      [actions[index], actions[other]] = [actions[other], actions[index]];
    }
  };
}

function failureOf(model, path, { message }) {
  const choices = path.map(({ actions, next }) => actions[next - 1]);
  const schedule = path.map(({ state, actions, next }) => model.describe(actions[next - 1], state));
  return { message, choices, schedule };
}

/** Goes one way again. Tells each action before it happens. */
export function replay(model, start, choices, tell) {
  const state = Int32Array.from(start);
  for (const action of choices) {
    tell(model.describe(action, state), state);
    model.apply(state, action);
  }
  return state;
}
