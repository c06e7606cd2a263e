import { check } from "../runner/check.ts";
import type { TransportPace } from "./fixture.ts";

/** So many turns follow each other at once; whoever waits longer leaves the processor to others in between. */
const TURNS_SWIFT_MAX = 100;
const TURNS_MAX = 10_000;
/** Turns that something gets to happen that must not happen. */
const TURNS_QUIET = 20;

/** How a case waits: turn by turn, as long as it takes and no longer than a named limit. */
export class Pace {
  private readonly given: TransportPace | undefined;

  constructor(given: TransportPace | undefined) {
    this.given = given;
  }

  /** Fails when `condition` has not come true within the limit. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const turnsMax = this.given?.turnsMax ?? TURNS_MAX;
    for (let turn = 0; turn < turnsMax && !condition(); turn++) await this.turn(turn > TURNS_SWIFT_MAX);
    check(condition(), `waited in vain: ${what}`);
  }

  /** Lets what is under way arrive. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < TURNS_QUIET; turn++) await this.turn(true);
  }

  private async turn(isSlow: boolean): Promise<void> {
    if (this.given !== undefined) return this.given.turn();
    return new Promise((resolve) => {
      if (isSlow) setTimeout(resolve, 1);
      else setImmediate(resolve);
    });
  }
}
