import { afterEach, describe, expect, it, vi } from "vitest";
import { Workload } from "../../src/client/workload.ts";
import { FAULT_KINDS } from "../../src/world/fault-kinds.ts";
import { type Invariant, Violation } from "../../src/invariants/invariant.ts";
import { runSeed } from "../../src/run/run-seed.ts";
import { addRun, createTally } from "../../src/run/tally.ts";

const SEEDS = 40;
const FIRST = 1;
/** A seed whose liveness phase goes on without one of its three voters. */
const SEED_HOLDS_DOWN = 2;

afterEach(() => vi.restoreAllMocks());

/** The `count`-th value that clients set is another one, as long as before. */
function alterValue(count: number): void {
  const next = Workload.prototype.next;
  let sets = 0;
  vi.spyOn(Workload.prototype, "next").mockImplementation(function (this: Workload) {
    const call = next.call(this);
    if (call.kind !== "set" || ++sets !== count) return call;
    return { ...call, data: "x".repeat(call.data.length) };
  });
}

describe("the simulator", () => {
  it(`passes seeds ${FIRST} to ${FIRST + SEEDS - 1}`, () => {
    const tally = createTally();
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const result = runSeed(seed);
      addRun(tally, result);
      const { failure } = result;
      expect(failure && `seed ${seed}, step ${failure.step}: ${failure.message}`).toBe(null);
    }
    // They are worth something only if something happens in them.
    expect(tally.steps).toBeGreaterThan(SEEDS * 2000);
    expect(tally.txns).toBeGreaterThan(SEEDS);
    for (const probe of ["sync by diff", "log repaired", "amnesiac readmitted", "own checkpoint taken (full)"]) {
      expect(tally.probes[probe]).toBeGreaterThan(0);
    }
  });

  it("runs a seed twice alike, with the text or without", () => {
    for (const seed of [3, 9, 15]) {
      const plain = runSeed(seed);
      const readable = runSeed(seed, { isReadable: true });
      expect(readable.traceHash).toBe(plain.traceHash);
      expect(readable.trace.length).toBeGreaterThan(plain.steps / 4);
      expect(plain.trace).toEqual([]);
    }
    expect(runSeed(3).traceHash).not.toBe(runSeed(4).traceHash);
  });

  it("has another hash if one value is another, though every event has its time and its kind", () => {
    const overrides = { voters: 3, clients: 2, steps: 1500, "workload.mix.set": 50, "workload.thinkMaxUs": 20_000 };
    const plain = runSeed(3, { overrides });
    alterValue(5);
    const altered = runSeed(3, { overrides });
    expect(altered.operations).toBe(plain.operations);
    expect([altered.failure, altered.steps, altered.txns]).toEqual([null, plain.steps, plain.txns]);
    expect(altered.traceHash).not.toBe(plain.traceHash);
  });

  it("lets clients go for good, and their sessions end", () => {
    const often = { "faults.client-gone": 30, faultIntervalUs: 100_000, "workload.mix.ephemeral": 30 };
    const gone = { voters: 3, clients: 4, steps: 4000, ...often };
    const { failure, faults, probes } = runSeed(7, { overrides: gone });
    expect(failure?.message ?? null).toBe(null);
    expect(faults.get("client-gone")).toBeGreaterThan(0);
    expect(probes.get("session expired")).toBeGreaterThan(0);
  });

  it("lets a learner catch up that gets one entry a read, while busy clients go on", () => {
    const tiny = {
      "limits.frameSizeTargetBytes": 64,
      "limits.historyWindowMax": 1,
      "limits.learnerInFlightMaxBytes": 256,
    };
    const busy = { clients: 6, "workload.thinkMaxUs": 2000, "workload.pipelineMax": 8 };
    const { failure, steps } = runSeed(41_921, { overrides: { ...tiny, ...busy, steps: 4000 } });
    expect(failure?.message ?? null).toBe(null);
    expect(steps).toBeGreaterThan(4000);
  });

  it("says where a rule was broken that breaks outside of any step", () => {
    const calm = Object.fromEntries(FAULT_KINDS.map((kind) => [`faults.${kind}`, 0]));
    const overrides = { ...calm, voters: 3, steps: 3000 };
    const kinds = new Set<string>();
    const planted: Invariant = {
      name: "planted",
      observe({ kind }) {
        kinds.add(kind);
        if (kind === "ended") throw new Violation("planted", "nobody may end");
      },
    };
    // Without faults peers go down only where the liveness phase holds some of them down.
    const { failure, steps, trace } = runSeed(SEED_HOLDS_DOWN, { overrides, invariants: [planted], isReadable: true });
    expect(kinds.has("delivered")).toBe(true);
    expect(failure).toMatchObject({ name: "Violation", message: "planted: nobody may end", where: "liveness" });
    expect(steps).toBe(3000);
    expect(trace.at(-1)).toContain("FAILURE in liveness");
  });

  it("takes overrides by their path and refuses unknown ones", () => {
    const { options } = runSeed(5, { overrides: { steps: 100, voters: 3, "faults.crash": 0 } });
    expect([options.steps, options.voters, options.faults.crash]).toEqual([100, 3, 0]);
    expect(() => runSeed(5, { overrides: { "faults.earthquake": 1 } })).toThrow(RangeError);
  });
});
