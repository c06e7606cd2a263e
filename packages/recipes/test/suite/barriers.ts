import { expect, it } from "vitest";
import { createBarrier, createCounter, createCronGuard, createDoubleBarrier, createLatch } from "../../src/index.ts";
import type { Given } from "./membership.ts";

const ADDS = 12;

/** What barriers and counters promise. */
export function testBarriers(given: () => Pick<Given, "root" | "sessions">): void {
  it("has a barrier hold everybody until it is removed", async () => {
    const { root, sessions } = given();
    const path = `${root}/gates/deploy`;
    const [one, ...others] = sessions;
    const barrier = createBarrier(one!, path);
    await barrier.set();
    await barrier.set();
    const passed: string[] = [];
    const waiting = others.map(async (session) => {
      await session.sync();
      await createBarrier(session, path).wait();
      passed.push("waited");
    });
    await Promise.all(others.map((session) => session.sync()));
    passed.push("removed");
    await barrier.remove();
    await barrier.remove();
    await Promise.all(waiting);
    expect(passed).toEqual(["removed", ...others.map(() => "waited")]);
    expect(await barrier.isSet()).toBe(false);
  });

  it.each(["text", "int64"] as const)("has a counter of format %s count each change once", async (format) => {
    const { root, sessions } = given();
    const path = `${root}/counters/${format}`;
    const added = await Promise.all(
      sessions.map(async (session) => {
        const counter = createCounter(session, path, { initial: 1_000, format });
        const adding = Array.from({ length: ADDS }, () => counter.add(1, { deadlineMs: 60_000 }));
        return Promise.all(adding);
      }),
    );
    const values = added.flat().toSorted((one, other) => one - other);
    expect(values).toEqual(Array.from({ length: sessions.length * ADDS }, (_, index) => 1_001 + index));
    const counter = createCounter(sessions[0]!, path, { format });
    expect(await counter.compareAndSet(1, 2)).toBe(false);
    expect(await counter.compareAndSet(1_000 + sessions.length * ADDS, 2)).toBe(true);
    expect(await counter.get()).toBe(2);
  });

  it("has a double barrier begin and end each round together, on one path", async () => {
    const { root, sessions } = given();
    const participants = sessions.length;
    const done: string[] = [];
    await Promise.all(
      sessions.map(async (session) => {
        const barrier = createDoubleBarrier(session, `${root}/rounds`, { participants });
        for (let round = 0; round < 3; round++) {
          done.push(`${round}: comes`);
          const entry = await barrier.enter({ deadlineMs: 60_000 });
          done.push(`${round}: is in`);
          await entry.leave({ deadlineMs: 60_000 });
        }
      }),
    );
    // Whatever the order within a step, nobody is in before all have come, nor comes again before all were in.
    const steps = [0, 1, 2].flatMap((round) =>
      ["comes", "is in"].flatMap((what) => sessions.map(() => `${round}: ${what}`)),
    );
    expect(done).toEqual(steps);
  });

  it("has a latch open when all have counted it down, each of them once", async () => {
    const { root, sessions } = given();
    const latches = sessions.map((session) => createLatch(session, `${root}/latches/one`, { count: sessions.length }));
    let counted = 0;
    const waiting = latches.map(async (latch) => {
      await latch.wait();
      return counted;
    });
    for (const [index, latch] of latches.entries()) {
      counted += 1;
      await latch.countDown({ id: `part-${index}` });
      await latch.countDown({ id: `part-${index}` });
    }
    expect(await Promise.all(waiting)).toEqual(sessions.map(() => sessions.length));
    await sessions[0]!.sync();
    expect(await latches[0]!.count()).toBe(0);
  });

  it("has a cron guard run each slot on one replica, one after another", async () => {
    const { root, sessions } = given();
    const ran: number[] = [];
    let inside = 0;
    const kinds = await Promise.all(
      sessions.map(async (session) => {
        const guard = createCronGuard(session, `${root}/cron`, { runs: "at-least-once" });
        const results: string[] = [];
        for (const slot of [1, 2, 3]) {
          const { kind } = await guard.run(slot, async (run) => {
            inside += 1;
            expect(inside).toBe(1);
            await run.guard(session.transaction()).check(root).commit();
            ran.push(slot);
            inside -= 1;
          });
          results.push(kind);
        }
        return results;
      }),
    );
    expect(ran).toEqual([1, 2, 3]);
    expect(kinds.flat().filter((kind) => kind === "ran")).toHaveLength(3);
    await sessions[0]!.sync();
    const last = await createCronGuard(sessions[0]!, `${root}/cron`).last();
    expect(last).toMatchObject({ slot: 3, outcome: "done" });
  });
}
