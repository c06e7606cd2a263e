import { describe, expect, it } from "vitest";
import { setDeadline } from "../src/stream/deadline.ts";
import { Ends } from "./ends.ts";
import { HeldClock } from "./held-clock.ts";

const LIMIT_MS = 1000;

function begun(): { clock: HeldClock; timer: { cancel(): void }; expired: () => number } {
  const clock = new HeldClock();
  let count = 0;
  const timer = setDeadline(clock, LIMIT_MS, () => count++);
  return { clock, timer, expired: () => count };
}

describe("a deadline", () => {
  it("comes once, when its time is over and not before", async () => {
    const { clock, expired } = begun();
    await clock.advance(LIMIT_MS - 1);
    expect(expired()).toBe(0);
    await clock.advance(1);
    expect([expired(), clock.timerCount]).toEqual([1, 0]);
    await clock.advance(10 * LIMIT_MS);
    expect(expired()).toBe(1);
  });

  it("that is cancelled at any time does not come", async () => {
    for (const passedMs of [0, 1, LIMIT_MS / 2, LIMIT_MS - 1]) {
      const { clock, timer, expired } = begun();
      await clock.advance(passedMs);
      timer.cancel();
      await clock.advance(10 * LIMIT_MS);
      expect([expired(), clock.timerCount]).toEqual([0, 0]);
    }
  });

  it("is cancelled also in the turn before it comes", async () => {
    const { clock, timer, expired } = begun();
    await clock.advance(LIMIT_MS - 1);
    const passing = clock.advance(1);
    timer.cancel();
    await passing;
    expect(expired()).toBe(0);
  });

  it("comes no sooner for a time in which everything stood still, however long that was (R8)", async () => {
    const { clock, expired } = begun();
    await clock.advance(LIMIT_MS / 2);
    clock.jump(100 * LIMIT_MS);
    // One step of the time is over; the rest is still to come.
    await clock.advance(LIMIT_MS * 0.4);
    expect(expired()).toBe(0);
    await clock.advance(LIMIT_MS * 0.1);
    expect(expired()).toBe(1);
  });
});

it("a close takes its time where the machine stood still meanwhile: what was sent arrives", async () => {
  const ends = new Ends();
  const clock = new HeldClock();
  const { transport, listener, porter } = await ends.listen(
    { clock, limits: { closeTimeoutMs: LIMIT_MS } },
    { frameSizeMaxBytes: 1_000_000 },
  );
  const { near, heard } = ends.dial(transport, listener.address);
  await heard.untilOpened();
  const { connection, recorder } = await porter.at(0);
  connection.pause();
  // More than operating systems keep: a batch is stuck on its way.
  for (let sent = 0; sent < 64; sent++) near.send(new Uint8Array(1_000_000));
  near.close();
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(near.sendQueueBytes).toBeGreaterThan(0);
  connection.resume();
  clock.jump(10 * LIMIT_MS);
  await clock.advance(0);
  await Promise.all([recorder.untilClosed(), heard.untilClosed()]);
  expect(recorder.frames.length).toBe(64);
  await ends.close();
});
