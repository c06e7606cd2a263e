import { check } from "../runner/check.ts";
import type { TransportPace } from "./fixture.ts";

/** So many turns follow each other at once; whoever waits longer leaves the processor to others in between. */
const TURNS_SWIFT_MAX = 100;
/** So many turns something gets to happen at least, however slow the machine: it was stopped then, and the transport too. */
const TURNS_MIN = 300;
const WAIT_MAX_MS = 2000;
/** Turns that something gets to happen that must not happen. */
const TURNS_QUIET = 20;

/** How a case waits: turn by turn, as long as it takes and no longer than a named limit. */
export class Pace {
  private readonly given: TransportPace | undefined;
  private readonly waitMaxMs: number;

  constructor(given: TransportPace | undefined, waitMaxMs: number = WAIT_MAX_MS) {
    this.given = given;
    this.waitMaxMs = waitMaxMs;
  }

  /** Fails when `condition` has not come true within the limit. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const isOver = this.limit();
    for (let turn = 0; !condition() && !isOver(turn); turn++) await this.turn(turn > TURNS_SWIFT_MAX);
    check(condition(), `waited in vain: ${what}`);
  }

  /** Lets what is under way arrive. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < TURNS_QUIET; turn++) await this.turn(true);
  }

  /** Whether a wait that begins now is over after so many turns. */
  private limit(): (turns: number) => boolean {
    const { given } = this;
    if (given !== undefined) return (turns) => turns >= given.turnsMax;
    const endMs = performance.now() + this.waitMaxMs;
    return (turns) => turns >= TURNS_MIN && performance.now() >= endMs;
  }

  private async turn(isSlow: boolean): Promise<void> {
    if (this.given !== undefined) return this.given.turn();
    return new Promise((resolve) => {
      if (isSlow) setTimeout(resolve, 1);
      else setImmediate(resolve);
    });
  }
}
