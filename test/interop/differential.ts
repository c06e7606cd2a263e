import { inspect } from "node:util";
import type { Command } from "../model/command.ts";
import { describeCommand } from "../model/describe-sequence.ts";
import type { Step } from "../model/play-sequence.ts";
import { type AllowedDifference, compareObservations, createNormaliser } from "./compare-observations.ts";
import type { Executor } from "./executor.ts";

/** What is compared with what. Which one is right is for a human to find out. */
export interface Sides {
  /** Each is held against `actual`; the name is for the report. */
  readonly expected: readonly { readonly name: string; readonly executor: Executor }[];
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
  /** Undefined if all sides agree on every command. */
  readonly difference: Difference | undefined;
}

/** The side that the model's reference tree is: it made its observations when it made the steps. */
export const REFERENCE_EXECUTOR: Executor = { run: (step) => step.expected };

/** Runs the steps on all sides in turn and stops at the first difference that is not allowed. */
export async function runDifferential(
  steps: Iterable<Step>,
  sides: Sides,
  allowedDifferences: readonly AllowedDifference[],
): Promise<DifferentialResult> {
  const expectedSides = sides.expected.map((side) => ({ ...side, normaliser: createNormaliser() }));
  const actualNormaliser = createNormaliser();
  const allowed = new Map<string, number>();
  const commands: Command[] = [];
  for (const step of steps) {
    const { command } = step;
    commands.push(command);
    const actual = actualNormaliser.normalise(command, await sides.actual.run(step));
    for (const { name, executor, normaliser } of expectedSides) {
      const expected = normaliser.normalise(command, await executor.run(step));
      const verdict = compareObservations(command, expected, actual, allowedDifferences);
      if (verdict.kind === "allowed") allowed.set(verdict.name, (allowed.get(verdict.name) ?? 0) + 1);
      if (verdict.kind !== "different") continue;
      const lines = commands.map((done, index) => `#${index} ${describeCommand(done)}`);
      const report = [...lines, `expected by ${name}:`, show(expected), "actual:", show(actual)].join("\n");
      return { stepCount: commands.length, allowed, difference: { step, report } };
    }
  }
  return { stepCount: commands.length, allowed, difference: undefined };
}

function show(value: unknown): string {
  return inspect(value, { depth: 8, breakLength: 120 });
}
