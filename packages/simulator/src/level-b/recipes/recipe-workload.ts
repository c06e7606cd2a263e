import type { Dice } from "../../world/dice.ts";

export const RECIPE_OPERATIONS = [
  "mutex",
  "try-mutex",
  "read",
  "write",
  "lease",
  "try-lease",
  "campaign",
  "run",
  "add",
  "set",
  "pass",
  "meet",
  "look",
  "kick",
  "close",
] as const;
export type RecipeOperation = (typeof RECIPE_OPERATIONS)[number];

/** What clients do with recipes. */
export interface RecipeWorkload {
  /** Locks of each kind, elections, and so on. */
  readonly objects: number;
  readonly leases: number;
  /** Of a double barrier. */
  readonly participants: number;
  /** Waits that all clients together begin. */
  readonly waitsMax: number;
  /** How many things a holder does, at most, and how long it waits before each. */
  readonly holdActsMax: number;
  readonly holdThinkMaxMs: number;
  /** Of the waits: with a deadline; given up by their caller. */
  readonly deadlinePercent: number;
  readonly abortPercent: number;
  readonly patienceMaxMs: number;
  /** Of the holders: go on as if nothing had happened when their signal aborts. */
  readonly deafPercent: number;
  readonly mix: Readonly<Record<RecipeOperation, number>>;
}

export function drawRecipes(dice: Dice, tickMs: number): RecipeWorkload {
  const mix = Object.fromEntries(RECIPE_OPERATIONS.map((kind) => [kind, dice.pick([0, 1, 3, 10])])) as Record<
    RecipeOperation,
    number
  >;
  return {
    objects: dice.pick([1, 1, 2]),
    leases: dice.between(1, 3),
    participants: dice.between(1, 4),
    waitsMax: dice.scale(30, 150),
    holdActsMax: dice.between(1, 6),
    holdThinkMaxMs: dice.scale(tickMs / 2, tickMs * 8),
    deadlinePercent: dice.pick([0, 20, 50]),
    abortPercent: dice.pick([0, 20, 50]),
    patienceMaxMs: dice.scale(tickMs, tickMs * 40),
    deafPercent: dice.pick([0, 30, 100]),
    // Something has to be held.
    mix: { ...mix, mutex: dice.pick([1, 3, 10]), kick: dice.pick([0, 0, 1]), close: dice.pick([0, 0, 1]) },
  };
}
