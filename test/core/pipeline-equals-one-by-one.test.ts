import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CoreStateMachine, WriteRequest } from "../../packages/core/src/index.ts";
import type { Zxid } from "../../packages/interface/src/index.ts";
import { JuteReader, type MultiOp } from "../../packages/protocol/src/index.ts";
import { decodeTxn } from "../../packages/core/src/txn/txn-codec.ts";
import { type Scenario, scenarioArbitrary } from "../model/generator.ts";
import { bytesOf, codeOf, CoreBench, create, ephemeral, remove, setData } from "./core-kit.ts";
import { pokeMachine } from "./inspect.ts";
import { dumpState, freshMachine, type RecordedTxn, recordScenario } from "./record-scenario.ts";

const RUNS = process.env["COTERIE_TEST_LONG"] === "1" ? 3000 : 120;
const AHEAD_MAX = 50;

/**
 * A request prepared behind others that are not applied yet gives the bytes that it would give behind them applied.
 * Three differences are documented (semantics 2.1 to 2.3) and have examples of their own below: quotas are checked
 * against committed usage, so the property runs without enforcement; a parent's cversion that wraps shows only in the
 * pipeline, so it runs without counters at their ends; and a delete right behind the close of a session that owns the
 * last child, which `isBehindClose` recognises.
 */
const scenarios = scenarioArbitrary().map((scenario): Scenario => ({
  ...scenario,
  options: { ...scenario.options, enforceQuota: false },
}));

type Pipelined = { readonly zxid: Zxid; readonly bytes: Uint8Array };

/** Prepares and applies the requests of a recording anew, some ahead of the others. */
class Pipeline {
  /** Why the run ended early, if it did. */
  excuse: string | undefined;
  discarded = 0;
  private readonly txns: readonly RecordedTxn[];
  private readonly machine: CoreStateMachine;
  private readonly inFlight: Pipelined[] = [];
  private applied = 0;

  constructor(machine: CoreStateMachine, txns: readonly RecordedTxn[]) {
    this.machine = machine;
    this.txns = txns;
  }

  get isDone(): boolean {
    return this.excuse !== undefined || this.applied === this.txns.length;
  }

  fill(ahead: number): void {
    while (this.inFlight.length < ahead && this.excuse === undefined) {
      const txn = this.txns[this.applied + this.inFlight.length];
      if (txn === undefined) return;
      const bytes = this.machine.prepare(txn.request, txn.context);
      if (!isEqual(bytes, txn.bytes) && this.isBehindClose(txn.request, bytes)) this.excuse = "close";
      else expect(bytes).toEqual(txn.bytes);
      this.inFlight.push({ zxid: txn.zxid, bytes });
    }
  }

  apply(count: number): void {
    for (const { zxid, bytes } of this.inFlight.splice(0, count)) {
      if (this.isDone) return;
      const expected = this.txns[this.applied]!;
      this.applied += 1;
      const isLast = this.excuse !== undefined && this.inFlight.length === 0;
      if (isLast && !isEqual(bytes, expected.bytes)) return;
      expect(this.machine.apply(zxid, bytes).outcome).toEqual(expected.outcome);
      expect(this.machine.digest).toBe(expected.digest);
    }
  }

  /** Another peer leads for a while: nothing of what is in flight counts, and the log goes on without us. */
  discard(foreign: number): void {
    this.discarded += this.inFlight.length;
    this.inFlight.length = 0;
    this.machine.discardPrepared();
    const from = this.applied;
    for (const { zxid, bytes, digest } of this.txns.slice(from, from + foreign)) {
      this.machine.apply(zxid, bytes);
      expect(this.machine.digest).toBe(digest);
      this.applied += 1;
    }
  }

  private isBehindClose(request: WriteRequest, bytes: Uint8Array): boolean {
    const deletes = request.kind === "multi" ? request.ops.some(({ kind }) => kind === "delete") : true;
    const { txn } = decodeTxn(new JuteReader(bytes), bytes);
    const codes = txn.kind === "error" ? [txn.code, ...(txn.results ?? [])] : [];
    const closes = this.txns
      .slice(this.applied, this.applied + this.inFlight.length)
      .some(({ request: before }) => before.kind === "closeSession");
    return deletes && codes.includes("NOT_EMPTY") && closes;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** How many to have in flight, and then how many to apply. */
const strideArbitrary = fc.record({
  ahead: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: AHEAD_MAX })),
  apply: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(AHEAD_MAX)),
});
const stridesArbitrary = fc.array(strideArbitrary, { minLength: 1, maxLength: 12 });

describe("a pipeline of requests", () => {
  it(`gives the txns of one request at a time, on ${RUNS} sequences`, () => {
    let complete = 0;
    fc.assert(
      fc.property(scenarios, stridesArbitrary, (scenario, strides) => {
        const { txns, live } = recordScenario(scenario);
        const machine = freshMachine(scenario);
        const pipeline = new Pipeline(machine, txns);
        for (let turn = 0; !pipeline.isDone; turn++) {
          const { ahead, apply } = strides[turn % strides.length]!;
          pipeline.fill(ahead);
          // The last stride of each round applies something, or it would go on for ever.
          pipeline.apply(turn % strides.length === strides.length - 1 ? Math.max(1, apply) : apply);
        }
        if (pipeline.excuse !== undefined) return;
        complete += 1;
        expect(dumpState(machine)).toEqual(dumpState(live));
      }),
      { numRuns: RUNS },
    );
    expect(complete).toBeGreaterThan(RUNS / 2);
  });

  it(`leaves nothing behind when it is discarded, on ${RUNS} sequences`, () => {
    let discarded = 0;
    fc.assert(
      fc.property(scenarios, stridesArbitrary, (scenario, strides) => {
        const { txns, live } = recordScenario(scenario);
        const machine = freshMachine(scenario);
        const pipeline = new Pipeline(machine, txns);
        for (let turn = 0; !pipeline.isDone; turn++) {
          const { ahead, apply } = strides[turn % strides.length]!;
          pipeline.fill(ahead);
          if (turn % 2 === 0) pipeline.discard(turn % 3);
          else pipeline.apply(Math.max(1, apply));
        }
        discarded += pipeline.discarded;
        if (pipeline.excuse === undefined) expect(machine.digest).toBe(live.digest);
      }),
      { numRuns: RUNS },
    );
    expect(discarded).toBeGreaterThan(RUNS);
  });
});

describe("what differs in a pipeline", () => {
  it("answers NOT_EMPTY to the delete of a parent right behind the close that empties it", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    bench.commit(create("/p"));
    bench.commit(ephemeral("/p/e"), session);
    const close = bench.prepare({ kind: "closeSession", id: session.sessionId });
    const early = bench.prepare(remove("/p"));
    bench.apply(close);
    expect(codeOf(bench.apply(early).outcome)).toBe("NOT_EMPTY");
    expect(bench.code(remove("/p"))).toBe("OK");
  });

  it("checks quotas against committed usage", () => {
    const bench = new CoreBench({ enforceQuota: true });
    const limits = bytesOf("count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=2");
    for (const path of ["/a", "/zookeeper/quota/a"]) bench.commit(create(path));
    bench.commit(create("/zookeeper/quota/a/zookeeper_limits", limits));
    bench.commit(create("/zookeeper/quota/a/zookeeper_stats"));
    const both = [bench.prepare(create("/a/x")), bench.prepare(create("/a/y"))];
    expect(both.map((txn) => codeOf(bench.apply(txn).outcome))).toEqual(["OK", "OK"]);
    expect(bench.code(create("/a/z"))).toBe("QUOTA_EXCEEDED");
  });

  it("sees a parent's cversion wrapped, which a later request does not (CL-09)", () => {
    const bench = new CoreBench();
    bench.commit(create("/p"));
    pokeMachine(bench.machine, "/p", { cversion: 0x7fffffff });
    const three = [1, 2, 3].map(() => bench.prepare(create("/p/s", null, 2)));
    const paths = three.map((txn) => {
      const { outcome } = bench.apply(txn);
      return outcome.kind === "create" ? outcome.path : codeOf(outcome);
    });
    expect(paths).toEqual(["/p/s2147483647", "/p/s-2147483648", "/p/s-2147483647"]);
    expect(bench.code(create("/p/s", null, 2))).toBe("NODE_EXISTS");
  });
});

describe("dependent writes in flight together", () => {
  it("build on each other before any of them is applied", () => {
    const bench = new CoreBench();
    const opened = bench.prepare({ kind: "createSession", peerId: 9 as never, timeoutMs: 1, verifier: bytesOf("v") });
    const sessionId = BigInt.asIntN(64, (9n << 56n) | BigInt(opened.zxid)) as never;
    const asker = { sessionId, identities: [] };
    const txns = [
      opened,
      bench.prepare(create("/a"), asker),
      bench.prepare(create("/a/b", null, 3), asker),
      bench.prepare(remove("/a"), asker),
      bench.prepare({ kind: "setData", path: "/a", data: bytesOf("1"), version: 0 }, asker),
      bench.prepare({ kind: "setData", path: "/a", data: bytesOf("2"), version: 0 }, asker),
      bench.prepare({ kind: "setData", path: "/a", data: bytesOf("3"), version: 1 }, asker),
      bench.prepare(remove("/a/b0000000000"), asker),
      bench.prepare(ephemeral("/a"), asker),
      bench.prepare(remove("/a", 2), asker),
      bench.prepare(ephemeral("/a"), asker),
      bench.prepare(create("/a/b"), asker),
      bench.prepare({ kind: "closeSession", id: sessionId }, asker),
      bench.prepare(create("/c"), asker),
      bench.prepare(create("/a")),
    ];
    expect(txns.map((txn) => codeOf(bench.apply(txn).outcome))).toEqual([
      "OK",
      "OK",
      "OK",
      "NOT_EMPTY",
      "OK",
      "BAD_VERSION",
      "OK",
      "OK",
      "NODE_EXISTS",
      "OK",
      "OK",
      "NO_CHILDREN_FOR_EPHEMERALS",
      "OK",
      "SESSION_EXPIRED",
      "OK",
    ]);
    expect(bench.stat("/a")).toMatchObject({ ephemeralOwner: 0n, numChildren: 0 });
  });

  it("take back what a failing multi did, down to what was in flight before it", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    for (const path of ["/gone", "/kept"]) bench.commit(create(path));
    bench.commit(ephemeral("/mine"), session);
    const fails = (...ops: MultiOp[]): WriteRequest => ({ kind: "multi", ops: [...ops, remove("/missing")] });
    const txns = [
      bench.prepare(remove("/gone")),
      bench.prepare({ kind: "closeSession", id: session.sessionId }),
      bench.prepare(setData("/kept", bytesOf("1"))),
      bench.prepare(
        fails(create("/gone"), create("/gone/x"), create("/mine"), setData("/kept", null), remove("/kept")),
      ),
      bench.prepare(setData("/gone", null)),
      bench.prepare(setData("/mine", null)),
      bench.prepare(setData("/kept", bytesOf("2"), 1)),
      bench.prepare(fails(remove("/kept"), create("/kept"), create("/kept/x"))),
      bench.prepare(create("/kept/y")),
      bench.prepare(create("/gone", null, 2)),
    ];
    const codes = txns.map((txn) => codeOf(bench.apply(txn).outcome));
    expect(codes).toEqual(["OK", "OK", "OK", "NO_NODE", "NO_NODE", "NO_NODE", "OK", "NO_NODE", "OK", "OK"]);
    expect(bench.children("/")).toEqual(["zookeeper", "kept", "gone0000000003"]);
  });
});
