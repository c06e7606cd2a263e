export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly schedules: number;
  readonly depthMax: number;
  readonly peerStates: number;
  /** Whether there was nothing left to look at. */
  readonly isComplete: boolean;
  readonly failure: {
    readonly message: string;
    readonly schedule: readonly string[];
    readonly choices: readonly number[];
  } | null;
}

export function exploreWithin(
  budgets: Readonly<Partial<Record<"txns" | "crashes" | "restarts" | "ticks" | "reconnects", number>>>,
  limits?: { readonly statesMax?: number; readonly deadlineMs?: number; readonly seed?: number },
  isBlank?: boolean,
): Exploration;
