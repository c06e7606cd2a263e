import type { Data, Session } from "@coterie/session";
import { createHold, type Hold } from "../queue/hold.ts";
import { unlessGivenUp, type WaitOptions, waiting } from "../calls/wait.ts";
import { contend } from "../queue/contend.ts";
import { type Contender, readContenders, readFirstContender } from "../queue/contenders.ts";
import { leavePlace, type Place } from "../queue/place.ts";
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
      await unlessGivenUp(leavePlace(session, place.path), signal);
      return null;
    });
  }

  holder(options: WaitOptions = {}): Promise<Contender | null> {
    const { session, path } = this;
    const { rules } = this.options;
    return waiting(session, `looking at ${path}`, options, (signal) => readFirstContender(session, rules, signal));
  }

  contenders(options: WaitOptions = {}): Promise<readonly Contender[]> {
    const { session, path } = this;
    const { rules } = this.options;
    return waiting(session, `looking at ${path}`, options, (signal) => readContenders(session, rules, signal));
  }

  private contend(signal: AbortSignal, wait: (place: Place) => Promise<void>): Promise<Place> {
    const { label, data } = this.options;
    return contend(this.session, { parent: this.path, label, data }, signal, wait);
  }
}
