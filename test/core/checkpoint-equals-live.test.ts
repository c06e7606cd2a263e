import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CoreStateMachine } from "../../packages/core/src/index.ts";
import type { WallTimeMs } from "../../packages/interface/src/index.ts";
import { type Scenario, scenarioArbitrary } from "../model/generator.ts";
import { type CheckpointAction, CheckpointTaker, restoreChain, type StoredCheckpoint } from "./checkpoint-taker.ts";
import { machineOptions } from "./core-driver.ts";
import { stateOf } from "./inspect.ts";
import { dumpState, freshMachine, type RecordedTxn, recordScenario, withLargeData } from "./record-scenario.ts";

const IS_LONG = process.env["COTERIE_TEST_LONG"] === "1";
const RUNS = IS_LONG ? 2000 : 60;
const CUT_RUNS = IS_LONG ? 300 : 40;

/** The state, with what no dump of znodes shows: who is due for reaping sooner or later, and how many ACLs are held. */
function viewOf(machine: CoreStateMachine): ReturnType<typeof dumpState> & { due: string[]; aclCount: number } {
  const due = machine.dueForReaping(Number.MAX_SAFE_INTEGER as WallTimeMs, Number.POSITIVE_INFINITY).toSorted();
  return { ...dumpState(machine), due, aclCount: stateOf(machine).acls.size };
}

type StateView = ReturnType<typeof viewOf>;

/** The state after each number of txns, as a machine has it that does nothing but apply them. */
function statesOf(scenario: Scenario, txns: readonly RecordedTxn[]): StateView[] {
  const machine = freshMachine(scenario);
  const states = [viewOf(machine)];
  for (const { zxid, bytes } of txns) {
    machine.apply(zxid, bytes);
    states.push(viewOf(machine));
  }
  return states;
}

const scenarios = fc.oneof(
  { weight: 2, arbitrary: scenarioArbitrary({ withPokes: true, piecesMax: 30 }).map(withLargeData) },
  { weight: 1, arbitrary: scenarioArbitrary({ withPokes: true }) },
);

/** Long waits and sudden ends among single steps; `begin` often enough that deltas follow each other. */
const actionArbitrary: fc.Arbitrary<CheckpointAction> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<CheckpointAction>("begin") },
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 2, arbitrary: fc.constant<CheckpointAction>("finish") },
  { weight: 1, arbitrary: fc.constantFrom<CheckpointAction>("abandon", "beginFull") },
);
const scriptArbitrary = fc.array(actionArbitrary, { minLength: 1, maxLength: 40 });

/** Of a restored machine: a delta for every dozen txns. */
const SPARSE: readonly CheckpointAction[] = ["begin", 1, 0, 1, "finish", 0, 0, 0, 0, 0, 0, 0];

/** What holds a checkpoint against the state it claims to be, and the rest of the log. */
class CheckpointJudge {
  private readonly scenario: Scenario;
  private readonly txns: readonly RecordedTxn[];
  private readonly states: readonly StateView[];

  constructor(scenario: Scenario, txns: readonly RecordedTxn[]) {
    this.scenario = scenario;
    this.txns = txns;
    this.states = statesOf(scenario, txns);
  }

  /** How many txns the state at `zxid` holds. */
  countAt(zxid: number): number {
    return this.txns.findLastIndex((txn) => txn.zxid <= zxid) + 1;
  }

  /** Restores, and expects exactly the state of the last checkpoint's zxid. */
  restored(chain: readonly StoredCheckpoint[]): CoreStateMachine {
    const machine = restoreChain(chain, machineOptions(this.scenario.options));
    const { summary } = chain.at(-1)!;
    const state = this.states[this.countAt(summary.zxid)]!;
    expectState(machine, state);
    expect(machine.digest).toBe(summary.digest);
    expect(machine.statistics.znodeCount).toBe(summary.znodeCount);
    expect(machine.statistics.sessionCount).toBe(summary.sessionCount);
    expectConsistent(machine, state);
    return machine;
  }

  /** Applies the rest of the log to a restored machine, which takes checkpoints of its own meanwhile. */
  goOn(chain: readonly StoredCheckpoint[], script: readonly CheckpointAction[], depth: number): void {
    const machine = this.restored(chain);
    this.play(machine, new CheckpointTaker(machine, chain), this.countAt(chain.at(-1)!.summary.zxid), script, depth);
  }

  /** Applies the log from `from` on, doing one action of the script before each txn, over and over. */
  play(
    machine: CoreStateMachine,
    taker: CheckpointTaker,
    from: number,
    script: readonly CheckpointAction[],
    depth: number,
  ): void {
    for (let index = from; index <= this.txns.length; index++) {
      const done = taker.act(script[index % script.length]!);
      if (done !== undefined) {
        if (depth > 0) this.goOn(taker.chain, script.toReversed(), depth - 1);
        else this.restored(taker.chain);
      }
      const txn = this.txns[index];
      if (txn === undefined) break;
      expect(isDeepStrictEqual(machine.apply(txn.zxid, txn.bytes).outcome, txn.outcome)).toBe(true);
      expect(machine.digest).toBe(txn.digest);
    }
    expectState(machine, this.states.at(-1)!);
  }
}

/** Vitest's own comparison, slow with large data, only words the failure. */
function expectState(machine: CoreStateMachine, expected: StateView): void {
  const actual = viewOf(machine);
  if (isDeepStrictEqual(actual, expected)) return;
  expect(actual).toEqual(expected);
  throw new Error("two states differ in what toEqual does not see");
}

/** What no digest covers: look-ups, counters of descendants and of sizes, who owns what. */
function expectConsistent(machine: CoreStateMachine, { nodes, sessions }: StateView): void {
  const context = { sessionId: 0n as never, identities: [{ scheme: "super", id: "" }], watcher: 0 };
  for (const { path, data } of nodes) {
    const answer = machine.read({ kind: "getData", path, watch: false }, context);
    expect(answer.kind === "getData" && isDeepStrictEqual(answer.data, data)).toBe(true);
    const below = nodes.filter((node) => node.path.startsWith(path === "/" ? "/" : `${path}/`) && node.path !== "/");
    const number = machine.read({ kind: "getAllChildrenNumber", path }, context);
    expect(number).toEqual({ kind: "getAllChildrenNumber", totalNumber: below.length });
  }
  expect(machine.statistics.dataSizeBytes).toBe(nodes.reduce((sum, { data }) => sum + (data?.length ?? 0), 0));
  for (const { id } of sessions) {
    const owned = nodes.filter((node) => node.ephemeralOwner === id).map((node) => node.path);
    const answer = machine.read({ kind: "getEphemerals", prefixPath: null }, { ...context, sessionId: id as never });
    expect(answer.kind === "getEphemerals" && answer.ephemerals.toSorted()).toEqual(owned.toSorted());
  }
}

describe("checkpoint and replay equal live", () => {
  it(`on ${RUNS} sequences, written bit by bit between txns, deltas on deltas, some abandoned`, () => {
    fc.assert(
      fc.property(scenarios, scriptArbitrary, (scenario, script) => {
        const { txns } = recordScenario(scenario);
        const judge = new CheckpointJudge(scenario, txns);
        const machine = freshMachine(scenario);
        judge.play(machine, new CheckpointTaker(machine), 0, script, 1);
      }),
      { numRuns: RUNS },
    );
  });

  // The property would hold of checkpoints that never happen, too. A fixed seed, since a random one may draw none.
  it("on sequences that come to full checkpoints, to deltas, and to some of many pages", () => {
    const drawn = fc.sample(fc.tuple(scenarios, scriptArbitrary), { seed: 1, numRuns: 60 });
    const checkpoints = drawn.flatMap(([scenario, script]) => checkpointsOf(scenario, script));
    expect(new Set(checkpoints.map(({ summary }) => summary.kind))).toEqual(new Set(["full", "delta"]));
    expect(Math.max(...checkpoints.map(({ pages }) => pages.length))).toBeGreaterThan(2);
  });

  it(`at every cut of ${CUT_RUNS} short sequences, with every txn after it`, () => {
    const short = scenarioArbitrary({ withPokes: true, piecesMax: 8 }).map(withLargeData);
    fc.assert(
      fc.property(short, fc.integer({ min: 0, max: 2 }), (scenario, stepsBetween) => {
        const { txns } = recordScenario(scenario);
        const judge = new CheckpointJudge(scenario, txns);
        const machine = freshMachine(scenario);
        for (let cut = 0; cut <= txns.length; cut++) {
          judge.goOn(chainAt(machine, judge, txns, cut, stepsBetween), SPARSE, 0);
          const txn = txns[cut];
          if (txn !== undefined) machine.apply(txn.zxid, txn.bytes);
        }
      }),
      { numRuns: CUT_RUNS },
    );
  });
});

/** Every checkpoint that the script completes while the scenario goes by. */
function checkpointsOf(scenario: Scenario, script: readonly CheckpointAction[]): StoredCheckpoint[] {
  const machine = freshMachine(scenario);
  const taker = new CheckpointTaker(machine);
  return recordScenario(scenario).txns.flatMap(({ zxid, bytes }, index) => {
    const done = taker.act(script[index % script.length]!);
    machine.apply(zxid, bytes);
    return done === undefined ? [] : [done];
  });
}

/** The checkpoint of `machine` as it is, written by a copy of it while the rest of the log goes by. */
function chainAt(
  machine: CoreStateMachine,
  judge: CheckpointJudge,
  txns: readonly RecordedTxn[],
  cut: number,
  stepsBetween: number,
): StoredCheckpoint[] {
  const now = new CheckpointTaker(machine);
  now.act("beginFull");
  now.act("finish");
  const copy = judge.restored(now.chain);
  const taker = new CheckpointTaker(copy);
  taker.act("beginFull");
  for (const { zxid, bytes } of txns.slice(cut)) {
    copy.apply(zxid, bytes);
    if (taker.act(stepsBetween) !== undefined) break;
  }
  taker.act("finish");
  return taker.chain;
}
