import type { Data, Session } from "@coterie/session";
import { createHold, type Hold } from "../hold/hold.ts";
import { hasCode } from "../hold/retry.ts";
import { type WaitOptions, waiting } from "../hold/wait.ts";
import { type Contender, readContenders } from "../queue/contenders.ts";
import { leavePlace, type Place, takePlace } from "../queue/place.ts";
import { isTurn, type TurnRules, untilTurn } from "../queue/turn.ts";
import type { Mutex } from "./mutex.ts";

export interface QueueLockOptions {
  readonly label: string;
  readonly data: Data | null;
  readonly rules: TurnRules;
}

/** A lock whose contenders queue up below a path. */
export class QueueLock implements Mutex {
  readonly path: string;
  private readonly session: Session;
  private readonly options: QueueLockOptions;

  constructor(session: Session, options: QueueLockOptions) {
    this.path = options.rules.parent;
    this.session = session;
    this.options = options;
  }

  acquire(options: WaitOptions = {}): Promise<Hold> {
    const { session, path } = this;
    const { rules } = this.options;
    return waiting(session, `acquiring ${path}`, options, async (signal) => {
      const place = await this.contend(signal, (own) => untilTurn(session, rules, own, signal));
      return createHold(session, place);
    });
  }

  tryAcquire(options: WaitOptions = {}): Promise<Hold | null> {
    const { session, path } = this;
    const { rules } = this.options;
    return waiting(session, `trying to acquire ${path}`, options, async (signal) => {
      let hasTurn = false;
      const place = await this.contend(signal, async (own) => {
        hasTurn = await isTurn(session, rules, own, signal);
      });
      if (hasTurn) return createHold(session, place);
      await leavePlace(session, place.path);
      return null;
    });
  }

  contenders(options: WaitOptions = {}): Promise<readonly Contender[]> {
    const { session, path } = this;
    const { rules } = this.options;
    return waiting(session, `looking at ${path}`, options, (signal) => readContenders(session, rules, signal));
  }

  /** A place that was there until `wait` resolved; if it is deleted meanwhile, or the whole queue, another (LK-08). */
  private async contend(signal: AbortSignal, wait: (place: Place) => Promise<void>): Promise<Place> {
    const { session, path } = this;
    const { label, data } = this.options;
    for (;;) {
      const place = await takePlace(session, { parent: path, label, data }, signal);
      try {
        await wait(place);
        return place;
      } catch (error) {
        if (hasCode(error, "NO_NODE") && !signal.aborted) continue;
        // Nobody waits for that: it goes on until the place is gone, or its session.
        leavePlace(session, place.path).catch(() => undefined);
        throw error;
      }
    }
  }
}
