import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventQueue, type EventTarget } from "../../src/world/event-queue.ts";

const nobody: EventTarget = { handle: () => undefined };

describe("the event queue", () => {
  it("gives events by time, and at one time in the order in which they were scheduled", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const queue = new EventQueue();
        times.forEach((atUs, index) => queue.push(atUs, nobody, index, null, null));
        const given: { atUs: number; kind: number }[] = [];
        for (let event = queue.pop(); event !== undefined; event = queue.pop()) given.push(event);
        const expected = times.map((atUs, kind) => ({ atUs, kind })).toSorted((a, b) => a.atUs - b.atUs);
        expect(given.map(({ atUs, kind }) => ({ atUs, kind }))).toEqual(expected);
      }),
    );
  });

  it("keeps the order when events are taken out in between", () => {
    const queue = new EventQueue();
    queue.push(5, nobody, 0, null, null);
    queue.push(3, nobody, 1, null, null);
    expect(queue.pop()?.kind).toBe(1);
    queue.push(5, nobody, 2, null, null);
    queue.push(4, nobody, 3, null, null);
    expect([queue.pop()?.kind, queue.pop()?.kind, queue.pop()?.kind, queue.pop()]).toEqual([3, 0, 2, undefined]);
  });
});
