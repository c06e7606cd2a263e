import { AssertionError } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReadBarrier, type Outstanding, type ReadBarrier, SESSION_REQUESTS_MAX } from "../src/index.ts";

const create = (requestsMax?: number): ReadBarrier<number, string> =>
  createReadBarrier<number, string>(requestsMax === undefined ? {} : { requestsMax });

describe("a read", () => {
  it("is answered at once if no write of its session is on its way", () => {
    const barrier = create();
    expect([barrier.enqueueRead("a"), barrier.enqueueRead("b"), barrier.size]).toEqual(["now", "now", 0]);
  });

  it("waits for the earlier writes of its session, not for the later ones", () => {
    const barrier = create();
    expect(barrier.enqueueWrite(1)).toBe("queued");
    expect(barrier.enqueueWrite(2)).toBe("queued");
    expect(barrier.enqueueRead("after 2")).toBe("later");
    expect(barrier.enqueueWrite(3)).toBe("queued");
    expect(barrier.enqueueRead("after 3")).toBe("later");
    expect(barrier.applied(1)).toEqual([]);
    expect(barrier.applied(2)).toEqual(["after 2"]);
    expect(barrier.applied(3)).toEqual(["after 3"]);
    expect(barrier.size).toBe(0);
  });

  it("waits behind the reads that wait already, in their order", () => {
    const barrier = create();
    barrier.enqueueWrite(1);
    expect(["a", "b", "c"].map((read) => barrier.enqueueRead(read))).toEqual(["later", "later", "later"]);
    expect(barrier.applied(1)).toEqual(["a", "b", "c"]);
    expect(barrier.enqueueRead("d")).toBe("now");
  });

  it("does not wait for another session", () => {
    const [mine, other] = [create(), create()];
    other.enqueueWrite(1);
    expect(mine.enqueueRead("a")).toBe("now");
    expect(other.enqueueRead("b")).toBe("later");
  });
});

describe("a write", () => {
  it("is the next to come in the order in which the session sent it, failed ones included", () => {
    const barrier = create();
    expect(barrier.nextWrite).toBe(null);
    for (const write of [1, 2]) barrier.enqueueWrite(write);
    expect(barrier.nextWrite).toBe(1);
    expect(() => barrier.applied(2)).toThrow(AssertionError);
    expect([barrier.nextWrite, barrier.size]).toEqual([1, 2]);
    barrier.applied(1);
    expect(barrier.nextWrite).toBe(2);
    barrier.applied(2);
    expect(() => barrier.applied(2)).toThrow(AssertionError);
  });
});

describe("the barrier", () => {
  it("refuses what it has no room for, and takes it later", () => {
    const barrier = create(2);
    barrier.enqueueWrite(1);
    expect(barrier.isFull).toBe(false);
    barrier.enqueueRead("a");
    expect([barrier.isFull, barrier.enqueueRead("b"), barrier.enqueueWrite(2), barrier.size]).toEqual([
      true,
      "full",
      "full",
      2,
    ]);
    expect(barrier.applied(1)).toEqual(["a"]);
    expect([barrier.isFull, barrier.enqueueRead("b"), barrier.enqueueWrite(2)]).toEqual([false, "now", "queued"]);
  });

  it("has room for the named number of requests unless told otherwise", () => {
    const barrier = create();
    for (let write = 0; write < SESSION_REQUESTS_MAX; write++) expect(barrier.enqueueWrite(write)).toBe("queued");
    expect(barrier.enqueueWrite(SESSION_REQUESTS_MAX)).toBe("full");
    expect(() => create(0)).toThrow(AssertionError);
  });

  it("gives back everything in the session's order when the leader is lost, and begins anew", () => {
    const barrier = create();
    barrier.enqueueWrite(1);
    barrier.enqueueRead("a");
    barrier.enqueueWrite(2);
    barrier.enqueueWrite(3);
    barrier.enqueueRead("b");
    barrier.applied(1);
    barrier.enqueueRead("c");
    expect(barrier.abandon()).toEqual([
      { kind: "write", write: 2 },
      { kind: "write", write: 3 },
      { kind: "read", read: "b" },
      { kind: "read", read: "c" },
    ]);
    expect([barrier.size, barrier.nextWrite, barrier.enqueueRead("d"), barrier.abandon()]).toEqual([
      0,
      null,
      "now",
      [],
    ]);
  });
});

type Step = "write" | "read" | "apply" | "abandon";

/** A session as a plain list of its unanswered requests. */
class NaiveSession {
  readonly waiting: Outstanding<number, string>[] = [];

  /** Whether the request stands where it may be answered, given that it comes last. */
  get isFree(): boolean {
    return !this.waiting.some((request) => request.kind === "write");
  }

  /** Answers the first write and the reads up to the next one. */
  apply(): { write: number; reads: string[] } | null {
    const first = this.waiting.shift();
    if (first?.kind !== "write") return null;
    const reads: string[] = [];
    while (this.waiting[0]?.kind === "read") {
      const next = this.waiting.shift();
      if (next?.kind === "read") reads.push(next.read);
    }
    return { write: first.write, reads };
  }
}

describe("whatever a session does", () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant<Step>("write") },
      { weight: 6, arbitrary: fc.constant<Step>("read") },
      { weight: 4, arbitrary: fc.constant<Step>("apply") },
      { weight: 1, arbitrary: fc.constant<Step>("abandon") },
    ),
    { maxLength: 80, size: "max" },
  );

  it("its requests are answered in its order, each once, and as soon as the order allows", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (sequence, requestsMax) => {
        const barrier = create(requestsMax);
        const naive = new NaiveSession();
        let sent = 0;
        const answered: number[] = [];
        const applyNext = (): void => {
          const expected = naive.apply();
          expect(barrier.nextWrite).toBe(expected === null ? null : expected.write);
          if (expected === null) return;
          const reads = barrier.applied(expected.write);
          expect(reads).toEqual(expected.reads);
          answered.push(expected.write, ...reads.map(Number));
        };
        for (const step of sequence) {
          const isFull = naive.waiting.length >= requestsMax;
          if (step === "write") {
            expect(barrier.enqueueWrite(sent)).toBe(isFull ? "full" : "queued");
            if (!isFull) naive.waiting.push({ kind: "write", write: sent++ });
          } else if (step === "read") {
            expect(barrier.enqueueRead(String(sent))).toBe(naive.isFree ? "now" : isFull ? "full" : "later");
            if (naive.isFree) answered.push(sent++);
            else if (!isFull) naive.waiting.push({ kind: "read", read: String(sent++) });
          } else if (step === "apply") {
            applyNext();
          } else {
            const lost = barrier.abandon();
            expect(lost).toEqual(naive.waiting);
            answered.push(...lost.map((request) => (request.kind === "write" ? request.write : Number(request.read))));
            naive.waiting.length = 0;
          }
          expect([barrier.size, barrier.isFull]).toEqual([naive.waiting.length, naive.waiting.length >= requestsMax]);
        }
        // No starvation: once the writes are through, nothing waits.
        while (barrier.nextWrite !== null) applyNext();
        expect(barrier.size).toBe(0);
        expect(answered).toEqual(Array.from({ length: sent }, (_, request) => request));
      }),
      { numRuns: 500 },
    );
  });
});
