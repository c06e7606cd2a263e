import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createMutex } from "@coterie/recipes";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createTestEnsemble, type TestEnsemble } from "../src/index.ts";

type Fakes = NonNullable<Parameters<typeof vi.useFakeTimers>[0]>;

afterEach(() => vi.useRealTimers());

/** What the kit promises, with nothing that is real but promises and this thread. */
async function use(ensemble: TestEnsemble): Promise<void> {
  const [session, other] = [await ensemble.openSession(1), await ensemble.openSession(2)];
  const client = await ensemble.connect();
  const hold = await createMutex(session, "/lock").acquire();
  const next = createMutex(other, "/lock").acquire({ deadlineMs: 50_000 });
  await ensemble.expire(session);
  expect(hold.signal.aborted).toBe(true);
  await (await next).release();
  ensemble.crash(3);
  await ensemble.restart(3);
  ensemble.partition([ensemble.leader()!]);
  await ensemble.advance(20_000);
  ensemble.heal();
  await ensemble.advance(5000);
  expect([1, 2, 3]).toContain(ensemble.leader());
  expect(await client.exists("/")).not.toBeNull();
}

const EVERYTHING: Fakes = {
  toFake: [
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "setImmediate",
    "clearImmediate",
    "Date",
    "performance",
    "queueMicrotask",
    "hrtime",
  ],
};

describe("with vitest's fake timers", () => {
  // Where it finds a fake queueMicrotask, a database of memory-level queues an opening that nobody needs.
  it.each<[string, Fakes, number]>([
    ["as they are by default", {}, 0],
    ["of everything but nextTick, which vitest has in threads alone", EVERYTHING, 3],
  ])("%s, enabled first: works, and sets no timer of theirs", async (_, fakes, queued) => {
    vi.useFakeTimers(fakes);
    const { setTimeout, setImmediate, performance, queueMicrotask } = globalThis;
    const ensemble = await createTestEnsemble();
    await use(ensemble);
    expect(vi.getTimerCount()).toBe(queued);
    await ensemble.stop();
    expect([vi.getTimerCount(), vi.isFakeTimers()]).toEqual([queued, true]);
    expect(globalThis).toMatchObject({ setTimeout, setImmediate, performance, queueMicrotask });
  });

  it("enabled in between, and given back again", async () => {
    const ensemble = await createTestEnsemble();
    const opening = ensemble.openSession();
    vi.useFakeTimers(EVERYTHING);
    const session = await opening;
    await session.create("/a");
    vi.useRealTimers();
    expect(await session.exists("/a")).not.toBeNull();
    await ensemble.stop();
  });

  it("has two times that have nothing to do with each other", async () => {
    vi.useFakeTimers();
    const ensemble = await createTestEnsemble({ sessionTimeoutMs: 4000 });
    const session = await ensemble.openSession();
    const beganMs = ensemble.clock.nowMs();
    let ran = 0;
    setTimeout(() => ran++, 1000);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([ran, ensemble.clock.nowMs() - beganMs, session.state]).toEqual([1, 0, "connected"]);
    setTimeout(() => ran++, 1000);
    await ensemble.advance(3_600_000 / 60);
    expect([ran, ensemble.clock.nowMs() - beganMs, session.state]).toEqual([1, 60_000, "connected"]);
    await ensemble.stop();
  });
});

// In a process of its own, on the packages as they are built.
it("with node:test's fake timers", async () => {
  const file = fileURLToPath(new URL("node-test/fake-timers.mjs", import.meta.url));
  const env = { ...process.env };
  // A runner that finds itself inside of another one reports to that one instead of to us.
  delete env["NODE_TEST_CONTEXT"];
  const args = ["--test", "--test-reporter=tap", file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const counts = [...stdout.matchAll(/^# (pass|fail|cancelled|skipped) (\d+)$/gm)].map(([, name, count]) => [
    name,
    count,
  ]);
  expect(Object.fromEntries(counts)).toEqual({ pass: "3", fail: "0", cancelled: "0", skipped: "0" });
});
