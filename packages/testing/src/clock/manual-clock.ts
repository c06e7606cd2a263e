import { checkInteger, checkOptions, type Clock, type OptionKinds } from "@coterie/interface";
import { HandClock } from "./hand-clock.ts";

/**
 * A clock that goes on only when it is told to. Turns run by themselves, in real time and in their order, and each lets the promises
 * settle that it has led to: so whatever needs no time comes to its end without `advance`. A peer, its storage, the network and
 * the sessions have to be given the same one.
 *
 * It uses nothing that fake timers replace, and replaces nothing itself: its time and theirs have nothing to do with each other.
 */
export interface ManualClock extends Clock {
  /**
   * Lets `ms` pass, 0 or more: timer by timer, in the order in which they are due, and each time until nothing moves any more. Calls
   * that come while one is under way wait for their turn.
   *
   * Rejects with BAD_ARGUMENTS, or with SYSTEM_ERROR if something goes on for ever while time stands still.
   */
  advance(ms: number): Promise<void>;

  /** Resolves when nothing moves any more unless time passes. Rejects as `advance` does. */
  settle(): Promise<void>;
}

export interface ManualClockOptions {
  /** What the wall clock says in the beginning, in milliseconds since the Unix epoch. Default: the year 2000 begins, in UTC. */
  readonly wallTimeMs?: number;
}

const OPTIONS: OptionKinds<ManualClockOptions> = { wallTimeMs: "number" };

/**
 * A clock at 0 milliseconds.
 *
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createManualClock(options: ManualClockOptions = {}): ManualClock {
  checkOptions("createManualClock", options, OPTIONS);
  const { wallTimeMs } = options;
  if (wallTimeMs !== undefined) checkInteger("wallTimeMs", wallTimeMs, 0, Number.MAX_SAFE_INTEGER);
  return new HandClock(wallTimeMs);
}
