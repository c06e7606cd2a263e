import { expect, it } from "vitest";
import { TIMING_DEDICATED, TIMING_EMBEDDED, type ZabTiming } from "../../src/index.ts";
import { Ensemble } from "../support/ensemble.ts";

/** Milliseconds of ticks from the loss of the leader, 3, until another one serves. */
function failoverMs(timing: ZabTiming, lose: (ensemble: Ensemble) => void): number {
  const ensemble = new Ensemble({ timing }).begin();
  ensemble.request(1, "a");
  ensemble.settle();
  ensemble.tick(7);
  lose(ensemble);
  for (let ticks = 0; ticks < 1000; ticks++) {
    ensemble.settle();
    const isReplaced = [1, 2].some((id) => {
      const { role } = ensemble.peer(id);
      return role?.state === "leading" && role.isServing;
    });
    if (isReplaced) return ticks * timing.tickMs;
    ensemble.tick();
  }
  throw new Error("nobody leads");
}

/** The leader's process is gone, and its machine closes its links. */
function crash(ensemble: Ensemble): void {
  ensemble.crash(3);
}

/** The leader's machine is gone: no link says so. */
function fallSilent(ensemble: Ensemble): void {
  for (const other of [1, 2]) {
    ensemble.lost.add(`3>${other}`);
    ensemble.lost.add(`${other}>3`);
  }
}

it("dedicated: three healthy peers replace a leader that crashes, with the end of its links, in well under 300 ms", () => {
  expect(failoverMs(TIMING_DEDICATED, crash)).toBeLessThanOrEqual(100);
});

it("dedicated: three healthy peers replace a leader that falls silent in under 300 ms", () => {
  expect(failoverMs(TIMING_DEDICATED, fallSilent)).toBeLessThanOrEqual(300);
});

it("embedded: the end of the links is enough; silence takes as long as an event loop may be blocked, and not much more", () => {
  expect(failoverMs(TIMING_EMBEDDED, crash)).toBeLessThanOrEqual(500);
  const ms = failoverMs(TIMING_EMBEDDED, fallSilent);
  expect(ms).toBeGreaterThan(2000);
  expect(ms).toBeLessThanOrEqual(5000);
});

it("embedded: a leader whose event loop is blocked for a second keeps its leadership (R8)", () => {
  const ensemble = new Ensemble({ timing: TIMING_EMBEDDED }).begin();
  for (let round = 0; round < 5; round++) {
    // Ten ticks of the others pass; what they say waits. Then one tick, after what has arrived, as R8 has it.
    for (let tick = 0; tick < 10; tick++) for (const id of [1, 2]) ensemble.tickOf(id);
    ensemble.settle();
    ensemble.tick(3);
    expect(ensemble.leader()?.id).toBe(3);
  }
  expect(ensemble.peer(3).zab.view().role.epoch).toBe(1);
});
