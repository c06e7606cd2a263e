import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStateMachine } from "../../packages/core/src/index.ts";
import { type Scenario, scenarioArbitrary } from "../model/generator.ts";
import { machineOptions } from "./core-driver.ts";
import { dumpState, freshMachine, recordScenario } from "./record-scenario.ts";

const RUNS = process.env["COTERIE_TEST_LONG"] === "1" ? 3000 : 100;

/** What a peer that only hears the log makes of it: no watcher, no request, no session of its own. */
function replayAll(scenario: Scenario): void {
  const { txns, live } = recordScenario(scenario);
  const machine = freshMachine(scenario);
  for (const { zxid, bytes, bytesAtFirst, outcome, digest, context } of txns) {
    expect(bytes).toEqual(bytesAtFirst);
    const applied = machine.apply(zxid, bytes);
    expect(applied.outcome).toEqual(outcome);
    expect(applied.events).toEqual([]);
    expect(applied.header).toEqual({
      sessionId: context.sessionId,
      cxid: context.cxid,
      timeMs: context.timeMs,
    });
    expect(machine.digest).toBe(digest);
  }
  expect(machine.lastAppliedZxid).toBe(live.lastAppliedZxid);
  expect(dumpState(machine)).toEqual(dumpState(live));
  const { watchedPathCount: _paths, watcherCount: _watchers, bufferSizeBytes: _size, ...own } = machine.statistics;
  expect(live.statistics).toMatchObject(own);
}

describe("replay equals live", () => {
  it(`on ${RUNS} sequences, txn by txn, without watchers`, () => {
    fc.assert(fc.property(scenarioArbitrary({ withPokes: true }), replayAll), { numRuns: RUNS });
  });

  it("whatever key the path index has", () => {
    fc.assert(
      fc.property(scenarioArbitrary(), fc.integer(), fc.integer(), (scenario, k0, k1) => {
        const { txns, live } = recordScenario(scenario);
        const machine = createStateMachine({ ...machineOptions(scenario.options), hashKey: { k0, k1 } });
        for (const { zxid, bytes } of txns) machine.apply(zxid, bytes);
        expect(machine.digest).toBe(live.digest);
        expect(dumpState(machine)).toEqual(dumpState(live));
      }),
      { numRuns: RUNS / 2 },
    );
  });
});
