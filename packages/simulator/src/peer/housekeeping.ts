import type { Zxid } from "@coterie/interface";
import type { Life } from "./life.ts";

/** What a peer does now and then: checkpoints of its own, and a shorter log. */
export class Housekeeping {
  private readonly life: Life;

  constructor(life: Life) {
    this.life = life;
  }

  keep(): void {
    this.life.checkpoint.begin();
    if (this.life.dice.chance(0.5)) this.purge();
  }

  /** Lets go of the log up to the checkpoint, as far as the learners do not need it. */
  purge(): void {
    const { disk, zab, host, dice } = this.life;
    const { checkpoint, base } = disk.database;
    const { mayCheckpoint, purgeableZxid } = zab.view();
    if (checkpoint === null || !mayCheckpoint) return;
    const upTo = Math.min(checkpoint.stored.zxid, purgeableZxid);
    const slack = dice.below(host.options.peer.purgeSlackMax + 1);
    if (upTo - slack > base.zxid) disk.purge((upTo - slack) as Zxid);
  }

  /** `event`: what it is called among the events of the life. */
  schedule(event: number): void {
    const { host, dice } = this.life;
    const { checkpointIntervalUs } = host.options.peer;
    if (checkpointIntervalUs === 0) return;
    host.queue.push(host.nowUs + 1 + dice.below(checkpointIntervalUs * 2), this.life, event, null, null);
  }
}
