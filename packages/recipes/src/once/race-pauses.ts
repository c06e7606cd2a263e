import { createSeededRandom, type Random, randomBelow } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { pause } from "../calls/pause.ts";

/** So often in a row somebody else may have been faster before this one pauses. */
const TRIES_AT_ONCE = 3;
/** The first pause is up to so long, each next one up to twice as long as the one before. */
const PAUSE_FIRST_MS = 4;
const PAUSE_MAX_MS = 128;

/**
 * Pauses between tries of what others try as well: of random lengths, so that these do not meet again, which follow from the
 * session's id, so that a run under a clock that stands still can be repeated.
 */
export class RacePauses {
  private readonly session: Session;
  private random: Random | null = null;

  constructor(session: Session) {
    this.session = session;
  }

  /** `failures` is how many tries have failed in a row. Ends early when the signal is aborted. */
  async behind(failures: number, signal: AbortSignal): Promise<void> {
    if (failures < TRIES_AT_ONCE) return;
    const { clock, id } = this.session;
    this.random ??= createSeededRandom(Number(BigInt(id) & 0xffff_ffffn));
    const longestMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (failures - TRIES_AT_ONCE));
    await pause(clock, 1 + randomBelow(this.random, longestMs), signal);
  }
}
