import type { SimOptions } from "./options.ts";

/** Since when nothing has been disturbed anywhere: what is promised only where nothing fails can be demanded from then on. */
export class Calm {
  private ongoing = 0;
  private lastUs = 0;

  /** Something fails now, or until then. */
  disturb(untilUs: number): void {
    this.lastUs = Math.max(this.lastUs, untilUs);
  }

  begin(): void {
    this.ongoing += 1;
  }

  end(nowUs: number): void {
    this.ongoing -= 1;
    this.disturb(nowUs);
  }

  /** 0 while something is disturbed. */
  lastsUs(nowUs: number): number {
    return this.ongoing > 0 ? 0 : Math.max(0, nowUs - this.lastUs);
  }
}

/** How long at most a leader hears nothing of a session whose client makes itself heard, where nothing fails. */
export function hearingMaxUs({ workload, network, peer, timing }: SimOptions): number {
  const tickUs = timing.tickMs * 1000;
  // The client says something; its peer takes it, tells it at its next tick, and it goes with the answer to the next ping.
  const toPeerUs = workload.thinkMaxUs + workload.clientDelayMaxUs + peer.turnMaxUs;
  const toLeaderUs = (1 + timing.heartbeatTicks) * tickUs + 2 * network.delayMaxUs + 3 * peer.turnMaxUs;
  return toPeerUs + toLeaderUs;
}

/**
 * After this a link that has died in silence has been noticed at one of its ends, which is a disturbance again. A learner waits
 * `syncTicks` for its leader; where only its own frames are lost it hears the leader, which waits twice as long for it.
 */
export function noticingMaxUs({ network, peer, timing }: SimOptions): number {
  const { syncTicks, heartbeatTicks, tickMs } = timing;
  return 2 * (syncTicks + heartbeatTicks) * tickMs * 1000 + 2 * (network.delayMaxUs + peer.turnMaxUs);
}
