import { AssertionError, type SessionId } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTouchReport, type SessionTouch } from "../src/index.ts";

const session = (number: number): SessionId => BigInt(number) as SessionId;
const touchOf = (number: number, timeoutMs: number = 4_000): SessionTouch => ({ id: session(number), timeoutMs });

describe("SE-04: what a learner reports", () => {
  it("is each session that was touched since the last report, once", () => {
    const report = createTouchReport();
    for (const number of [1, 2, 1, 1]) report.touch(session(number), 4_000);
    expect(report.take(10)).toEqual([touchOf(1), touchOf(2)]);
    expect(report.take(10)).toEqual([]);
    report.touch(session(2), 4_000);
    expect(report.take(10)).toEqual([touchOf(2)]);
  });

  it("has the timeout of the last touch", () => {
    const report = createTouchReport();
    report.touch(session(1), 4_000);
    report.touch(session(1), 9_000);
    expect(report.take(10)).toEqual([touchOf(1, 9_000)]);
  });

  it("leaves out sessions that closed, and everything once the leader is gone", () => {
    const report = createTouchReport();
    for (const number of [1, 2, 3]) report.touch(session(number), 4_000);
    report.forget(session(2));
    report.forget(session(7));
    expect(report.size).toBe(2);
    report.clear();
    expect(report.take(10)).toEqual([]);
  });

  it("keeps what the frame has no room for, in its place", () => {
    const report = createTouchReport();
    for (const number of [1, 2, 3]) report.touch(session(number), 4_000);
    expect(report.take(2)).toEqual([touchOf(1), touchOf(2)]);
    for (const number of [1, 3]) report.touch(session(number), 5_000);
    expect(report.size).toBe(2);
    expect(report.take(2)).toEqual([touchOf(3, 5_000), touchOf(1, 5_000)]);
  });

  it("refuses a report with no room, and a timeout that was never negotiated", () => {
    const report = createTouchReport();
    expect(() => report.take(0)).toThrow(AssertionError);
    expect(() => report.touch(session(1), 0)).toThrow(AssertionError);
  });

  it("loses no touch and repeats none, whatever the room", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("touch"), number: fc.integer({ min: 1, max: 8 }) }),
      fc.record({ kind: fc.constant("take"), number: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constant("forget"), number: fc.integer({ min: 1, max: 8 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const report = createTouchReport();
        let waiting: number[] = [];
        for (const { kind, number } of steps) {
          if (kind === "touch") {
            report.touch(session(number), 4_000);
            if (!waiting.includes(number)) waiting.push(number);
          } else if (kind === "forget") {
            report.forget(session(number));
            waiting = waiting.filter((other) => other !== number);
          } else {
            expect(report.take(number)).toEqual(waiting.slice(0, number).map((each) => touchOf(each)));
            waiting = waiting.slice(number);
          }
          expect(report.size).toBe(waiting.length);
        }
      }),
    );
  });
});
