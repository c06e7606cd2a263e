import type { Overrides } from "../world/options.ts";
import type { RunResult } from "./result.ts";
import type { Tally } from "./tally.ts";

const MS_PER_HOUR = 3_600_000;

/** What a run over many seeds came to, for people. `stepsPerCpuSecond`: steps to one second of CPU time, not of waiting. */
export function reportTally(tally: Tally, stepsPerCpuSecond: number): string {
  const head = [
    `  seeds            ${grouped(tally.seeds)}`,
    `  steps            ${grouped(tally.steps)}, ${grouped(Math.round(tally.steps / Math.max(1, tally.seeds)))} a seed`,
    `  steps/s of CPU   ${grouped(Math.round(stepsPerCpuSecond))}`,
    `  simulated        ${(tally.virtualMs / MS_PER_HOUR).toFixed(2)} hours`,
    `  txns             ${grouped(tally.txns)}`,
    `  operations       ${grouped(tally.operations)}`,
  ];
  const never = namesOf(tally.probes, (count) => count === 0);
  const off = namesOf(tally.faults, (count) => count === 0);
  return [
    ...head,
    "",
    "  faults",
    ...columns(tally.faults),
    ...(off.length > 0 ? [`    never: ${off.join(", ")}`] : []),
    "",
    "  probes hit",
    ...columns(tally.probes),
    never.length > 0 ? `  probes never hit: ${never.join(", ")}` : "  no probe was missed",
  ].join("\n");
}

export function reportFailure(result: RunResult, overrides: Overrides): string {
  const { seed, failure, options } = result;
  if (failure === null) return `seed ${seed} passes`;
  const { voters, observers, clients, steps } = options;
  return [
    `  seed ${seed} FAILS at step ${failure.step}, ${failure.atMs.toFixed(3)} ms, in ${failure.where}`,
    `    ${failure.name}: ${failure.message}`,
    `    ${voters} voters, ${observers} observers, ${clients} clients, ${steps} steps`,
    `    replay: ${replayCommand(seed, overrides)}`,
  ].join("\n");
}

/** Where the trace of a failing seed is written, unless said otherwise. */
export function traceFile(seed: number): string {
  return `.cache/sim-${seed}.trace`;
}

export function replayCommand(seed: number, overrides: Overrides): string {
  const settings = Object.entries(overrides).map(([path, value]) => ` ${path}=${value}`);
  return `npm run sim -- --seed ${seed}${settings.join("")} --trace ${traceFile(seed)}`;
}

function columns(counts: Readonly<Record<string, number>>): string[] {
  const hit = Object.entries(counts).filter(([, count]) => count > 0);
  return hit.toSorted(([, a], [, b]) => b - a).map(([name, count]) => `    ${grouped(count).padStart(12)}  ${name}`);
}

function namesOf(counts: Readonly<Record<string, number>>, isWanted: (count: number) => boolean): string[] {
  return Object.entries(counts).flatMap(([name, count]) => (isWanted(count) ? [name] : []));
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}
