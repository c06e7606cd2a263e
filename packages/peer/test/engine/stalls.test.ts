import { expect, it } from "vitest";
import { beginsEngines } from "../support/engines.ts";

const begin = beginsEngines();

it("a leader that stood still tells how long, and expires nobody for it; who is silent afterwards, it does", async () => {
  const engines = begin({ voters: 1 });
  const stalls: number[] = [];
  const [peer] = await engines.startAll({ stalled: (durationMs) => stalls.push(durationMs) });
  const { tickMs } = engines.timing;
  const timeoutMs = 10 * tickMs;
  await peer!.open(timeoutMs);
  expect(peer!.engine.machine.statistics.sessionCount).toBe(1);
  expect(stalls).toEqual([]);
  // As one jump: no timer runs in between, as when the event loop is held.
  engines.clock.stall(50 * tickMs);
  await engines.pass(5);
  expect(stalls).toHaveLength(1);
  expect(stalls[0]).toBeGreaterThanOrEqual(50 * tickMs);
  expect(stalls[0]).toBeLessThan(52 * tickMs);
  expect(peer!.engine.machine.statistics.sessionCount).toBe(1);
  await engines.until("it has expired", () => peer!.engine.machine.statistics.sessionCount === 0);
  expect(peer!.handler.applieds.at(-1)).toMatchObject({
    header: { sessionId: 0n, cxid: 0 },
    outcome: { kind: "closeSession" },
  });
  expect(stalls).toHaveLength(1);
});

it("a wall clock that jumps ahead counts as a machine that slept; one that is set back as nothing", async () => {
  const engines = begin({ voters: 1 });
  const stalls: number[] = [];
  const [peer] = await engines.startAll({ stalled: (durationMs) => stalls.push(durationMs) });
  await peer!.open(10 * engines.timing.tickMs);
  engines.clock.setWallAhead(3_600_000);
  await engines.pass(4);
  expect(stalls).toHaveLength(1);
  expect(stalls[0]).toBeGreaterThan(3_599_000);
  engines.clock.setWallAhead(-3_600_000);
  await engines.pass(4);
  expect(stalls).toHaveLength(1);
  // What the monotonic clock has not counted moves no deadline.
  await engines.until("it has expired", () => peer!.engine.machine.statistics.sessionCount === 0);
  expect(engines.clock.nowMs()).toBeLessThan(60 * engines.timing.tickMs);
});

it("a stalled learner does not look for another leader, although it has heard nothing for long", async () => {
  const engines = begin();
  const peers = await engines.startAll();
  const { epoch } = engines.leader.engine.role;
  const rolesBefore = peers.map(({ handler }) => handler.roles.length);
  // All of them stand on one clock: a stall of the process.
  engines.clock.stall(10 * engines.timing.syncTicks * engines.timing.tickMs);
  await engines.pass(20);
  expect(engines.leader.engine.role.epoch).toBe(epoch);
  expect(peers.map(({ handler }) => handler.roles.length)).toEqual(rolesBefore);
});
