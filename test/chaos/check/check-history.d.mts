import type { History } from "../history/operation.d.mts";

export interface Finding {
  readonly rule: string;
  readonly what: string;
}

export interface Verdict {
  /** "unknown": nothing wrong was found, and the search was given up somewhere. It is no pass. */
  readonly verdict: "passed" | "violated" | "unknown";
  readonly violations: readonly Finding[];
  /** What could not be decided within the bounds. */
  readonly undecided: readonly string[];
  /** How much each check looked at. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface CheckOptions {
  /** Steps of the search, for each register. Default: 200,000. */
  readonly stepsMax?: number;
}

export function checkHistory(history: History, options?: CheckOptions): Verdict;
