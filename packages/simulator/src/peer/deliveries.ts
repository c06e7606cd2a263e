import type { LogEntry, MonotonicMs } from "@coterie/interface";
import type { Life } from "./life.ts";

/** What the state machine has to do, in order. */
type Work = { readonly kind: "entries"; readonly entries: readonly LogEntry[] } | { readonly kind: "restore" };

/** What consensus has handed out for the state machine: entries to apply, and checkpoints to restore. */
export class Deliveries {
  private readonly life: Life;
  private readonly event: number;
  private work: Work[] = [];

  /** `event`: what a delivery that takes its time is called among the events of the life. */
  constructor(life: Life, event: number) {
    this.life = life;
    this.event = event;
  }

  /** Those that wait. */
  get count(): number {
    return this.work.length;
  }

  /** It is done at once, or some time later. */
  schedule(work: Work): void {
    const { host, dice } = this.life;
    this.work.push(work);
    if (this.work.length > 1) return;
    if (dice.below(100) >= host.options.peer.slowApplyPercent) return this.run();
    const tickUs = host.options.timing.tickMs * 1000;
    host.queue.push(host.nowUs + dice.below(tickUs), this.life, this.event, null, null);
  }

  run(): void {
    const { life, work } = this;
    this.work = [];
    for (const item of work) {
      if (item.kind === "restore") this.restore();
      else for (const entry of item.entries) this.apply(entry);
      if (life.isEnded) return;
    }
    life.step({ kind: "applied", zxid: life.replica.position.zxid });
  }

  private apply(entry: LogEntry): void {
    const { life } = this;
    const { host, replica, leader } = life;
    const applied = replica.apply(entry);
    const { digest } = replica.machine;
    host.trace.mix(entry.zxid);
    host.trace.mix(entry.chainHash);
    host.trace.mixText(digest);
    host.observe({ kind: "delivered", peer: life.id, life: life.number, entry, digest });
    replica.tell(applied);
    const { outcome } = applied;
    if (leader !== null && outcome.kind === "createSession") {
      life.hear(outcome.id);
      leader.tracker.opened(outcome.id, outcome.timeoutMs, life.monotonicMs as MonotonicMs);
    }
    if (leader !== null && outcome.kind === "closeSession") leader.tracker.closed(outcome.id);
    life.sessions.applied(applied);
  }

  private restore(): void {
    const { life } = this;
    const { host } = life;
    const found = life.disk.database.checkpoint!;
    if (found.damaged.size > 0) {
      host.probe("stopped: the checkpoint cannot be read");
      return life.end("stopped");
    }
    life.sessions.abandonAll();
    life.checkpoint.restored();
    life.replica.restore(found);
    host.probe("checkpoint restored");
    const { zxid, digest } = found.stored;
    host.observe({ kind: "restored", peer: life.id, life: life.number, zxid, digest });
  }
}
