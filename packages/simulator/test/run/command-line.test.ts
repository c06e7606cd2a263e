import { describe, expect, it } from "vitest";
import { parseCommand } from "../../src/run/command-line.ts";
import { replayCommand, traceFile } from "../../src/run/report.ts";

const DEFAULTS = { first: 77, jobs: 3 };
const parse = (text: string): ReturnType<typeof parseCommand> =>
  parseCommand(text.split(" ").filter(Boolean), DEFAULTS);

describe("the command line of the simulator", () => {
  it("runs a hundred seeds on all cores unless it is told otherwise", () => {
    expect(parse("")).toEqual({
      kind: "many",
      first: 77,
      seeds: 100,
      seconds: Infinity,
      jobs: 3,
      isShrinking: false,
      overrides: {},
    });
    expect(parse("--seeds 20 --first 0 --jobs 1 --shrink")).toMatchObject({ seeds: 20, first: 0, jobs: 1 });
    expect(parse("--seconds 5")).toMatchObject({ seeds: Infinity, seconds: 5 });
    expect(parse("--seconds 5 --seeds 9")).toMatchObject({ seeds: 9, seconds: 5 });
    expect(parse("--seconds nonsense --help")).toEqual({ kind: "help" });
  });

  it("understands the command that a failure is replayed with", () => {
    const overrides = { steps: 500, "faults.crash-at-effect": 0, "skip.12": 1, "limits.proposalsInFlightMax": 1 };
    const [, , , , ...args] = replayCommand(18, overrides).split(" ");
    expect(parse(args.join(" "))).toEqual({
      kind: "one",
      seed: 18,
      trace: traceFile(18),
      isShrinking: false,
      overrides,
    });
    expect(parse("--seed 0")).toMatchObject({ seed: 0, trace: null });
    expect(parse(`--seed ${Number.MAX_SAFE_INTEGER} voters=1 steps=1`)).toMatchObject({ kind: "one" });
  });

  const mistakes: readonly (readonly [args: string, says: RegExp])[] = [
    ["--seeds", /--seeds without a value.*integer in 1\.\./],
    ["--seeds 0", /--seeds 0: .*integer in 1\.\./],
    ["--seeds 1.5", /--seeds 1\.5/],
    ["--seeds 1e3", /--seeds 1e3/],
    ["--seeds -4", /--seeds -4/],
    ["--seeds many", /--seeds many/],
    ["--seeds --jobs 2", /--seeds --jobs/],
    ["--seeds=20", /seeds=20: no such option/],
    ["--seed", /--seed without a value/],
    ["--seed -1", /--seed -1: .*0\.\./],
    ["--seed 9007199254740992", /--seed 9007199254740992/],
    ["--first -1", /--first -1/],
    ["--first 9007199254740991", /begin lower/],
    ["--seconds 0", /--seconds 0/],
    ["--seconds Infinity", /--seconds Infinity/],
    ["--jobs 0", /--jobs 0/],
    ["--jobs 2.5", /--jobs 2\.5/],
    ["--trace", /--trace without a value/],
    ["--trace --shrink --seed 1", /--trace without a value/],
    ["--trace a.txt", /--seed S/],
    ["--trace a.txt --seeds 3", /--seed S/],
    ["--seed 1 --seeds 5", /leave out it or --seed/],
    ["--sede 5", /--sede: no such option/],
    ["5", /5: no such option/],
    ["seed=5", /say --seed 5/],
    ["steps=", /must be an integer/],
    ["steps=1-2", /steps=1-2: the value must be an integer/],
    ["steps=-1", /must be an integer/],
    ["steps=0", /steps=0: must be an integer in 1\.\./],
    ["steps=9999999999999999999999", /steps=.*must be an integer in/],
    ["voters=0", /voters=0: must be an integer in 1\.\./],
    ["voters=2.5", /voters=2\.5: the value must be an integer/],
    ["voters=NaN", /the value must be an integer/],
    ["voters=1000", /voters=1000: must be/],
    ["clients=0", /clients=0/],
    ["faults.earthquake=1", /there is no such option/],
    ["faults=1", /there is no such option/],
    ["constructor.length=1", /there is no such option/],
    ["__proto__.steps=1", /no such option/],
    ["skip.0=1", /there is no such option/],
    ["skip.3=2", /0\.\.1/],
    ["network.codecPercent=101", /0\.\.100/],
    ["timing.tickMs=0", /timing\.tickMs=0: must be/],
    ["limits.txnSizeMaxBytes=999999999", /must be an integer in 1\.\./],
    ["network.delayMinUs=9 network.delayMaxUs=8", /at most network\.delayMaxUs/],
    ["workload.mix.set=0 workload.mix.get=0", /nothing to do/],
  ];

  it.each(mistakes)("refuses %s", (args, says) => {
    const command = parse(args);
    expect(command.kind).toBe("mistake");
    const text = command.kind === "mistake" ? command.text : "";
    expect(text).toMatch(says);
    expect(text).not.toContain("\n");
  });
});
