import { FAULT_KINDS } from "../world/fault-kinds.ts";
import type { Overrides } from "../world/options.ts";
import type { RunResult } from "./result.ts";
import { runSeed } from "./run-seed.ts";

const NETWORK_FAULTS = ["spikesPerMillion", "lossPerMillion", "ghostPercent", "codecPercent"] as const;

export interface Shrunken {
  readonly overrides: Overrides;
  readonly result: RunResult;
  readonly runs: number;
}

/** What a failure is called: two runs fail alike if they break the same rule. */
export function failureKind({ failure }: RunResult): string {
  if (failure === null) return "";
  const rule = failure.message.split(":")[0]!;
  return `${failure.name} ${failure.name === "Violation" ? rule : failure.message.replaceAll(/[\d].*/g, "")}`;
}

/**
 * Makes a failing run smaller, one override at a time, as long as it breaks the same rule: fewer kinds of faults, a
 * smaller ensemble, fewer clients, fewer steps, and of the strikes that are left, many at a time and then one by one, those
 * without which it fails as well. A smaller world draws other events, so that every step is an attempt.
 */
export function shrink(seed: number, overrides: Overrides, runsMax: number): Shrunken {
  let best = runSeed(seed, { overrides });
  const kind = failureKind(best);
  let kept: Overrides = overrides;
  let runs = 1;

  function attempt(more: Overrides): boolean {
    if (runs >= runsMax || kind === "") return false;
    runs++;
    const overridden = { ...kept, ...more };
    const result = runSeed(seed, { overrides: overridden });
    if (failureKind(result) !== kind) return false;
    [kept, best] = [overridden, result];
    return true;
  }

  for (const fault of FAULT_KINDS) if (best.options.faults[fault] > 0) attempt({ [`faults.${fault}`]: 0 });
  for (const name of NETWORK_FAULTS) if (best.options.network[name] > 0) attempt({ [`network.${name}`]: 0 });
  while (best.options.observers > 0 && attempt({ observers: best.options.observers - 1 }));
  while (best.options.clients > 1 && attempt({ clients: best.options.clients - 1 }));
  for (const voters of [1, 2, 3, 5]) if (voters < best.options.voters && attempt({ voters })) break;
  while (best.options.steps > 50 && attempt({ steps: Math.floor(best.options.steps / 2) }));
  while (best.options.steps > 50 && attempt({ steps: Math.floor(best.options.steps * 0.8) }));
  leaveOutStrikes(
    () => best.strikes,
    (numbers) => attempt(Object.fromEntries(numbers.map((number) => [`skip.${number}`, 1]))),
  );
  const { step } = best.failure ?? { step: Infinity };
  if (step < best.options.steps) attempt({ steps: step });
  return { overrides: kept, result: best, runs };
}

/**
 * Halves, quarters, and so on down to single strikes; what is left out stays left out.
 *
 * @param count how many strikes there are, as far as is known now
 * @param attempt whether the failure is the same without these, too
 */
export function leaveOutStrikes(count: () => number, attempt: (numbers: readonly number[]) => boolean): void {
  const skipped = new Set<number>();
  for (let size = Math.ceil(count() / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let first = 1; first <= count(); first += size) {
      const numbers = Array.from({ length: size }, (_, index) => first + index).filter(
        (number) => !skipped.has(number),
      );
      if (numbers.length > 0 && attempt(numbers)) for (const number of numbers) skipped.add(number);
    }
  }
}
