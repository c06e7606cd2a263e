import { AssertionError, type MonotonicMs, type PeerId, type SessionId, type WallTimeMs } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Attachment,
  ATTACHMENT_NONE,
  createSessionTracker,
  createTouchReport,
  nextAttachment,
  type SessionTouch,
  type SessionTracker,
} from "../src/index.ts";
import { MOVES_PER_DUE } from "../src/session/expiry-queue.ts";

const TICK_MS = 500;

const at = (ms: number): MonotonicMs => ms as MonotonicMs;
const session = (number: number): SessionId => BigInt(number) as SessionId;
const attachment = (number: number): Attachment => number as Attachment;
const [ONE, TWO, THREE] = [session(1), session(2), session(3)];

function trackerOf(timeoutsMs: readonly number[], nowMs: number = 0): SessionTracker {
  const sessions = timeoutsMs.map((timeoutMs, index) => ({ id: session(index + 1), timeoutMs }));
  return createSessionTracker({ tickMs: TICK_MS, sessions, nowMs: at(nowMs) });
}

describe("expiry", () => {
  it("comes at the first tick after the timeout: never early, at most one tick late", () => {
    const tracker = trackerOf([1_000]);
    expect(tracker.nextDeadlineMs()).toBe(1_500);
    expect(tracker.expired(at(1_499), 10)).toEqual([]);
    expect(tracker.expired(at(1_500), 10)).toEqual([ONE]);
    const later = trackerOf([1_000], 499);
    expect(later.nextDeadlineMs()).toBe(1_500);
  });

  it("is put off by a touch, and the shell's timer may come once in vain", () => {
    const tracker = trackerOf([1_000]);
    expect(tracker.touch(ONE, at(900))).toBe(true);
    expect(tracker.nextDeadlineMs()).toBe(1_500);
    expect(tracker.expired(at(1_500), 10)).toEqual([]);
    expect(tracker.nextDeadlineMs()).toBe(2_000);
    expect(tracker.expired(at(2_000), 10)).toEqual([ONE]);
  });

  it("goes by deadlines, not by the order of creation", () => {
    const tracker = trackerOf([3_000, 1_000, 2_000]);
    expect(tracker.expired(at(10_000), 10)).toEqual([TWO, THREE, ONE]);
  });

  it("hands a session out once, and no touch saves it then", () => {
    const tracker = trackerOf([1_000]);
    tracker.attach(ONE, attachment(1), 1_000, at(0));
    expect(tracker.expired(at(1_500), 10)).toEqual([ONE]);
    expect(tracker.touch(ONE, at(1_501))).toBe(false);
    tracker.touchAll([{ id: ONE, timeoutMs: 1_000 }], at(1_502));
    tracker.opened(ONE, 1_000, at(1_503));
    expect(tracker.attach(ONE, attachment(2), 1_000, at(1_504))).toBe("SESSION_EXPIRED");
    expect(tracker.checkOwner(ONE, attachment(1))).toBe("SESSION_EXPIRED");
    expect(tracker.expired(at(9_000), 10)).toEqual([]);
    expect([tracker.nextDeadlineMs(), tracker.size]).toEqual([null, 1]);
    tracker.closed(ONE);
    expect(tracker.size).toBe(0);
  });

  it("begins anew for a session whose close was not proposed after all", () => {
    const tracker = trackerOf([1_000]);
    tracker.attach(ONE, attachment(1), 1_000, at(0));
    expect(tracker.expired(at(1_500), 10)).toEqual([ONE]);
    expect(tracker.checkOwner(ONE, attachment(1))).toBe("SESSION_EXPIRED");
    tracker.reopen(ONE, at(2_000));
    expect(tracker.checkOwner(ONE, attachment(1))).toBe(null);
    expect(tracker.expired(at(3_499), 10)).toEqual([]);
    expect(tracker.expired(at(3_500), 10)).toEqual([ONE]);
  });

  it("is foretold by deadlines, the first ones first, and not for those that are closing", () => {
    const tracker = trackerOf([3_000, 1_000, 3_000, 2_000]);
    tracker.closing(session(4));
    tracker.credit(250);
    expect(tracker.deadlines()).toEqual([
      { atMs: 1_750, ids: [TWO] },
      { atMs: 3_750, ids: [ONE, THREE] },
    ]);
    tracker.touch(TWO, at(9_000));
    expect(tracker.deadlines().map(({ ids }) => ids)).toEqual([[ONE, THREE], [TWO]]);
    expect(trackerOf([]).deadlines()).toEqual([]);
  });

  it("does not concern a session that its client is closing or has closed", () => {
    const tracker = trackerOf([1_000, 1_000]);
    tracker.attach(ONE, attachment(1), 1_000, at(0));
    tracker.closing(ONE);
    tracker.closing(ONE);
    tracker.closed(TWO);
    expect(tracker.checkOwner(ONE, attachment(1))).toBe("SESSION_EXPIRED");
    expect(tracker.expired(at(9_000), 10)).toEqual([]);
    tracker.closed(ONE);
    for (const forget of [tracker.closing, tracker.closed]) forget.call(tracker, THREE);
    tracker.reopen(THREE, at(9_000));
    expect([tracker.size, tracker.nextDeadlineMs()]).toEqual([0, null]);
  });

  it("counts a new session from its prepare, and again from its txn", () => {
    const tracker = trackerOf([]);
    tracker.opened(ONE, 1_000, at(0));
    expect(tracker.attach(ONE, attachment(5), 1_000, at(0))).toBe(null);
    tracker.opened(ONE, 1_000, at(1_000));
    expect(tracker.checkOwner(ONE, attachment(5))).toBe(null);
    expect(tracker.expired(at(2_499), 10)).toEqual([]);
    expect(tracker.expired(at(2_500), 10)).toEqual([ONE]);
  });
});

describe("SE-03, SE-01: the owner of a session", () => {
  it("is the attachment that came last, and only it may write", () => {
    const tracker = trackerOf([4_000]);
    expect(tracker.attach(ONE, attachment(10), 4_000, at(0))).toBe(null);
    expect(tracker.checkOwner(ONE, attachment(10))).toBe(null);
    expect(tracker.attach(ONE, attachment(20), 4_000, at(1))).toBe(null);
    expect(tracker.checkOwner(ONE, attachment(10))).toBe("SESSION_MOVED");
    expect(tracker.checkOwner(ONE, attachment(20))).toBe(null);
  });

  it("goes by arrival, not by number: a late attachment wins, and its timeout counts", () => {
    const tracker = trackerOf([4_000]);
    tracker.attach(ONE, attachment(20), 4_000, at(0));
    expect(tracker.attach(ONE, attachment(10), 8_000, at(3_000))).toBe(null);
    expect(tracker.checkOwner(ONE, attachment(20))).toBe("SESSION_MOVED");
    expect(tracker.checkOwner(ONE, attachment(10))).toBe(null);
    expect(tracker.expired(at(11_000), 10)).toEqual([]);
    expect(tracker.expired(at(11_500), 10)).toEqual([ONE]);
  });

  it("is nobody under a new leader, until somebody attaches the session: asking is not enough", () => {
    const tracker = trackerOf([4_000]);
    expect(tracker.checkOwner(ONE, attachment(10))).toBe("SESSION_MOVED");
    expect(tracker.attach(ONE, attachment(11), 4_000, at(0))).toBe(null);
    expect(tracker.checkOwner(ONE, attachment(10))).toBe("SESSION_MOVED");
    expect(tracker.checkOwner(ONE, attachment(11))).toBe(null);
  });

  it("alone is told that the session is closing: what others are told is not about the owner's requests", () => {
    const tracker = trackerOf([4_000]);
    tracker.attach(ONE, attachment(10), 4_000, at(0));
    tracker.attach(ONE, attachment(20), 4_000, at(1));
    tracker.closing(ONE);
    expect(tracker.checkOwner(ONE, attachment(10))).toBe("SESSION_MOVED");
    expect(tracker.checkOwner(ONE, attachment(20))).toBe("SESSION_EXPIRED");
    tracker.reopen(ONE, at(2));
    expect(tracker.checkOwner(ONE, attachment(20))).toBe(null);
    tracker.closed(ONE);
    expect(tracker.checkOwner(ONE, attachment(10))).toBe("SESSION_EXPIRED");
  });

  it("may attach twice with one attachment", () => {
    const tracker = trackerOf([4_000]);
    expect(tracker.attach(ONE, attachment(10), 4_000, at(0))).toBe(null);
    expect(tracker.attach(ONE, attachment(10), 4_000, at(4_000))).toBe(null);
    expect(tracker.expired(at(4_500), 10)).toEqual([]);
  });

  it("is nobody for a session that does not exist", () => {
    const tracker = trackerOf([]);
    expect(tracker.touch(ONE, at(0))).toBe(false);
    expect(tracker.attach(ONE, attachment(1), 4_000, at(0))).toBe("SESSION_EXPIRED");
    expect(tracker.checkOwner(ONE, attachment(1))).toBe("SESSION_EXPIRED");
    expect(() => tracker.checkOwner(ONE, ATTACHMENT_NONE)).toThrow(AssertionError);
    expect(() => tracker.attach(ONE, ATTACHMENT_NONE, 4_000, at(0))).toThrow(AssertionError);
  });

  it("changes the timeout to what the client was told, shorter or longer", () => {
    const tracker = trackerOf([4_000, 4_000]);
    tracker.attach(ONE, attachment(1), 1_000, at(0));
    tracker.attach(TWO, attachment(1), 9_000, at(0));
    expect(tracker.nextDeadlineMs()).toBe(1_500);
    expect(tracker.expired(at(1_500), 10)).toEqual([ONE]);
    expect(tracker.expired(at(9_000), 10)).toEqual([]);
    expect(tracker.expired(at(9_500), 10)).toEqual([TWO]);
  });
});

describe("attachments", () => {
  const peer = (id: number): PeerId => id as PeerId;
  const wall = (ms: number): WallTimeMs => ms as WallTimeMs;

  it("are counted at each peer, and never meet another peer's, whatever the clock", () => {
    const clock = fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.double({ min: -1, max: 1e300, noNaN: true }));
    const event = fc.record({ peerId: fc.integer({ min: 1, max: 254 }), nowMs: clock });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 50, size: "max" }), (events) => {
        const last = new Map<number, Attachment>();
        const made = new Set<number>();
        for (const { peerId, nowMs } of events) {
          const previous = last.get(peerId) ?? ATTACHMENT_NONE;
          const next = nextAttachment(peer(peerId), previous, wall(nowMs));
          expect(next).toBeGreaterThan(previous);
          expect(made.has(next)).toBe(false);
          made.add(next);
          last.set(peerId, next);
        }
      }),
    );
  });

  it("begin elsewhere in the next life of a peer", () => {
    const lifeMs = 60_000;
    const first = nextAttachment(peer(1), ATTACHMENT_NONE, wall(1_700_000_000_000));
    const later = nextAttachment(peer(1), ATTACHMENT_NONE, wall(1_700_000_000_000 + lifeMs));
    expect(later).toBeGreaterThan(first);
  });
});

describe("SE-04: a client that only reads from a follower", () => {
  it("lives by the follower's reports", () => {
    const tracker = trackerOf([1_000, 1_000]);
    const report = createTouchReport();
    for (let nowMs = 250; nowMs <= 5_000; nowMs += 250) {
      report.touch(ONE, 1_000);
      tracker.touchAll(report.take(10), at(nowMs));
      tracker.closed(tracker.expired(at(nowMs), 10)[0] ?? THREE);
    }
    expect([tracker.size, tracker.touch(ONE, at(5_000)), tracker.touch(TWO, at(5_000))]).toEqual([1, true, false]);
  });

  it("keeps a timeout that only the follower knows, until somebody attaches the session here", () => {
    const tracker = trackerOf([1_000]);
    tracker.touchAll([{ id: ONE, timeoutMs: 6_000 }], at(0));
    expect(tracker.expired(at(6_000), 10)).toEqual([]);
    tracker.attach(ONE, attachment(4), 2_000, at(6_000));
    tracker.touchAll([{ id: ONE, timeoutMs: 6_000 }], at(6_000));
    expect(tracker.expired(at(8_500), 10)).toEqual([ONE]);
  });
});

describe("SE-05, SE-06, SE-17: a change of leaders", () => {
  it("gives every session its full timeout from the establishment", () => {
    const tracker = trackerOf([1_000, 2_000], 100_000);
    expect(tracker.expired(at(101_499), 10)).toEqual([]);
    expect(tracker.expired(at(101_500), 10)).toEqual([ONE]);
    expect(tracker.expired(at(102_500), 10)).toEqual([TWO]);
  });

  it("leaves what the old leader expires late without effect on the new one's memory", () => {
    const former = trackerOf([1_000]);
    const next = trackerOf([1_000], 60_000);
    expect(former.expired(at(60_001), 10)).toEqual([ONE]);
    expect(next.touch(ONE, at(60_900))).toBe(true);
    expect(next.expired(at(61_899), 10)).toEqual([]);
  });

  it("lets the clocks stand still while no quorum answers", () => {
    const tracker = trackerOf([1_000]);
    tracker.credit(30_000);
    expect(tracker.nextDeadlineMs()).toBe(31_500);
    expect(tracker.expired(at(31_499), 10)).toEqual([]);
    expect(tracker.expired(at(31_500), 10)).toEqual([ONE]);
  });
});

describe("SE-07: a stall of the event loop", () => {
  it("expires nobody whose heartbeat waits in the socket", () => {
    const tracker = trackerOf([1_000, 1_000]);
    // Blocked from 800 to 3,800; the timer comes first, then the socket.
    tracker.credit(3_000);
    expect(tracker.expired(at(3_800), 10)).toEqual([]);
    expect(tracker.touch(ONE, at(3_800))).toBe(true);
    expect(tracker.expired(at(4_500), 10)).toEqual([TWO]);
    expect(tracker.expired(at(4_999), 10)).toEqual([]);
    expect(tracker.expired(at(5_000), 10)).toEqual([ONE]);
  });

  it("is credited once: a touch after it counts from that touch", () => {
    const tracker = trackerOf([1_000]);
    tracker.credit(10_000);
    tracker.touch(ONE, at(10_100));
    expect(tracker.expired(at(11_500), 10)).toEqual([ONE]);
  });

  it("adds to the stalls before it, and is a span of time", () => {
    const tracker = trackerOf([1_000]);
    tracker.credit(2_000);
    tracker.credit(500);
    expect(tracker.expired(at(3_999), 10)).toEqual([]);
    expect(tracker.expired(at(4_000), 10)).toEqual([ONE]);
    expect(() => tracker.credit(-1)).toThrow(AssertionError);
    expect(() => tracker.credit(Number.NaN)).toThrow(AssertionError);
  });
});

describe("SE-16: mass expiry", () => {
  it("is handed out in pieces, and the living keep their sessions in between", () => {
    const tracker = trackerOf(Array.from({ length: 10_000 }, () => 1_000));
    const handedOut: SessionId[] = tracker.expired(at(1_500), 1_000);
    expect(handedOut.length).toBe(1_000);
    expect(tracker.nextDeadlineMs()).toBeLessThanOrEqual(1_500);
    // The last one's heartbeat arrives between two pieces.
    tracker.touch(session(10_000), at(1_500));
    while (tracker.nextDeadlineMs()! <= 1_500) handedOut.push(...tracker.expired(at(1_500), 1_000));
    expect(handedOut).toEqual(Array.from({ length: 9_999 }, (_, index) => session(index + 1)));
  });

  it("a call's work is bounded, also where all are alive", () => {
    const count = 1_000;
    const tracker = trackerOf(Array.from({ length: count }, () => 1_000));
    for (let number = 1; number <= count; number++) tracker.touch(session(number), at(1_000));
    let calls = 0;
    for (; tracker.nextDeadlineMs()! <= 1_500; calls++) expect(tracker.expired(at(1_500), 1)).toEqual([]);
    expect(calls).toBe(Math.ceil(count / MOVES_PER_DUE));
    expect(() => tracker.expired(at(1_500), 0)).toThrow(AssertionError);
  });
});

/** A session as one would keep it on paper: every rule is applied to it again each time. */
interface NaiveSession {
  timeoutMs: number;
  heardMs: number;
  isClosing: boolean;
}

class NaiveSessions {
  readonly all = new Map<number, NaiveSession>();

  hear(number: number, nowMs: number, timeoutMs?: number): void {
    const known = this.all.get(number);
    if (known === undefined || known.isClosing) return;
    known.heardMs = nowMs;
    known.timeoutMs = timeoutMs ?? known.timeoutMs;
  }

  credit(durationMs: number): void {
    for (const known of this.all.values()) known.heardMs += durationMs;
  }

  /** The moment after which the session is overdue, on the caller's clock. */
  overdueMs(number: number): number {
    const known = this.all.get(number)!;
    return known.heardMs + known.timeoutMs;
  }

  living(): number[] {
    return [...this.all].flatMap(([number, known]) => (known.isClosing ? [] : [number]));
  }
}

type Step =
  | { kind: "open" | "attach" | "report"; number: number; timeoutMs: number }
  | { kind: "touch" | "closing" | "closed" | "reopen"; number: number }
  | { kind: "advance" | "stall"; ms: number }
  | { kind: "expire"; limit: number };

const number = fc.integer({ min: 1, max: 40 });
const timeoutMs = fc.integer({ min: 1, max: 5_000 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("open" as const), number, timeoutMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("attach" as const), number, timeoutMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("report" as const), number, timeoutMs }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("touch" as const), number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("closing", "closed", "reopen"), number }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 1_500 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stall" as const), ms: fc.integer({ min: 0, max: 4_000 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("expire" as const), limit: fc.integer({ min: 1, max: 5 }) }) },
);

/** Plays steps on a tracker and on paper, and holds what is handed out against the paper. */
class Comparison {
  readonly tracker: SessionTracker;
  private readonly naive = new NaiveSessions();
  private readonly attached = new Set<number>();
  private readonly tickMs: number;
  private nowMs = 0;
  private attachments = 0;

  constructor(tickMs: number) {
    this.tickMs = tickMs;
    this.tracker = createSessionTracker({ tickMs, nowMs: at(0) });
  }

  play(step: Step): void {
    switch (step.kind) {
      case "open":
        if (!this.naive.all.has(step.number)) {
          this.naive.all.set(step.number, { timeoutMs: step.timeoutMs, heardMs: 0, isClosing: false });
        }
        this.naive.hear(step.number, this.nowMs);
        this.tracker.opened(session(step.number), step.timeoutMs, at(this.nowMs));
        break;
      case "attach":
        this.attach(step.number, step.timeoutMs);
        break;
      case "report":
        this.naive.hear(step.number, this.nowMs, this.attached.has(step.number) ? undefined : step.timeoutMs);
        this.tracker.touchAll([{ id: session(step.number), timeoutMs: step.timeoutMs }], at(this.nowMs));
        break;
      case "touch":
        this.naive.hear(step.number, this.nowMs);
        this.tracker.touch(session(step.number), at(this.nowMs));
        break;
      case "advance":
        this.nowMs += step.ms;
        break;
      case "stall":
        this.nowMs += step.ms;
        this.naive.credit(step.ms);
        this.tracker.credit(step.ms);
        break;
      case "expire":
        this.expire(step.limit);
        break;
      default:
        this.end(step.kind, step.number);
    }
    this.compare();
  }

  /** The shell's timer: expires until nothing is due. */
  drain(): void {
    let previousDeadlineMs = -Infinity;
    for (let next = this.tracker.nextDeadlineMs(); next !== null && next <= this.nowMs;) {
      for (const deadlineMs of this.expire(3)) {
        expect(deadlineMs).toBeGreaterThanOrEqual(previousDeadlineMs);
        previousDeadlineMs = deadlineMs;
      }
      next = this.tracker.nextDeadlineMs();
    }
    for (const living of this.naive.living()) {
      expect(this.naive.overdueMs(living) + this.tickMs, "at most one tick late").toBeGreaterThan(this.nowMs);
    }
  }

  /** The rounded deadlines of those who were handed out, up to what the credits shift all of them by. */
  private expire(limit: number): number[] {
    const handedOut = this.tracker.expired(at(this.nowMs), limit).map(Number);
    expect(handedOut.length).toBeLessThanOrEqual(limit);
    return handedOut.map((each) => {
      const known = this.naive.all.get(each);
      expect(known?.isClosing, "handed out once").toBe(false);
      known!.isClosing = true;
      expect(this.naive.overdueMs(each), "never early").toBeLessThan(this.nowMs);
      return Math.floor((this.naive.overdueMs(each) - this.credited()) / this.tickMs);
    });
  }

  private credited(): number {
    return (this.tracker as unknown as { creditedMs: number }).creditedMs;
  }

  private attach(each: number, told: number): void {
    const known = this.naive.all.get(each);
    const isAlive = known !== undefined && !known.isClosing;
    const refusal = this.tracker.attach(session(each), attachment((this.attachments += 1)), told, at(this.nowMs));
    expect(refusal).toBe(isAlive ? null : "SESSION_EXPIRED");
    if (isAlive) this.attached.add(each);
    this.naive.hear(each, this.nowMs, told);
  }

  private end(kind: "closing" | "closed" | "reopen", each: number): void {
    const known = this.naive.all.get(each);
    if (kind === "closing") this.tracker.closing(session(each));
    else if (kind === "closed") this.tracker.closed(session(each));
    else this.tracker.reopen(session(each), at(this.nowMs));
    if (known === undefined) return;
    known.isClosing = kind === "closing";
    if (kind === "reopen") this.naive.hear(each, this.nowMs);
    if (kind === "closed") {
      this.naive.all.delete(each);
      this.attached.delete(each);
    }
  }

  /** The timer is never set too late, and is set as long as anybody can expire. */
  private compare(): void {
    const living = this.naive.living();
    expect(this.tracker.size).toBe(this.naive.all.size);
    const next = this.tracker.nextDeadlineMs();
    expect(next === null).toBe(living.length === 0);
    const earliest = Math.min(...living.map((each) => this.naive.overdueMs(each)));
    if (next !== null) expect(next).toBeLessThanOrEqual(earliest + this.tickMs);
  }
}

describe("whatever happens to the sessions", () => {
  it("each expires once, in the order of deadlines, never early and at most one tick late", () => {
    const tick = fc.constantFrom(1, 7, 100, TICK_MS, 3_000);
    fc.assert(
      fc.property(tick, fc.array(anyStep, { maxLength: 120, size: "max" }), (tickMs, steps) => {
        const comparison = new Comparison(tickMs);
        for (const step of steps) {
          comparison.play(step);
          if (step.kind === "advance" && step.ms % 2 === 0) comparison.drain();
        }
        comparison.play({ kind: "advance", ms: 20_000 });
        comparison.drain();
        expect(comparison.tracker.nextDeadlineMs()).toBe(null);
      }),
      { numRuns: 300 },
    );
  });

  it("its buckets hold every waiting session once, and none is empty", () => {
    const touches = fc.array(fc.record({ id: number.map(session), timeoutMs }), { maxLength: 200, size: "max" });
    fc.assert(
      fc.property(touches, (all: SessionTouch[]) => {
        const tracker = createSessionTracker({ tickMs: 100, nowMs: at(0) });
        for (const [index, { id, timeoutMs: ms }] of all.entries()) {
          tracker.opened(id, ms, at(index * 10));
          if (index % 3 === 0) tracker.attach(id, attachment(index + 1), ms, at(index * 10));
          if (index % 5 === 0) tracker.closed(id);
        }
        const { buckets } = (tracker as unknown as { queue: { buckets: BucketView[] } }).queue;
        const members = buckets.map(({ first }) => membersFrom(first));
        expect(members.flat().length).toBe(tracker.size);
        expect(new Set(members.flat()).size).toBe(tracker.size);
        expect(members.every((each) => each.length > 0)).toBe(true);
        const ticks = buckets.map((bucket) => bucket.tick);
        expect(ticks).toEqual([...new Set(ticks)].toSorted((left, right) => left - right));
      }),
    );
  });
});

interface MemberView {
  readonly id: SessionId;
  readonly next: MemberView | null;
}

interface BucketView {
  readonly tick: number;
  readonly first: MemberView | null;
}

function membersFrom(first: MemberView | null): SessionId[] {
  const ids: SessionId[] = [];
  for (let member = first; member !== null; member = member.next) ids.push(member.id);
  return ids;
}
