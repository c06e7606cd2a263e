import type { TestRunner } from "./test-runner.ts";

/** One rule of a seam, and how to see whether it is kept. `World` is what a fixture gives to each case anew. */
export interface SuiteCase<World, Ability extends string> {
  /** The sentence of the contract that the case checks; names the case. */
  readonly rule: string;
  /** What the fixture must be able to do, or the implementation must support, for the case to make sense. */
  readonly needs: readonly Ability[];
  readonly run: (world: World) => Promise<void>;
}

export interface SuiteGroup<World, Ability extends string> {
  readonly name: string;
  readonly cases: readonly SuiteCase<World, Ability>[];
}

/**
 * Hands the cases whose needs are met to the runner, by group. `withWorld` makes a world, runs the case in it and takes
 * it away, whatever has happened.
 */
export function defineGroups<World, Ability extends string>(
  { describe, it }: TestRunner,
  groups: readonly SuiteGroup<World, Ability>[],
  abilities: ReadonlySet<Ability>,
  withWorld: (run: (world: World) => Promise<void>) => Promise<void>,
): void {
  for (const { name, cases } of groups) {
    const possible = cases.filter(({ needs }) => needs.every((need) => abilities.has(need)));
    if (possible.length === 0) continue;
    describe(name, () => {
      for (const { rule, run } of possible) it(rule, async () => withWorld(run));
    });
  }
}
