import { ZAB_LIMITS_DEFAULT } from "@coterie/consensus";
import { drawOptions, type Overrides } from "../world/options.ts";

type Range = readonly [low: number, high: number];

const SHARE: Range = [0, 1000];
const TIME_US: Range = [0, 3_600_000_000];

/** The first pattern that fits a path says what its number may be. Every number is an integer. */
const RANGES: readonly (readonly [path: RegExp, range: Range])[] = [
  [/^voters$/, [1, 99]],
  [/^observers$/, [0, 99]],
  [/^clients$/, [1, 1000]],
  [/^steps$/, [1, 1_000_000_000]],
  [/^skip\.[1-9]\d*$/, [0, 1]],
  [/^(?:faults|workload\.mix)\./, SHARE],
  [/Percent$/, [0, 100]],
  [/PerMillion$/, [0, 1_000_000]],
  [/^fault(?:Interval|Duration)Us$/, [1, TIME_US[1]]],
  [/Us$/, TIME_US],
  [/purgeSlackMax$/, [0, 1_000_000_000]],
  // What the store and the wire allow at most is the default.
  ...(["txnSizeMaxBytes", "batchEntriesMax", "batchSizeMaxBytes", "counterMax"] as const).map(
    (name) => [new RegExp(`^limits\\.${name}$`), [1, ZAB_LIMITS_DEFAULT[name]]] as const,
  ),
  [/^limits\./, [1, Number.MAX_SAFE_INTEGER]],
  [/(?:)/, [1, 1_000_000_000]],
];

const ORDERED = [
  ["network.delayMinUs", "network.delayMaxUs"],
  ["disk.syncMinUs", "disk.syncMaxUs"],
] as const;

/** What is wrong with overrides that came from a person, in one line; null if a run may begin with them. */
export function problemOfOverrides(overrides: Overrides): string | null {
  const known = new Set(pathsOf(drawOptions(0)));
  for (const [path, value] of Object.entries(overrides)) {
    const problem = path === "seed" ? `to run seed ${value} say --seed ${value}` : problemOf(path, value, known);
    if (problem !== null) return `${path}=${value}: ${problem}`;
  }
  for (const [low, high] of ORDERED) {
    if ((overrides[low] ?? 0) > (overrides[high] ?? Infinity)) return `${low} must be at most ${high}`;
  }
  const mix = Object.entries(overrides).filter(([path]) => path.startsWith("workload.mix."));
  if (overrides["workload.mix.set"] === 0 && mix.every(([, share]) => share === 0)) {
    return "workload.mix.set=0 may leave clients nothing to do: add another operation, as workload.mix.counter=1";
  }
  return null;
}

function problemOf(path: string, value: number, known: ReadonlySet<string>): string | null {
  if (!known.has(path) && !/^skip\.[1-9]\d*$/.test(path)) {
    return "there is no such option; the first line of a trace (--seed S --trace FILE) has all of them";
  }
  const [low, high] = RANGES.find(([pattern]) => pattern.test(path))![1];
  if (Number.isSafeInteger(value) && value >= low && value <= high) return null;
  return `must be an integer in ${low}..${high}`;
}

function pathsOf(options: object): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    typeof value === "object" && value !== null ? pathsOf(value as object).map((path) => `${name}.${path}`) : [name],
  );
}
