import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Command, CreateOp } from "../model/command.ts";
import { sequenceArbitrary } from "../model/generator.ts";
import type { Observation } from "../model/observation.ts";
import { playSequence, type Step } from "../model/play-sequence.ts";
import { createReferenceTree } from "../model/reference-tree.ts";
import { ALLOWED_DIFFERENCES } from "./compare-observations.ts";
import { type DifferentialResult, REFERENCE_EXECUTOR, runDifferential } from "./differential.ts";
import { adaptSequence } from "./expressible.ts";

const OPEN_ACL = [{ perms: 31, scheme: "world", id: "anyone" }];
const OPEN: Command = { kind: "openSession", session: 0, timeoutMs: 10_000, auth: [], verifier: new Uint8Array(16) };
const CREATE: CreateOp = {
  kind: "create",
  path: "/a",
  data: new Uint8Array(3),
  acl: OPEN_ACL,
  flags: 1,
  ttlMs: -1,
  opcode: "create2",
};
const COMMANDS: readonly Command[] = [
  OPEN,
  { kind: "addWatch", session: 0, path: "/", mode: 1 },
  { ...CREATE, session: 0 },
  { kind: "setData", session: 0, path: "/a", data: null, version: -1 },
  { kind: "exists", session: 0, path: "/a", watch: false },
];

/** Compares the reference with itself, one side changed by `change`. */
function compareWith(change: (step: Step) => Observation): Promise<DifferentialResult> {
  const steps = playSequence(COMMANDS, createReferenceTree());
  const expected = [{ name: "the reference", executor: REFERENCE_EXECUTOR }];
  return runDifferential(steps, { expected, actual: { run: change } }, ALLOWED_DIFFERENCES);
}

/** Other session ids, another clock, and event zxids of -1: what may differ. */
function asElsewhere({ expected }: Step): Observation {
  const { reply } = expected;
  const events = expected.events.map((event) => ({ ...event, zxid: -1 }));
  if (!reply.ok) return { ...expected, events };
  const id = reply.sessionId === undefined ? {} : { sessionId: reply.sessionId + 7n };
  const { stat } = reply;
  if (stat === undefined) return { ...expected, events, reply: { ...reply, ...id } };
  const ephemeralOwner = stat.ephemeralOwner === 0n ? 0n : stat.ephemeralOwner + 7n;
  const elsewhere = { ...stat, ephemeralOwner, ctimeMs: stat.ctimeMs + 5, mtimeMs: stat.mtimeMs + 5 };
  return { ...expected, events, reply: { ...reply, ...id, stat: elsewhere } };
}

describe("the comparison", () => {
  it("does not see session ids, clocks and event zxids", async () => {
    const result = await compareWith(asElsewhere);
    expect(result).toEqual({ stepCount: COMMANDS.length, allowed: new Map(), difference: undefined });
  });

  const planted: readonly (readonly [string, number, (given: Observation) => Observation])[] = [
    ["a missing event", 2, (given) => ({ ...given, events: [] })],
    [
      "another event path",
      2,
      ({ events, ...given }) => ({ ...given, events: events.map((e) => ({ ...e, path: "/" })) }),
    ],
    ["another number of transactions", 4, (given) => ({ ...given, zxidCount: 1 })],
    ["another error", 3, (given) => ({ ...given, reply: { ok: false, error: "NO_NODE" } })],
    ["another version", 3, (given) => withStat(given, { version: 9 })],
    ["another mzxid", 3, (given) => withStat(given, { mzxid: 1 })],
    ["another owner", 4, (given) => withStat(given, { ephemeralOwner: 0n })],
    ["a time that belongs to another transaction", 4, (given) => withStat(given, { ctimeMs: 12 })],
  ];

  function withStat(given: Observation, fields: object): Observation {
    const { reply } = given;
    if (!reply.ok || reply.stat === undefined) throw new Error("this step has no Stat");
    return { ...given, reply: { ...reply, stat: { ...reply.stat, ...fields } } };
  }

  it.each(planted)("finds %s", async (_name, index, change) => {
    const { stepCount, difference } = await compareWith((step) =>
      step.index === index ? change(asElsewhere(step)) : asElsewhere(step),
    );
    expect(difference?.step.index).toBe(index);
    expect(stepCount).toBe(index + 1);
    expect(difference?.report).toContain(`#${index} `);
  });
});

describe("the adaptation to version 3.8", () => {
  it("leaves sequences alone that need none", () => {
    expect(adaptSequence(COMMANDS, "acls")).toEqual({ commands: COMMANDS, adaptations: new Map() });
  });

  it("counts what it leaves out or changes", () => {
    const { commands, adaptations } = adaptSequence(
      [
        { kind: "getData", session: 0, path: "/a", watch: false },
        OPEN,
        { ...CREATE, session: 0, opcode: "createTTL" },
        { kind: "multi", session: 0, ops: [CREATE, { ...CREATE, flags: 7 }] },
        { kind: "addWatch", session: 0, path: "/a", mode: 0 },
        { kind: "addWatch", session: 0, path: "/a", mode: 1 },
        { kind: "removeWatches", session: 0, path: "/a", type: 4 },
        { kind: "removeWatches", session: 0, path: "/a", type: 2 },
      ],
      "acls",
    );
    expect(commands).toEqual([
      OPEN,
      { kind: "multi", session: 0, ops: [{ ...CREATE, opcode: "create" }] },
      { kind: "addWatch", session: 0, path: "/a", mode: 0 },
    ]);
    expect(Object.fromEntries(adaptations)).toEqual({
      "session-not-open": 1,
      "create-flags-mismatch": 1,
      "create2-in-multi": 1,
      "illegal-flags-in-multi": 1,
      "second-watch-mode": 1,
      "watcher-type-4-5": 1,
      "watcher-type-1-2-of-persistent": 1,
    });
  });

  it("keeps most of what is generated", () => {
    const sequences = fc.sample(sequenceArbitrary({ withForeignAcls: false, withStaleSessions: false }), {
      seed: 1,
      numRuns: 50,
    });
    const given = sequences.flat().length;
    const kept = sequences.flatMap((commands) => adaptSequence(commands, "acls").commands).length;
    expect(kept / given).toBeGreaterThan(0.9);
  });
});
