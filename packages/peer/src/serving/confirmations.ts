import type { Engine } from "../engine/engine.ts";

export type ConfirmationTarget = "proposed" | "committed";

/** One question to a quorum, shared by all who had asked by the end of a turn. */
export interface Confirmation {
  readonly target: ConfirmationTarget;
  state: "open" | "confirmed" | "refused";
  /** When it was put, on the peer's monotonic clock. */
  askedAtMs: number;
  readonly waiters: Set<ConfirmationWaiter>;
}

export interface ConfirmationWaiter {
  /** The state of a confirmation that it has joined is another one. */
  confirmationSettled(): void;
}

/** Questions on their way, of both targets. When so many are, what is asked gathers until one is answered; then each target's is put. */
const ON_THEIR_WAY_MAX = 64;

const TARGETS: readonly ConfirmationTarget[] = ["proposed", "committed"];

/** The questions of a peer's sessions whether it is up to date: one a turn and target, however many sessions ask. */
export class Confirmations {
  private readonly engine: Engine;
  private readonly gathering = new Map<ConfirmationTarget, Confirmation>();
  private readonly onTheirWay = new Map<number, Confirmation>();
  private lastId = 0;
  private freshAtMs: number | null = null;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** When the last question was put that has been confirmed: everything committed by then is to be seen here. */
  get confirmedAtMs(): number | null {
    return this.freshAtMs;
  }

  /** The question that goes out at the end of this turn. */
  join(target: ConfirmationTarget, waiter: ConfirmationWaiter): Confirmation {
    let confirmation = this.gathering.get(target);
    if (confirmation === undefined) {
      confirmation = { target, state: "open", askedAtMs: 0, waiters: new Set() };
      this.gathering.set(target, confirmation);
    }
    confirmation.waiters.add(waiter);
    return confirmation;
  }

  /** Puts what has gathered. */
  ask(nowMs: number): void {
    if (this.gathering.size === 0 || this.onTheirWay.size >= ON_THEIR_WAY_MAX) return;
    for (const target of TARGETS) {
      const confirmation = this.gathering.get(target);
      if (confirmation === undefined) continue;
      this.gathering.delete(target);
      confirmation.askedAtMs = nowMs;
      const id = ++this.lastId;
      this.onTheirWay.set(id, confirmation);
      this.engine.confirm(id, target);
    }
  }

  settle(ids: readonly number[], state: "confirmed" | "refused"): void {
    for (const id of ids) {
      const confirmation = this.onTheirWay.get(id);
      if (confirmation === undefined) continue;
      this.onTheirWay.delete(id);
      confirmation.state = state;
      if (state === "confirmed") this.freshAtMs = Math.max(this.freshAtMs ?? 0, confirmation.askedAtMs);
      for (const waiter of confirmation.waiters) waiter.confirmationSettled();
    }
    if (this.gathering.size > 0) this.engine.wake();
  }

  /** The leader is lost, and with it everyone who waits. */
  clear(): void {
    this.gathering.clear();
    this.onTheirWay.clear();
  }
}
