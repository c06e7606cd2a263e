import {
  TIMING_DEDICATED,
  TIMING_EMBEDDED,
  ZAB_LIMITS_DEFAULT,
  type ZabLimits,
  type ZabTiming,
} from "@coterie/consensus";
import { createSeededRandom } from "@coterie/interface";
import type { DiskOptions } from "../../world/options.ts";
import { Dice } from "../../world/dice.ts";
import { LEVEL_B_FAULTS, type LevelBFault } from "../faults/level-b-faults.ts";
import { drawRecipes, type RecipeWorkload } from "../recipes/recipe-workload.ts";

/** What a seed draws. */
export interface LevelBOptions {
  readonly seed: number;
  readonly voters: number;
  readonly observers: number;
  /** Clients over the wire; beside them each peer may have one in its own process. */
  readonly wireClients: number;
  readonly inProcessPercent: number;
  readonly timing: ZabTiming;
  /** How long faults last, in ticks. */
  readonly faultTicks: number;
  readonly limits: Partial<ZabLimits>;
  readonly checkpointIntervalBytes: number;
  /** From one turn that is asked for to the turn. */
  readonly turnMaxUs: number;
  readonly delayMinMs: number;
  readonly delayJitterMs: number;
  readonly dialTimeoutMs: number;
  readonly disk: DiskOptions;
  readonly sessionTimeoutMs: number;
  readonly workload: LevelBWorkload;
  /** What clients do with recipes in place of plain calls; null if they do not. */
  readonly recipes: RecipeWorkload | null;
  readonly faultIntervalMs: number;
  readonly faultDurationMs: number;
  readonly faults: Readonly<Record<LevelBFault, number>>;
}

export const LEVEL_B_OPERATIONS = [
  "set",
  "compare-and-set",
  "get",
  "get-linearizable",
  "get-bounded",
  "exists",
  "children",
  "sequence",
  "ephemeral",
  "lock",
  "delete",
  "multi",
  "sync",
  "watch",
  "close",
] as const;
export type LevelBOperation = (typeof LEVEL_B_OPERATIONS)[number];

export interface LevelBWorkload {
  readonly thinkMaxMs: number;
  readonly pipelineMax: number;
  readonly registers: number;
  readonly valueMaxBytes: number;
  readonly mix: Readonly<Record<LevelBOperation, number>>;
}

/** What clients do: plain calls, or recipes. */
export const LEVEL_B_WORKLOADS = ["calls", "recipes"] as const;
export type LevelBWorkloadName = (typeof LEVEL_B_WORKLOADS)[number];

export type LevelBOverrides = Readonly<Record<string, number>>;

/** @throws RangeError for an override of what is no number of the options */
export function drawLevelB(
  seed: number,
  overrides: LevelBOverrides = {},
  workload: LevelBWorkloadName = "calls",
): LevelBOptions {
  const dice = new Dice(createSeededRandom(seed)).fork("level-b options");
  const timing = dice.chance(0.5) ? TIMING_EMBEDDED : TIMING_DEDICATED;
  const { tickMs } = timing;
  const delayMinMs = dice.scale(20, tickMs * 100) / 1000;
  const syncMinUs = dice.scale(20, 2000);
  const drawn: LevelBOptions = {
    seed,
    voters: dice.pick([1, 2, 3, 3, 3, 3, 4, 5, 5]),
    observers: dice.pick([0, 0, 1]),
    // Somebody has to be there.
    wireClients: dice.between(1, 3),
    inProcessPercent: dice.pick([0, 50, 100, 100]),
    timing,
    faultTicks: dice.between(40, 140),
    limits: drawLimits(dice.fork("limits")),
    checkpointIntervalBytes: dice.pick([500, 2000, 20_000, 64 * 2 ** 20]),
    turnMaxUs: dice.pick([1, 50, 500]),
    delayMinMs,
    delayJitterMs: dice.scale(20, tickMs * 200) / 1000,
    dialTimeoutMs: tickMs * dice.between(10, 50),
    disk: {
      syncMinUs,
      syncMaxUs: syncMinUs + dice.scale(10, tickMs * 1000),
      readMaxUs: dice.scale(10, tickMs * 500),
      watermarkMaxUs: dice.scale(1000, 100_000),
    },
    sessionTimeoutMs: tickMs * dice.between(15, 60),
    workload: drawWorkload(dice.fork("workload"), tickMs),
    recipes: null,
    faultIntervalMs: tickMs * dice.scale(3, 40),
    faultDurationMs: tickMs * dice.scale(2, 40),
    faults: drawFaults(dice.fork("faults")),
  };
  return override(workload === "recipes" ? withRecipes(drawn, dice.fork("recipes")) : drawn, overrides);
}

/** Smaller than the others are, so that many may be run; sessions are short, and are lost often. */
function withRecipes(drawn: LevelBOptions, dice: Dice): LevelBOptions {
  const { tickMs } = drawn.timing;
  return {
    ...drawn,
    voters: dice.pick([1, 3, 3, 3, 3, 3, 3, 5]),
    observers: dice.pick([0, 0, 0, 0, 1]),
    wireClients: dice.between(1, 3),
    faultTicks: dice.between(30, 70),
    // Faults that crash, cut and stop are enough for what is looked at here.
    limits: dice.chance(0.8) ? {} : drawn.limits,
    sessionTimeoutMs: tickMs * dice.between(8, 20),
    workload: { ...drawn.workload, thinkMaxMs: dice.scale(tickMs, tickMs * 10), pipelineMax: dice.pick([1, 2, 4]) },
    recipes: drawRecipes(dice.fork("workload"), tickMs),
    faults: { ...drawn.faults, "holder-stall": dice.pick([0, 1, 3, 10]) },
  };
}

function drawLimits(dice: Dice): Partial<ZabLimits> {
  if (dice.chance(0.6)) return {};
  const tiny = (name: keyof ZabLimits, low: number, high: number): number =>
    dice.chance(0.5) ? dice.scale(low, high) : ZAB_LIMITS_DEFAULT[name];
  return {
    proposalsInFlightMax: tiny("proposalsInFlightMax", 1, 32),
    historyWindowMax: tiny("historyWindowMax", 1, 64),
    historyWindowMaxBytes: tiny("historyWindowMaxBytes", 256, 16_384),
    deliveriesInFlightMax: tiny("deliveriesInFlightMax", 1, 64),
    // Fewer than a client asks at once would never be enough.
    requestsQueuedMax: tiny("requestsQueuedMax", 32, 128),
    confirmsPendingMax: tiny("confirmsPendingMax", 8, 64),
    pagesInFlightMaxBytes: tiny("pagesInFlightMaxBytes", 1, 65_536),
    batchEntriesMax: tiny("batchEntriesMax", 1, 64),
  };
}

function drawWorkload(dice: Dice, tickMs: number): LevelBWorkload {
  const mix = Object.fromEntries(LEVEL_B_OPERATIONS.map((kind) => [kind, dice.pick([0, 1, 3, 10])]));
  return {
    thinkMaxMs: dice.scale(tickMs, tickMs * 20),
    pipelineMax: dice.pick([1, 2, 8]),
    registers: dice.between(1, 4),
    valueMaxBytes: dice.pick([8, 40, 400]),
    mix: { ...(mix as Record<LevelBOperation, number>), close: dice.pick([0, 0, 0, 1]), set: dice.pick([1, 3, 10]) },
  };
}

function drawFaults(dice: Dice): Readonly<Record<LevelBFault, number>> {
  const share = dice.pick([0.1, 0.2, 0.4, 0.7]);
  const rate = (): number => (dice.chance(share) ? dice.pick([1, 3, 10]) : 0);
  const rates = Object.fromEntries(LEVEL_B_FAULTS.map((kind) => [kind, rate()])) as Record<LevelBFault, number>;
  return { ...rates, "holder-stall": 0 };
}

function override(options: LevelBOptions, overrides: LevelBOverrides): LevelBOptions {
  const copy = structuredClone(options);
  for (const [path, value] of Object.entries(overrides)) {
    const names = path.split(".");
    const last = names.pop()!;
    let at = copy as unknown as Record<string, unknown>;
    for (const name of names) at = (at[name] ?? {}) as Record<string, unknown>;
    const isNumber = typeof at[last] === "number" || names[0] === "limits";
    if (!isNumber || path === "seed") throw new RangeError(`there is no option ${path}`);
    at[last] = value;
  }
  return copy;
}
