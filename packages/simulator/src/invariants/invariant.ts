import type { Observation } from "../observation.ts";

/**
 * One property that holds at every moment of every run. Named as in the ZAB specification where it has one. It sees
 * all observations in order, keeps what it needs in bounded memory as far as it can, and throws a Violation as soon as
 * the property is broken.
 */
export interface Invariant {
  readonly name: string;
  /** @throws Violation */
  observe(observation: Observation): void;
  /** Looks at what is too dear to look at in every step. Called at cuts that the seed draws, and at the end. */
  audit?(): void;
}

/** A broken invariant. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.name = "Violation";
    this.invariant = invariant;
  }
}
