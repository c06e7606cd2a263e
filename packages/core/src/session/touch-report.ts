import { assert, type SessionId } from "@coterie/interface";
import { isSessionTimeout } from "./session-timeout.ts";

/** A sign of life of a session, as a learner passes it on. */
export interface SessionTouch {
  readonly id: SessionId;
  /** What the client was told when it attached at that learner. 1..2^31-1. */
  readonly timeoutMs: number;
}

/**
 * What a learner has heard of its sessions since it last told the leader, who alone expires them (semantics 5.2,
 * SE-04). It is told with each answer to the leader's heartbeat. Holds one entry a session, however often it is
 * touched, so it is as large as the number of sessions served here and no larger.
 */
export class TouchReport {
  private readonly timeouts = new Map<SessionId, number>();

  /** Sessions that wait to be reported. */
  get size(): number {
    return this.timeouts.size;
  }

  /** The client of the session has sent something, be it a ping or a read. */
  touch(id: SessionId, timeoutMs: number): void {
    assert(isSessionTimeout(timeoutMs), "a session's timeout was negotiated");
    this.timeouts.set(id, timeoutMs);
  }

  /** The session is closed: nobody needs to hear of it. */
  forget(id: SessionId): void {
    this.timeouts.delete(id);
  }

  /**
   * Takes out at most `countMax` touches, the longest waiting first. What a frame has no room for stays: report
   * again while `size` is not 0. A session that is touched while it waits keeps its place, so none waits for ever.
   */
  take(countMax: number): SessionTouch[] {
    assert(countMax >= 1, "a report has room for one touch at least");
    const touches: SessionTouch[] = [];
    for (const [id, timeoutMs] of this.timeouts) {
      if (touches.length >= countMax) break;
      touches.push({ id, timeoutMs });
    }
    if (touches.length === this.timeouts.size) this.timeouts.clear();
    else for (const { id } of touches) this.timeouts.delete(id);
    return touches;
  }

  /** The leader is gone: the next one gives every session its full timeout anyway (SE-05). */
  clear(): void {
    this.timeouts.clear();
  }
}

export function createTouchReport(): TouchReport {
  return new TouchReport();
}
