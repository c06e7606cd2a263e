import type { LogEntry, MonotonicMs, Zxid } from "@coterie/interface";

/** What the state machine has to do, in order. */
type Work =
  | { readonly kind: "entries"; readonly entries: readonly LogEntry[] }
  | { readonly kind: "restore"; readonly zxid: Zxid };

export interface DeliveriesHost {
  nowMs(): MonotonicMs;
  apply(entry: LogEntry): void;
  /** Everything up to here; what follows from it is done when this returns. */
  applied(zxid: Zxid): void;
  /** Begins to make the state machine what the store's checkpoint says; `restored` tells the end. */
  restore(): void;
  readonly isEnded: boolean;
}

/** Entries between two looks at the clock. */
const APPLIED_PER_LOOK = 32;

/** What consensus has handed out for the state machine: entries to apply, some a turn, and checkpoints to restore. */
export class Deliveries {
  private readonly host: DeliveriesHost;
  private readonly turnMaxMs: number;
  private work: Work[] = [];
  /** How far the first of `work` has come. */
  private done = 0;
  private isRestoring = false;

  constructor(host: DeliveriesHost, turnMaxMs: number) {
    this.host = host;
    this.turnMaxMs = turnMaxMs;
  }

  /** Whether there is something for the next turn. */
  get isWaiting(): boolean {
    return this.work.length > 0 && !this.isRestoring;
  }

  entries(entries: readonly LogEntry[]): void {
    this.work.push({ kind: "entries", entries });
  }

  /** What was to be applied before it need not be: the checkpoint stands for more. */
  restore(zxid: Zxid): void {
    this.work = [{ kind: "restore", zxid }];
    this.done = 0;
  }

  /** The state machine is the restored one. */
  restored(): void {
    this.isRestoring = false;
  }

  /** A turn's worth. */
  run(): void {
    const { host } = this;
    const begunMs = host.nowMs();
    for (let first = this.work[0]; first !== undefined && !this.isRestoring; first = this.work[0]) {
      if (first.kind === "restore") {
        this.work.shift();
        this.isRestoring = true;
        return host.restore();
      }
      const isOver = this.apply(first.entries, begunMs);
      if (isOver || host.isEnded) return;
    }
  }

  /** True if the turn's time is over. */
  private apply(entries: readonly LogEntry[], begunMs: MonotonicMs): boolean {
    const { host } = this;
    let isOver = false;
    let zxid: Zxid | null = null;
    while (this.done < entries.length && !isOver) {
      const entry = entries[this.done]!;
      this.done += 1;
      host.apply(entry);
      if (host.isEnded) return true;
      zxid = entry.zxid;
      isOver = this.done % APPLIED_PER_LOOK === 0 && host.nowMs() - begunMs >= this.turnMaxMs;
    }
    if (this.done === entries.length) {
      this.work.shift();
      this.done = 0;
    }
    if (zxid !== null) host.applied(zxid);
    return isOver || host.nowMs() - begunMs >= this.turnMaxMs;
  }
}
