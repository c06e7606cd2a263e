import type { LevelBResult } from "./run-level-b.ts";

/** Sums over runs, in a form that passes between threads. */
export interface LevelBTally {
  seeds: number;
  steps: number;
  virtualMs: number;
  calls: number;
  readonly faults: Record<string, number>;
  readonly probes: Record<string, number>;
}

export function createLevelBTally(): LevelBTally {
  return { seeds: 0, steps: 0, virtualMs: 0, calls: 0, faults: {}, probes: {} };
}

export function addLevelBRun(tally: LevelBTally, { steps, virtualMs, calls, faults, probes }: LevelBResult): void {
  addLevelBTally(tally, {
    seeds: 1,
    steps,
    virtualMs,
    calls,
    faults: Object.fromEntries(faults),
    probes: Object.fromEntries(probes),
  });
}

export function addLevelBTally(tally: LevelBTally, other: LevelBTally): void {
  tally.seeds += other.seeds;
  tally.steps += other.steps;
  tally.virtualMs += other.virtualMs;
  tally.calls += other.calls;
  for (const name of ["faults", "probes"] as const) {
    for (const [key, count] of Object.entries(other[name])) tally[name][key] = (tally[name][key] ?? 0) + count;
  }
}

export function reportLevelBTally({ seeds, steps, virtualMs, calls, faults, probes }: LevelBTally): string {
  const columns = (counts: Readonly<Record<string, number>>): string[] =>
    Object.entries(counts)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => `    ${String(count).padStart(9)}  ${name}`);
  return [
    `  seeds            ${seeds}`,
    `  steps            ${steps}, ${Math.round(steps / Math.max(1, seeds))} a seed`,
    `  simulated        ${(virtualMs / 60_000).toFixed(1)} minutes`,
    `  calls            ${calls}`,
    "",
    "  faults",
    ...columns(faults),
    "",
    "  what happened",
    ...columns(probes),
  ].join("\n");
}
