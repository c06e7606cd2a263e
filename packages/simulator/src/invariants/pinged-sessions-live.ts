import { type Invariant, Violation } from "./invariant.ts";

/**
 * A session does not expire while its client pings and nothing fails: for as long as a sign of life takes to the leader by the
 * world's own delays, its client has been connected to a peer that serves under this leader, and no link, peer or disk was
 * disturbed anywhere.
 *
 * Source: ZooKeeper's guarantees (session timeouts); fault-scenarios.md, SE-04: a client that only reads from a follower lives
 * by the follower's reports.
 * Sound: the leader then has heard the session within that time, which is less than the timeout where this is demanded. What a
 * link that has died in silence keeps from it is not counted before that must have been noticed at one of its ends.
 */
export function createPingedSessionsLive(): Invariant {
  return {
    name: "pinged-sessions-live",
    observe(observation) {
      if (observation.kind !== "session-expired") return;
      const { peer, sessionId, timeoutMs, keptMs, hearingMaxMs } = observation;
      if (hearingMaxMs >= timeoutMs || keptMs <= hearingMaxMs) return;
      const what = `${sessionId}, whose client has pinged for ${keptMs.toFixed(3)} ms where nothing failed`;
      throw new Violation("pinged-sessions-live", `peer ${peer} expires the session ${what}, of ${timeoutMs}`);
    },
  };
}
