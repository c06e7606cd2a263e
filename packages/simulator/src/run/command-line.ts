import type { Overrides } from "../world/options.ts";
import { problemOfOverrides } from "./check-overrides.ts";

/** What `npm run sim` is asked to do. */
export type Command =
  | { readonly kind: "help" }
  /** Nothing that can be run; `text` is one line that says what to do instead. */
  | { readonly kind: "mistake"; readonly text: string }
  /** One seed. `trace`: the file that its trace goes to; null unless said. */
  | {
      readonly kind: "one";
      readonly seed: number;
      readonly trace: string | null;
      readonly isShrinking: boolean;
      readonly overrides: Overrides;
    }
  /** Seeds from `first` on, until there are `seeds` of them or `seconds` have gone by. */
  | {
      readonly kind: "many";
      readonly first: number;
      readonly seeds: number;
      readonly seconds: number;
      readonly jobs: number;
      readonly isShrinking: boolean;
      readonly overrides: Overrides;
    };

export interface CommandDefaults {
  readonly first: number;
  readonly jobs: number;
}

export const SIM_HELP = `npm run sim -- [options] [key=value ...]
  --seeds N      how many seeds (100 unless said)
  --first S      the first of them; drawn from the clock unless said
  --seconds T    as many seeds as T seconds allow, and no more than --seeds if that is said
  --jobs J       threads (one a core unless said)
  --seed S       this seed alone, looked at closely
  --trace FILE   with --seed: writes what happened, one line an event
  --shrink       looks for a smaller run that fails alike
  key=value      overrides a number of the options: steps=500 faults.crash=0 limits.proposalsInFlightMax=1`;

const SEEDS_DEFAULT = 100;
const INTEGER = /^(?:0|[1-9]\d*)$/;
const OVERRIDE = /^(?<path>[A-Za-z][\w.-]*)=(?<value>.*)$/;

/** What each option with a number may be. */
const NUMBERS: Readonly<Record<string, readonly [low: number, high: number]>> = {
  "--seeds": [1, 1_000_000_000_000],
  "--first": [0, Number.MAX_SAFE_INTEGER],
  "--seed": [0, Number.MAX_SAFE_INTEGER],
  "--seconds": [1, 31_536_000],
  "--jobs": [1, 1024],
};

/** Takes apart what stands behind `npm run sim --`. */
export function parseCommand(args: readonly string[], defaults: CommandDefaults): Command {
  if (args.includes("--help")) return { kind: "help" };
  try {
    return commandOf(wordsOf(args), defaults);
  } catch (error) {
    if (error instanceof Mistake) return { kind: "mistake", text: error.message };
    throw error;
  }
}

class Mistake extends Error {}

interface Words {
  readonly numbers: ReadonlyMap<string, number>;
  readonly trace: string | null;
  readonly isShrinking: boolean;
  readonly overrides: Overrides;
}

function wordsOf(args: readonly string[]): Words {
  const numbers = new Map<string, number>();
  const overrides: Record<string, number> = {};
  let trace: string | null = null;
  let isShrinking = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    const range = Object.hasOwn(NUMBERS, arg) ? NUMBERS[arg]! : null;
    if (range !== null) numbers.set(arg, numberAfter(arg, args[++index], range));
    else if (arg === "--trace") trace = fileAfter(arg, args[++index]);
    else if (arg === "--shrink") isShrinking = true;
    else addOverride(overrides, arg);
  }
  const problem = problemOfOverrides(overrides);
  if (problem !== null) throw new Mistake(problem);
  return { numbers, trace, isShrinking, overrides };
}

function commandOf({ numbers, trace, isShrinking, overrides }: Words, defaults: CommandDefaults): Command {
  const seed = numbers.get("--seed");
  if (seed !== undefined) {
    const other = [...numbers.keys()].find((name) => name !== "--seed");
    if (other !== undefined) throw new Mistake(`${other} is for many seeds: leave out it or --seed`);
    return { kind: "one", seed, trace, isShrinking, overrides };
  }
  if (trace !== null) throw new Mistake("--trace is for one seed: say which one with --seed S");
  const seconds = numbers.get("--seconds") ?? Infinity;
  const seeds = numbers.get("--seeds") ?? (seconds === Infinity ? SEEDS_DEFAULT : Infinity);
  const first = numbers.get("--first") ?? defaults.first;
  if (seeds !== Infinity && first + seeds - 1 > Number.MAX_SAFE_INTEGER) {
    throw new Mistake(`--first ${first}: the last seed would be above ${Number.MAX_SAFE_INTEGER}, begin lower`);
  }
  return { kind: "many", first, seeds, seconds, jobs: numbers.get("--jobs") ?? defaults.jobs, isShrinking, overrides };
}

function numberAfter(name: string, text: string | undefined, [low, high]: readonly [number, number]): number {
  const value = text !== undefined && INTEGER.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new Mistake(`${name} ${text ?? "without a value"}: say ${name} and an integer in ${low}..${high}`);
}

function fileAfter(name: string, text: string | undefined): string {
  if (text !== undefined && text !== "" && !text.startsWith("--")) return text;
  throw new Mistake(`${name} without a value: say ${name} and a file`);
}

function addOverride(overrides: Record<string, number>, arg: string): void {
  const { path, value } = OVERRIDE.exec(arg)?.groups ?? {};
  if (path === undefined || value === undefined) throw new Mistake(`${arg}: no such option, --help names all`);
  if (!INTEGER.test(value)) throw new Mistake(`${arg}: the value must be an integer, 0 or more`);
  overrides[path] = Number(value);
}
