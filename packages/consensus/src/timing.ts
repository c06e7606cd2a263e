/**
 * How long things may take, in ticks; `tickMs` is for the shell, which makes the ticks. Nothing here is about safety:
 * any values give a correct ensemble, bad ones one that elects too often or too late.
 */
export interface ZabTiming {
  readonly tickMs: number;
  /** From one ping of the leader to the next. */
  readonly heartbeatTicks: number;
  /**
   * A leader that has not heard replies of a quorum to pings of the last `syncTicks` resigns; a learner that has heard
   * nothing of its leader for as long looks for another (ZooKeeper's syncLimit).
   */
  readonly syncTicks: number;
  /** How long a leader may take from its election to being heard, and a learner waits for it (initLimit). */
  readonly initTicks: number;
  /** With a quorum for a candidate and voters still unheard of: how long to wait for a better one (finalizeWait). */
  readonly finalizeTicks: number;
  /** Without a result: when notifications are sent again. Doubles up to `electionMaxTicks`. */
  readonly electionTicks: number;
  readonly electionMaxTicks: number;
  /** A leader whose write takes longer resigns (ST-19). */
  readonly storeTicks: number;
}

/**
 * For a peer inside an application (the default): an event loop that is blocked for a second costs no leadership.
 */
export const TIMING_EMBEDDED: ZabTiming = Object.freeze({
  tickMs: 100,
  heartbeatTicks: 5,
  syncTicks: 30,
  initTicks: 50,
  finalizeTicks: 2,
  electionTicks: 5,
  electionMaxTicks: 40,
  storeTicks: 100,
});

/** For a process that does nothing else: a lost leader is noticed and replaced in under 0.4 s. */
export const TIMING_DEDICATED: ZabTiming = Object.freeze({
  tickMs: 20,
  heartbeatTicks: 2,
  syncTicks: 10,
  initTicks: 25,
  finalizeTicks: 1,
  electionTicks: 5,
  electionMaxTicks: 40,
  storeTicks: 100,
});
