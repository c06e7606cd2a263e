import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CoreStateMachine, Restore } from "../../packages/core/src/index.ts";
import {
  AssertionError,
  CoterieError,
  type RestoreTarget,
  SESSION_NONE,
  type SessionId,
  type WallTimeMs,
  type Zxid,
} from "../../packages/interface/src/index.ts";
import type { Txn } from "../../packages/core/src/txn/txn.ts";
import { encodeTxn } from "../../packages/core/src/txn/txn-codec.ts";
import { JuteWriter } from "../../packages/protocol/src/index.ts";
import { scenarioArbitrary } from "../model/generator.ts";
import { checkpointOf, restoreChain, type StoredCheckpoint } from "./checkpoint-taker.ts";
import { CoreBench, create, ephemeral } from "./core-kit.ts";
import { dumpState, recordScenario, withLargeData } from "./record-scenario.ts";

const IS_LONG = process.env["COTERIE_TEST_LONG"] === "1";
const RUNS = IS_LONG ? 20_000 : 400;

// Goal: bytes that are no checkpoint give CHECKPOINT_CORRUPT, bytes that are no txn give TXN_CORRUPT, and neither
// costs more than they account for.

/** One change of some bytes, as accidents make them. */
type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "set"; readonly at: number; readonly value: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "drop"; readonly at: number; readonly count: number };

const at = fc.nat({ max: 2 ** 20 });
const mutationArbitrary: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("flip"), at, bit: fc.nat({ max: 7 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("set"), at, value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut"), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("insert"), at, bytes: fc.uint8Array({ maxLength: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop"), at, count: fc.integer({ min: 1, max: 9 }) }) },
);

function mutated(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  const place = mutation.at % (bytes.length + 1);
  const head = bytes.slice(0, place);
  const rest = bytes.slice(place);
  switch (mutation.kind) {
    case "flip":
      if (rest.length > 0) rest[0]! ^= 1 << mutation.bit;
      return joined(head, rest);
    case "set":
      if (rest.length > 0) rest[0] = mutation.value;
      return joined(head, rest);
    case "cut":
      return head;
    case "insert":
      return joined(head, mutation.bytes, rest);
    case "drop":
      return joined(head, rest.slice(mutation.count));
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A restore that must end in the very state, or in CHECKPOINT_CORRUPT. */
function restoreOrRefuse(pages: readonly Uint8Array[], target: RestoreTarget): CoreStateMachine | undefined {
  try {
    const restore = new Restore();
    for (const page of pages) restore.addPage(page);
    return restore.finish(target);
  } catch (error) {
    if (!(error instanceof CoterieError) || error.code !== "CHECKPOINT_CORRUPT") throw error;
    return undefined;
  }
}

/** A tree with every kind of field: names beyond ASCII, large data, ACLs, sessions, owners, versions. */
function richCheckpoint(): { machine: CoreStateMachine; stored: StoredCheckpoint } {
  const bench = new CoreBench();
  const session = bench.openSession();
  const other = bench.openSession([], 200);
  bench.commit(create("/\ud7ff", new Uint8Array([1, 2, 3])));
  bench.commit(create("/\ud7ff/\u00a0\u0416", new Uint8Array(9)));
  bench.commit(ephemeral("/\ud7ff/e"), session);
  bench.commit(ephemeral("/f"), other);
  bench.commit({ kind: "createTTL", path: "/t", data: null, acl: [], flags: 5, ttlMs: 5 });
  bench.commit({ ...create("/r"), acl: [{ perms: 1, scheme: "ip", id: "::/1" }] });
  bench.commit({ kind: "setData", path: "/r", data: null, version: -1 });
  bench.commit({ kind: "delete", path: "/f", version: -1 });
  return { machine: bench.machine, stored: checkpointOf(bench.machine) };
}

describe("pages of a checkpoint that are not as they were written", () => {
  const rich = richCheckpoint();
  const page = rich.stored.pages[0]!;
  const expected = dumpState(rich.machine);

  function expectRefusedOrEqual(pages: readonly Uint8Array[]): boolean {
    const machine = restoreOrRefuse(pages, rich.stored.summary);
    if (machine === undefined) return false;
    expect(dumpState(machine)).toEqual(expected);
    // The digest covers what names say, not how a look-up finds them; a checkpoint of it must be whole again too.
    for (const { path } of expected.nodes) {
      const context = { sessionId: 0n as never, identities: [{ scheme: "super", id: "" }], watcher: 0 };
      expect([path, machine.read({ kind: "exists", path, watch: false }, context).kind]).toEqual([path, "exists"]);
    }
    const again = checkpointOf(machine);
    expect(dumpState(restoreChain([again], {}))).toEqual(expected);
    expect(new CoreBench({}, machine).code(create("/\ud7ff/new"))).toBe("OK");
    return true;
  }

  it("are seen in each bit", { timeout: 600_000 }, () => {
    const stride = IS_LONG ? 1 : 5;
    let harmless = 0;
    for (let bit = 0; bit < page.length * 8; bit += stride) {
      if (expectRefusedOrEqual([mutated(page, { kind: "flip", at: bit >> 3, bit: bit & 7 })])) harmless += 1;
    }
    // Some bits mean nothing: which of its ids a znode has, and flags that no field has.
    expect((harmless * stride) / (page.length * 8)).toBeLessThan(0.1);
  });

  it("are seen at every length", () => {
    for (let length = 0; length < page.length; length++)
      expect(expectRefusedOrEqual([page.slice(0, length)])).toBe(false);
  });

  it(`are seen in ${RUNS} combinations of changes`, () => {
    fc.assert(
      fc.property(fc.array(mutationArbitrary, { minLength: 1, maxLength: 4 }), (mutations) => {
        expectRefusedOrEqual([mutations.reduce(mutated, page)]);
      }),
      { numRuns: RUNS },
    );
  });

  it(`are seen when they are random bytes, ${RUNS} times`, () => {
    const { summary } = rich.stored;
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 3 }), (bodies) => {
        expect(restoreOrRefuse(bodies, summary)).toBeUndefined();
        expect(
          restoreOrRefuse(
            bodies.map((body) => joined(Uint8Array.of(1), body)),
            summary,
          ),
        ).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  it("are seen when one is missing; twice, or in another order, is the same state", () => {
    const scenarios = scenarioArbitrary({ piecesMax: 30 }).map(withLargeData);
    let several = 0;
    fc.assert(
      fc.property(scenarios, fc.nat(), fc.nat(), (scenario, drawn, other) => {
        const { live } = recordScenario(scenario);
        const { pages, summary } = checkpointOf(live);
        const dropped = pages.filter((_, index) => index !== drawn % pages.length);
        expect(restoreOrRefuse(dropped, summary)).toBeUndefined();
        const twice = [...pages, pages[drawn % pages.length]!];
        const moved = [pages[other % pages.length]!, ...twice.toReversed()];
        for (const order of [twice, moved]) {
          const machine = restoreOrRefuse(order, summary);
          expect(machine !== undefined && isDeepStrictEqual(dumpState(machine), dumpState(live))).toBe(true);
        }
        if (pages.length > 1) several += 1;
      }),
      { numRuns: IS_LONG ? 500 : 25 },
    );
    expect(several).toBeGreaterThan(0);
  });

  it("cost no more than they hold, whatever id they name", () => {
    const writer = new JuteWriter();
    writer.writeByte(1);
    for (const id of [1, 2 ** 30, 2 ** 29 + 7, 40_000_000]) {
      writer.writeByte(1);
      writer.writeByte(31);
      writer.writeInt(id);
      writer.writeInt(1);
      writer.writeBuffer(id === 1 ? new Uint8Array(0) : Uint8Array.of(0x61 + (id % 7)));
      writer.writeLong(0);
      writer.writeLong(0);
      writer.writeInt(0);
      if (id === 1) writer.writeInt(-1);
      writer.writeInt(-1);
    }
    const before = process.memoryUsage();
    expect(restoreOrRefuse([writer.copy()], { zxid: 1 as Zxid, digest: "0".repeat(16) })).toBeUndefined();
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 2 ** 20);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(256 * 2 ** 20);
  });
});

describe("bytes that are no txn", () => {
  /** The error, unless the bytes made a txn; state and zxid must then be as they were. */
  function applyOrRefuse(
    machine: CoreStateMachine,
    zxid: number,
    bytes: Uint8Array,
  ): "applied" | "assertion" | "corrupt" {
    const before = { digest: machine.digest, zxid: machine.lastAppliedZxid };
    try {
      machine.apply(zxid as Zxid, bytes);
      return "applied";
    } catch (error) {
      if (error instanceof AssertionError) return "assertion";
      if (!(error instanceof CoterieError) || error.code !== "TXN_CORRUPT") throw error;
      expect({ digest: machine.digest, zxid: machine.lastAppliedZxid }).toEqual(before);
      return "corrupt";
    }
  }

  it(`change nothing: ${RUNS} random ones`, () => {
    const machine = new CoreBench().machine;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(applyOrRefuse(machine, 1, bytes)).toBe("corrupt");
      }),
      { numRuns: RUNS },
    );
  });

  it("change nothing: every prefix and every extension of real ones", () => {
    fc.assert(
      fc.property(
        scenarioArbitrary({ piecesMax: 10 }),
        fc.uint8Array({ minLength: 1, maxLength: 5 }),
        (scenario, more) => {
          const { txns } = recordScenario(scenario);
          const machine = new CoreBench().machine;
          for (const { bytes } of txns) {
            for (let length = 0; length < bytes.length; length += 1 + (length >> 4)) {
              expect(applyOrRefuse(machine, 1, bytes.slice(0, length))).toBe("corrupt");
            }
            expect(applyOrRefuse(machine, 1, joined(bytes, more))).toBe("corrupt");
          }
        },
      ),
      { numRuns: IS_LONG ? 500 : 15 },
    );
  });

  it("that name no place for a znode, or do not fit the state, fail an assertion and change nothing", () => {
    const id = BigInt.asIntN(64, (1n << 56n) | BigInt(2 ** 32 + 1)) as SessionId;
    const createAt = (path: string, owner: bigint): Txn => ({
      kind: "create",
      path,
      data: null,
      acl: [],
      parentCversion: 9,
      owner,
    });
    const misfits: readonly Txn[] = [
      ...["", "/", "x", "/a/", "/missing/x", "a/b"].map((path) => createAt(path, 0n)),
      createAt("/b", 7n),
      { kind: "delete", path: "/a" },
      { kind: "delete", path: "/missing" },
      { kind: "delete", path: "/" },
      { kind: "setData", path: "/missing", data: null, version: 1 },
      { kind: "setACL", path: "/missing", acl: [], aversion: 1 },
      { kind: "createSession", id, timeoutMs: 1, verifier: new Uint8Array(0) },
    ];
    for (const txn of misfits) {
      const bench = new CoreBench();
      const session = bench.openSession();
      expect(session.sessionId).toBe(id);
      bench.commit(create("/a"));
      bench.commit(ephemeral("/a/e"), session);
      const before = { state: dumpState(bench.machine), digest: bench.machine.digest };
      const writer = new JuteWriter();
      encodeTxn(writer, { sessionId: SESSION_NONE, cxid: 0, timeMs: 0 as WallTimeMs }, txn);
      expect([txn, applyOrRefuse(bench.machine, 2 ** 33, writer.copy())]).toEqual([txn, "assertion"]);
      expect({ state: dumpState(bench.machine), digest: bench.machine.digest }).toEqual(before);
      expect(bench.code(create("/a/b"))).toBe("OK");
    }
  });

  // A log entry carries checksums of its own; what decodes is taken for what prepare wrote. So a change that makes
  // another txn of it is applied, or fails an assertion because it does not fit the state: nothing else may come out.
  it(`that were changed give a txn, TXN_CORRUPT or an assertion, ${RUNS / 4} times`, () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(
        scenarioArbitrary({ piecesMax: 10 }),
        fc.nat(),
        fc.array(mutationArbitrary, { minLength: 1, maxLength: 2 }),
        (scenario, drawn, mutations) => {
          const { txns } = recordScenario(scenario);
          const victim = drawn % txns.length;
          const machine = new CoreBench().machine;
          for (const { zxid, bytes } of txns.slice(0, victim)) machine.apply(zxid, bytes);
          const { zxid, bytes } = txns[victim]!;
          const outcome = applyOrRefuse(machine, zxid, mutations.reduce(mutated, bytes));
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        },
      ),
      { numRuns: RUNS / 4 },
    );
    expect(outcomes.get("corrupt")).toBeGreaterThan(0);
    expect(outcomes.get("applied")).toBeGreaterThan(0);
  });
});
