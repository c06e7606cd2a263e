import { inspect } from "node:util";
import type { Command } from "../model/command.ts";
import { describeCommand } from "../model/describe-sequence.ts";
import type { Step } from "../model/play-sequence.ts";
import { type AllowedDifference, compareObservations, createNormaliser } from "./compare-observations.ts";
import type { Executor } from "./executor.ts";

/** The two sides of a comparison. Which one is right is for a human to find out. */
export interface Sides {
  readonly expected: Executor;
  readonly actual: Executor;
}

export interface Difference {
  readonly step: Step;
  /** The commands up to and with the one that differs, one a line, then both observations. */
  readonly report: string;
}

export interface DifferentialResult {
  readonly stepCount: number;
  /** How often each allowed difference was met, by name. */
  readonly allowed: ReadonlyMap<string, number>;
  /** Undefined if both sides agree on every command. */
  readonly difference: Difference | undefined;
}

/** The side that the model's reference tree is: it made its observations when it made the steps. */
export const REFERENCE_EXECUTOR: Executor = { run: (step) => step.expected };

/** Runs the steps on both sides in turn and stops at the first difference that is not allowed. */
export async function runDifferential(
  steps: Iterable<Step>,
  sides: Sides,
  allowedDifferences: readonly AllowedDifference[],
): Promise<DifferentialResult> {
  const normalisers = { expected: createNormaliser(), actual: createNormaliser() };
  const allowed = new Map<string, number>();
  const commands: Command[] = [];
  for (const step of steps) {
    const { command } = step;
    commands.push(command);
    const expected = normalisers.expected.normalise(command, await sides.expected.run(step));
    const actual = normalisers.actual.normalise(command, await sides.actual.run(step));
    const verdict = compareObservations(command, expected, actual, allowedDifferences);
    if (verdict.kind === "allowed") allowed.set(verdict.name, (allowed.get(verdict.name) ?? 0) + 1);
    if (verdict.kind !== "different") continue;
    const lines = commands.map((done, index) => `#${index} ${describeCommand(done)}`);
    const report = [...lines, "expected:", show(expected), "actual:", show(actual)].join("\n");
    return { stepCount: commands.length, allowed, difference: { step, report } };
  }
  return { stepCount: commands.length, allowed, difference: undefined };
}

function show(value: unknown): string {
  return inspect(value, { depth: 8, breakLength: 120 });
}
