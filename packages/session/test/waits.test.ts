import fc from "fast-check";
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Deadlines, type Dated } from "../src/call/deadlines.ts";
import { codeOf, errorOf, scripted } from "./support/kit.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { wireStat } from "./support/scripted-channel.ts";

const DELETED = { kind: "delete" } as const;

describe("a deadline", () => {
  it("rejects at its time, and the late answer is nobody's", async () => {
    const { channel, clock, session } = scripted();
    const late = errorOf(session.delete("/late", { deadlineMs: 50 }));
    const intime = session.delete("/in-time", { deadlineMs: 100 });
    clock.advance(49);
    expect(channel.waitingCount).toBe(2);
    clock.advance(1);
    expect(await late).toMatchObject({ code: "OPERATION_TIMEOUT", path: "/late", outcome: "unknown" });
    channel.refuse("NO_NODE");
    channel.answer(DELETED);
    expect(await intime).toBeUndefined();
  });

  it("is the session's timeout unless the call or the session names one", async () => {
    const { channel, clock, session } = scripted();
    channel.timeoutMs = 6_000;
    const call = codeOf(session.sync());
    clock.advance(5_999);
    expect(clock.timerCount).toBe(1);
    clock.advance(1);
    expect(await call).toBe("OPERATION_TIMEOUT");
    const own = scripted({ deadlineMs: 20 });
    const ownCall = codeOf(own.session.sync());
    own.clock.advance(20);
    expect(await ownCall).toBe("OPERATION_TIMEOUT");
  });

  it("is 10 s before there is a timeout, and none for Infinity", async () => {
    const { channel, clock, session } = scripted();
    channel.timeoutMs = 0;
    const patient = session.sync({ deadlineMs: Infinity });
    const call = codeOf(session.sync());
    clock.advance(9_999);
    expect(clock.timerCount).toBe(1);
    clock.advance(1);
    expect(await call).toBe("OPERATION_TIMEOUT");
    clock.advance(2 ** 40);
    channel.answer({ kind: "sync", path: "/" });
    expect(await patient).toBeUndefined();
  });

  it("of more than a timer takes is waited for in pieces", async () => {
    const { clock, session } = scripted();
    const call = codeOf(session.sync({ deadlineMs: 2 ** 32 }));
    clock.advance(2 ** 32 - 1);
    expect(clock.timerCount).toBe(1);
    clock.advance(1);
    expect(await call).toBe("OPERATION_TIMEOUT");
  });

  it("that has passed sends nothing", async () => {
    const { channel, session } = scripted();
    expect(await codeOf(session.set("/a", "x", { deadlineMs: 0 }))).toBe("OPERATION_TIMEOUT");
    expect(await codeOf(session.transaction().commit({ deadlineMs: -5 }))).toBe("OPERATION_TIMEOUT");
    expect(await codeOf(session.watch("/a", { deadlineMs: 0 }))).toBe("OPERATION_TIMEOUT");
    expect(channel.sent).toEqual([]);
  });

  it("costs one timer, however many calls wait, and none when the session is over", async () => {
    const { channel, clock, session } = scripted();
    const calls = Array.from({ length: 100 }, (_, index) => session.delete("/a", { deadlineMs: 1_000 - index }));
    expect(clock.timerCount).toBe(1);
    for (const _ of calls) channel.answer(DELETED);
    await Promise.all(calls);
    channel.become("closed");
    expect(clock.timerCount).toBe(0);
  });

  it("expires in the order of the times, whatever was taken out before", () => {
    const scripts = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(scripts, (script) => {
        const clock = new ManualClock();
        const deadlines = new Deadlines(clock);
        const expired: number[] = [];
        const all = script.map(([dueMs]): Dated => {
          const dated: Dated = { dueMs, slot: -1, expired: () => void expired.push(dated.dueMs) };
          deadlines.add(dated);
          return dated;
        });
        script.forEach(([, isAnswered], index) => {
          if (isAnswered) deadlines.remove(all[index]!);
        });
        const left = script.filter(([, isAnswered]) => !isAnswered).map(([dueMs]) => dueMs);
        expect(deadlines.size).toBe(left.length);
        clock.advance(25);
        expect(expired).toEqual(left.filter((dueMs) => dueMs <= 25).toSorted((one, other) => one - other));
        clock.advance(25);
        expect(expired).toEqual(left.toSorted((one, other) => one - other));
        expect([deadlines.size, clock.timerCount]).toEqual([0, 0]);
      }),
      // What has to rise in the heap again is rare.
      { numRuns: 1_000 },
    );
  });
});

describe("a signal", () => {
  it("rejects at once with its reason, and the answer is nobody's", async () => {
    const { channel, session } = scripted();
    const controller = new AbortController();
    const { signal } = controller;
    const call = errorOf(session.create("/a", null, { signal }));
    const behind = session.delete("/b");
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await call).toMatchObject({ code: "ABORTED", path: "/a", cause: reason, outcome: "unknown" });
    channel.answer({ kind: "create2", path: "/a", stat: wireStat() });
    channel.answer(DELETED);
    expect(await behind).toBeUndefined();
  });

  it("that was aborted sends nothing", async () => {
    const { channel, session } = scripted();
    const signal = AbortSignal.abort();
    expect(await codeOf(session.get("/a", { signal, consistency: "linearizable" }))).toBe("ABORTED");
    expect(await codeOf(session.create("/a", null, { signal, parents: true }))).toBe("ABORTED");
    expect(await codeOf(session.transaction().delete("/a").commit({ signal }))).toBe("ABORTED");
    expect(await codeOf(session.addAuth("digest", "x", { signal }))).toBe("ABORTED");
    expect(await codeOf(session.watch("/a", { signal }))).toBe("ABORTED");
    expect(channel.sent).toEqual([]);
  });

  it("has no limit of listeners: each lock and cache of an application has its own", () => {
    const { session } = scripted();
    expect(session.getMaxListeners()).toBe(0);
  });

  it("has one listener for all calls, and none when they have settled, whatever way", async () => {
    const { channel, clock, session } = scripted();
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, "abort").length;
    const calls = Promise.allSettled([
      session.delete("/answered", { signal }),
      session.delete("/refused", { signal }),
      session.delete("/late", { signal, deadlineMs: 5 }),
    ]);
    expect(listeners()).toBe(1);
    channel.answer(DELETED);
    channel.refuse("NO_NODE");
    expect(listeners()).toBe(1);
    clock.advance(5);
    expect(listeners()).toBe(0);
    expect((await calls).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  });

  it("stays with a watch until that ends, whatever way", async () => {
    const { channel, session } = scripted();
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, "abort").length;
    const watching = session.watch("/a", { signal });
    const again = session.watch("/a", { signal, once: true });
    channel.answer({ kind: "addWatch", err: 0 });
    const [watch] = await Promise.all([watching, again]);
    expect(listeners()).toBe(1);
    channel.tell(3, "/a");
    await watch.close();
    expect(listeners()).toBe(0);
    const last = session.watch("/a", { signal });
    channel.refuse("CONNECTION_LOSS");
    channel.refuse("CONNECTION_LOSS");
    expect(await codeOf(last)).toBe("CONNECTION_LOSS");
    expect(listeners()).toBe(0);
  });
});
