import { assert, type MonotonicMs, type SessionId } from "@coterie/interface";
import { type Attachment, ATTACHMENT_NONE } from "./attachment.ts";
import { type Expiring, ExpiryQueue } from "./expiry-queue.ts";
import { isSessionTimeout } from "./session-timeout.ts";
import type { SessionTouch } from "./touch-report.ts";

/** Why a session is not what the asking connection takes it for. */
export type OwnerRefusal = "SESSION_MOVED" | "SESSION_EXPIRED";

/** Why no connection can have the session any more. */
export type AttachRefusal = Extract<OwnerRefusal, "SESSION_EXPIRED">;

export interface SessionTrackerOptions {
  /** Deadlines are rounded up to multiples of it. An integer of milliseconds, at least 1. */
  readonly tickMs: number;
  /**
   * The replicated sessions at the establishment of this leader; each gets its full timeout (SE-05). Default: none.
   * 100,000 of them take about 0.1 s. To spread that, give none, call `opened` in slices before the establishment,
   * and `credit` the time from the first slice to the establishment.
   */
  readonly sessions?: Iterable<SessionTouch>;
  /** The time of the establishment. */
  readonly nowMs: MonotonicMs;
}

/**
 * A leader's memory of the sessions: when each was last heard of, and through which attachment (design, decision 7;
 * semantics 5.2, 5.4). It lives as long as the leadership and is never replicated. Whoever leads next begins
 * anew, and what a former leader's tracker hands out is of an epoch in which nothing can be proposed (SE-06).
 *
 * The memory is one record a session. Times are arguments and never go back.
 */
export class SessionTracker {
  private readonly sessions = new Map<SessionId, TrackedSession>();
  private readonly queue = new ExpiryQueue<TrackedSession>();
  private readonly tickMs: number;
  /** By how much the sessions' clock is behind the caller's: the sum of all credits. */
  private creditedMs = 0;

  constructor({ tickMs, sessions, nowMs }: SessionTrackerOptions) {
    assert(isSessionTimeout(tickMs), "the tick is an integer of milliseconds, at least 1");
    this.tickMs = tickMs;
    for (const { id, timeoutMs } of sessions ?? []) this.opened(id, timeoutMs, nowMs);
  }

  /** Sessions, the closing ones included. */
  get size(): number {
    return this.sessions.size;
  }

  /**
   * The session exists. Call it when the leader prepares the create, since the client may hear of its session, and
   * use it, through a faster peer before the leader has applied that txn; and again when the txn is applied, as
   * the client could not touch its session earlier. A known session is touched.
   */
  opened(id: SessionId, timeoutMs: number, nowMs: MonotonicMs): void {
    assert(isSessionTimeout(timeoutMs), "a session's timeout was negotiated");
    if (!this.sessions.has(id)) this.sessions.set(id, new TrackedSession(id, timeoutMs));
    this.touch(id, nowMs);
  }

  /** The txn that closes the session is applied: forgets it. */
  closed(id: SessionId): void {
    const session = this.sessions.get(id);
    if (session === undefined) return;
    this.queue.remove(session);
    this.sessions.delete(id);
  }

  /** The session was heard of. False if there is no such session, or it is closing, which no touch prevents. */
  touch(id: SessionId, nowMs: MonotonicMs): boolean {
    const session = this.sessions.get(id);
    if (session === undefined || session.isClosing) return false;
    this.queue.schedule(session, this.dueTick(session.timeoutMs, nowMs));
    return true;
  }

  /**
   * A learner's report. Sessions that are closing or unknown are passed over. The learner's timeout counts while
   * nobody has attached the session under this leader, since a timeout negotiated at a re-attachment is not
   * replicated; later reports cannot change it, as they may be those of an earlier attachment.
   */
  touchAll(touches: readonly SessionTouch[], nowMs: MonotonicMs): void {
    for (const { id, timeoutMs } of touches) {
      const session = this.sessions.get(id);
      if (session === undefined || session.isClosing) continue;
      if (session.owner === ATTACHMENT_NONE) {
        assert(isSessionTimeout(timeoutMs), "a session's timeout was negotiated");
        session.timeoutMs = timeoutMs;
      }
      this.queue.schedule(session, this.dueTick(session.timeoutMs, nowMs));
    }
  }

  /**
   * A client has come with the session to a new connection and is going to be told `timeoutMs`. Call it when the leader
   * prepares the attachment's txn, for new sessions too, in the order in which attachments have arrived: the last one owns the
   * session (semantics 5.4), whenever its connection was opened.
   *
   * That is safe as long as the client is told that it is connected only when that txn is applied at its peer. What was asked
   * through earlier attachments then has its txns before it, or is refused behind it; and each peer that applies the txn
   * gives up what connection it has of this session. Where two attachments pass each other on their way (SE-03), the one that
   * comes last wins; if its client has left it, the client loses its connection and attaches once more.
   */
  attach(id: SessionId, attachment: Attachment, timeoutMs: number, nowMs: MonotonicMs): AttachRefusal | null {
    assert(attachment > ATTACHMENT_NONE, "an attachment has a number");
    assert(isSessionTimeout(timeoutMs), "a session's timeout was negotiated");
    const session = this.sessions.get(id);
    if (session === undefined || session.isClosing) return "SESSION_EXPIRED";
    session.owner = attachment;
    session.timeoutMs = timeoutMs;
    this.queue.schedule(session, this.dueTick(timeoutMs, nowMs));
    return null;
  }

  /** The attachment that owns the session; ATTACHMENT_NONE if none has come under this leader, or there is no such session. */
  ownerOf(id: SessionId): Attachment {
    return this.sessions.get(id)?.owner ?? ATTACHMENT_NONE;
  }

  /**
   * Whether a request that came through `attachment` may be prepared; to be asked for each one of a client, multi
   * included, but not for a closeSession (semantics 5.3).
   *
   * SESSION_MOVED: another attachment owns the session, or none under this leader. There need not be a txn: the one that
   * gave the session away ends the connection where it is applied. For the owner SESSION_EXPIRED is the answer, so of a
   * session that lives, everything behind the owner's attachment is about the owner's requests.
   */
  checkOwner(id: SessionId, attachment: Attachment): OwnerRefusal | null {
    assert(attachment > ATTACHMENT_NONE, "an attachment has a number");
    const session = this.sessions.get(id);
    if (session === undefined) return "SESSION_EXPIRED";
    if (session.owner !== attachment) return "SESSION_MOVED";
    return session.isClosing ? "SESSION_EXPIRED" : null;
  }

  /**
   * At most `limit` sessions whose time is over, in the order of their deadlines: propose a close for each. A session
   * is handed out once and is closing from then on. Call it again when `nextDeadlineMs` has come, which may be
   * at once; do so in another turn, so that the living are heard in between (SE-16).
   *
   * A deadline is the first tick after the timeout has passed: never early, and late by at most a tick.
   */
  expired(nowMs: MonotonicMs, limit: number): SessionId[] {
    const due = this.queue.takeDue(Math.floor((nowMs - this.creditedMs) / this.tickMs), limit);
    for (const session of due) session.isClosing = true;
    return due.map((session) => session.id);
  }

  /** The client asked to close the session and the close is prepared: it cannot expire any more, nor do anything else. */
  closing(id: SessionId): void {
    const session = this.sessions.get(id);
    if (session === undefined) return;
    this.queue.remove(session);
    session.isClosing = true;
  }

  /** The close of a closing session was not proposed after all: the session lives on, with its full timeout. */
  reopen(id: SessionId, nowMs: MonotonicMs): void {
    const session = this.sessions.get(id);
    if (session === undefined) return;
    session.isClosing = false;
    this.touch(id, nowMs);
  }

  /**
   * Moves every deadline by `durationMs`, in which no session could be heard: the event loop stood still (design R8,
   * SE-07), or no quorum answered (SE-17). Call it before `expired` and before the touches that waited meanwhile.
   */
  credit(durationMs: number): void {
    assert(durationMs >= 0 && Number.isFinite(durationMs), "a credit is a span of time");
    this.creditedMs += durationMs;
  }

  /** When to call `expired` next: no session is due earlier, though possibly none is due then. Null without sessions. */
  nextDeadlineMs(): MonotonicMs | null {
    const tick = this.queue.firstTick;
    return tick === null ? null : ((tick * this.tickMs + this.creditedMs) as MonotonicMs);
  }

  /** When the sessions are due if nothing is heard of them, the first ones first; not those that are closing. For operators. */
  deadlines(): { readonly atMs: MonotonicMs; readonly ids: readonly SessionId[] }[] {
    const byTick = new Map<number, SessionId[]>();
    for (const { id, dueTick, isClosing } of this.sessions.values()) {
      if (isClosing) continue;
      const ids = byTick.get(dueTick);
      if (ids === undefined) byTick.set(dueTick, [id]);
      else ids.push(id);
    }
    return [...byTick]
      .sort(([one], [other]) => one - other)
      .map(([tick, ids]) => ({ atMs: (tick * this.tickMs + this.creditedMs) as MonotonicMs, ids }));
  }

  /** Rounded as ZooKeeper does (semantics 5.2). */
  private dueTick(timeoutMs: number, nowMs: MonotonicMs): number {
    return Math.floor((nowMs - this.creditedMs + timeoutMs) / this.tickMs) + 1;
  }
}

class TrackedSession implements Expiring<TrackedSession> {
  readonly id: SessionId;
  timeoutMs: number;
  /** Under this leader. With one, the timeout is what the client was told last. */
  owner: Attachment = ATTACHMENT_NONE;
  /** Handed out for expiry, or closed by its client; out of the queue. */
  isClosing = false;
  dueTick = 0;
  bucket: Expiring<TrackedSession>["bucket"] = null;
  previous: TrackedSession | null = null;
  next: TrackedSession | null = null;

  constructor(id: SessionId, timeoutMs: number) {
    this.id = id;
    this.timeoutMs = timeoutMs;
  }
}

export function createSessionTracker(options: SessionTrackerOptions): SessionTracker {
  return new SessionTracker(options);
}
