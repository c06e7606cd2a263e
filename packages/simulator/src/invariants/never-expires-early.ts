import { type Invariant, Violation } from "./invariant.ts";

/**
 * A leader proposes to expire a session only if it has heard nothing of it for the session's timeout: no report of a
 * learner that names it, no request or ping of its client, no attachment. Silence begins no earlier than this leadership,
 * and the time in which the leader's own event loop stood still (more than three ticks from one tick to the next) is none.
 *
 * Source: ZooKeeper's guarantees (session timeouts); design, decision 7 and R8; fault-scenarios.md, SE-05, SE-07, SE-16.
 * Sound: what the leader hears passes its wall one by one, and a deadline is rounded up. That a client's own pings arrive
 * in time is for nobody to promise: connections, links and learners may fail.
 */
export function createNeverExpiresEarly(): Invariant {
  return {
    name: "never-expires-early",
    observe(observation) {
      if (observation.kind !== "session-expired") return;
      const { peer, sessionId, silentMs, timeoutMs } = observation;
      if (silentMs >= timeoutMs) return;
      const what = `${sessionId} after ${silentMs.toFixed(3)} ms of silence, of ${timeoutMs}`;
      throw new Violation("never-expires-early", `peer ${peer} expires the session ${what}`);
    },
  };
}
