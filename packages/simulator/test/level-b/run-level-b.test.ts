import { describe, expect, it } from "vitest";
import { parseLevelBCommand } from "../../src/level-b/run/level-b-command.ts";
import { levelBReplayCommand, reportLevelBRun } from "../../src/level-b/run/level-b-report.ts";
import { addLevelBRun, createLevelBTally } from "../../src/level-b/run/level-b-tally.ts";
import { runLevelB } from "../../src/level-b/run/run-level-b.ts";

const SEEDS = 30;
const FIRST = 1;

/** Small worlds: what they do not reach, a run of many seeds does. */
const SMALL = { faultTicks: 40, "workload.thinkMaxMs": 400 };
const DEFAULTS = { first: 77, jobs: 3 };

describe("the simulator with real peers", () => {
  it(`passes seeds ${FIRST} to ${FIRST + SEEDS - 1}`, async () => {
    const tally = createLevelBTally();
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const result = await runLevelB(seed, { overrides: SMALL });
      addLevelBRun(tally, result);
      expect(result.failure === null ? null : reportLevelBRun(result, SMALL)).toBe(null);
    }
    // They are worth something only if something happens in them.
    expect(tally.calls).toBeGreaterThan(SEEDS * 5);
    expect(tally.probes["histories checked"]).toBe(SEEDS);
    for (const kind of ["crash", "stop", "partition", "stall", "disk-error"])
      expect(tally.faults[kind]).toBeGreaterThan(0);
    for (const name of ["session suspended", "watch data-changed", "set: ok", "stopped by itself: STORE_FAILED"]) {
      expect(tally.probes[name]).toBeGreaterThan(0);
    }
  });

  it("refuses to run beside another run, which goes on as if nothing had been", async () => {
    const alone = await runLevelB(7, { overrides: SMALL });
    const first = runLevelB(7, { overrides: SMALL });
    await expect(runLevelB(8, { overrides: SMALL })).rejects.toThrow("another run guards the platform");
    expect((await first).traceHash).toBe(alone.traceHash);
  });

  it("runs a seed the same way twice, readable or not", async () => {
    const one = await runLevelB(7, { overrides: SMALL });
    const other = await runLevelB(7, { overrides: SMALL, isReadable: true });
    const another = await runLevelB(8, { overrides: SMALL });
    expect(other.traceHash).toBe(one.traceHash);
    expect(other.steps).toBe(one.steps);
    expect(another.traceHash).not.toBe(one.traceHash);
    expect(one.trace).toEqual([]);
    expect(other.trace.length).toBeGreaterThan(10);
  });

  it("refuses what is no option", async () => {
    await expect(runLevelB(1, { overrides: { "faults.flood": 1 } })).rejects.toThrow(RangeError);
    await expect(runLevelB(-1)).rejects.toThrow(RangeError);
  });
});

describe("the command line of level b", () => {
  it("understands the command that a failure is replayed with", () => {
    const overrides = { faultTicks: 50, "faults.crash": 0 };
    const [, , , , , , ...args] = levelBReplayCommand(18, overrides).split(" ");
    expect(parseLevelBCommand(args, DEFAULTS)).toEqual({
      kind: "one",
      seed: 18,
      trace: ".cache/sim-b-18.trace",
      workload: "calls",
      isShrinking: false,
      overrides,
    });
    expect(parseLevelBCommand(["--seeds", "20"], DEFAULTS)).toMatchObject({ kind: "many", first: 77, seeds: 20 });
  });

  it("says what cannot be run", () => {
    expect(parseLevelBCommand(["--shrink"], DEFAULTS)).toMatchObject({ kind: "mistake" });
    expect(parseLevelBCommand(["steps=500"], DEFAULTS)).toMatchObject({
      kind: "mistake",
      text: "there is no option steps",
    });
  });
});
