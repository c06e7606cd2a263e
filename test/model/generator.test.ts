import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, COMMAND_KINDS, isWrite } from "./command.ts";
import { describeSequence } from "./describe-sequence.ts";
import { scenarioArbitrary, sequenceArbitrary } from "./generator.ts";
import type { Observation } from "./observation.ts";
import { playSequence, type Step } from "./play-sequence.ts";
import { createReferenceTree } from "./reference-tree.ts";

const SEED = 20_240_229;

function tally<Key>(keys: Iterable<Key>): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** The reply's error, or those of the operations inside. */
function errorsOf({ reply }: Observation): string[] {
  if (!reply.ok) return [reply.error];
  return (reply.results ?? []).flatMap((result) => (result.ok ? [] : [result.error ?? "rolled back"]));
}

function hasSucceeded({ expected }: Step): boolean {
  return errorsOf(expected).length === 0;
}

describe("what 300 sequences of a fixed seed come to", () => {
  const scenarios = fc.sample(scenarioArbitrary(), { seed: SEED, numRuns: 300 });
  const steps = scenarios.flatMap(({ options, commands }) => [...playSequence(commands, createReferenceTree(options))]);
  const writes = steps.filter((step) => isWrite(step.command) && step.command.kind !== "openSession");

  it("has every kind of command, successful too", () => {
    expect(new Set(steps.map((step) => step.command.kind))).toEqual(new Set(COMMAND_KINDS));
    expect(new Set(steps.filter(hasSucceeded).map((step) => step.command.kind))).toEqual(new Set(COMMAND_KINDS));
  });

  it("has each of the common errors at least ten times", () => {
    const counts = tally(steps.flatMap((step) => errorsOf(step.expected)));
    const common = ["NO_NODE", "NODE_EXISTS", "NOT_EMPTY", "BAD_VERSION", "NO_AUTH", "BAD_ARGUMENTS", "INVALID_ACL"];
    const others = ["NO_CHILDREN_FOR_EPHEMERALS", "QUOTA_EXCEEDED", "SESSION_EXPIRED", "UNIMPLEMENTED", "NO_WATCHER"];
    const inner = ["RUNTIME_INCONSISTENCY", "rolled back", "MARSHALLING_ERROR"];
    const rare = [...common, ...others, ...inner].filter((code) => (counts.get(code) ?? 0) < 10);
    expect(rare).toEqual([]);
  });

  it("has more than 40% of its writes succeed, sessions opened not counted", () => {
    expect(writes.length).toBeGreaterThan(2000);
    expect(writes.filter(hasSucceeded).length / writes.length).toBeGreaterThan(0.4);
  });

  it("has multis of several operations that pass and multis that fail in the middle", () => {
    const multis = steps.filter((step) => step.command.kind === "multi" && step.command.ops.length >= 2);
    expect(multis.filter(hasSucceeded).length).toBeGreaterThan(20);
    const middle = multis.filter((step) => {
      const errors = errorsOf(step.expected);
      return errors.includes("rolled back") && errors.includes("RUNTIME_INCONSISTENCY");
    });
    expect(middle.length).toBeGreaterThan(20);
  });

  it("fires all four events often, replays of setWatches included", () => {
    const events = steps.flatMap((step) => step.expected.events);
    const counts = tally(events.map((event) => event.type));
    const types = ["NodeCreated", "NodeDeleted", "NodeDataChanged", "NodeChildrenChanged"] as const;
    expect(types.filter((type) => (counts.get(type) ?? 0) <= 100)).toEqual([]);
    expect(events.filter((event) => event.zxid === -1).length).toBeGreaterThan(20);
  });

  it("reaps nodes and makes ephemerals go with their session", () => {
    const reaped = steps.filter((step) => step.command.kind === "reap" && step.expected.zxidCount > 0);
    expect(reaped.length).toBeGreaterThan(20);
    const closed = steps.filter((step) => step.command.kind === "closeSession" && step.expected.events.length > 0);
    expect(closed.length).toBeGreaterThan(5);
  });

  it("runs the same a second time", () => {
    const digests = scenarios.slice(0, 30).map(({ options, commands }) => {
      const trees = [createReferenceTree(options), createReferenceTree(options)] as const;
      const observations = trees.map((tree) => [...playSequence(commands, tree)]);
      expect(observations[0]).toEqual(observations[1]);
      expect(trees[0].dump()).toEqual(trees[1].dump());
      return trees[0].digest();
    });
    expect(new Set(digests).size).toBeGreaterThan(20);
  });
});

describe("the settings of the generator", () => {
  it("keeps to the kinds it is told", () => {
    const sequences = fc.sample(sequenceArbitrary({ kinds: ["create", "delete"] }), { seed: SEED, numRuns: 50 });
    const kinds = new Set(sequences.flat().map((command) => command.kind));
    expect(kinds).toEqual(new Set(["openSession", "create", "delete"]));
  });

  it("opens every session before its first command, once, and leaves no picked path", () => {
    fc.assert(
      fc.property(sequenceArbitrary({ withStaleSessions: false }), (commands) => {
        const open = new Set<number>();
        for (const command of commands) {
          if (command.kind === "reap" || command.kind === "advanceTime") continue;
          expect(open.has(command.session)).toBe(command.kind !== "openSession");
          if (command.kind === "closeSession") open.delete(command.session);
          else open.add(command.session);
          if ("path" in command) expect(command.path).not.toMatch(/^[?!]/);
        }
      }),
      { numRuns: 100, seed: SEED },
    );
  });

  it("knows no x509 and no IPv6 when told so", () => {
    const sequences = fc.sample(sequenceArbitrary({ withForeignAcls: false }), { seed: SEED, numRuns: 100 });
    const text = JSON.stringify(sequences, (_, value: unknown) => (value instanceof Uint8Array ? value.length : value));
    expect(/x509|fe80:/.test(text)).toBe(false);
    expect(text.includes("127.0.0.0/8")).toBe(true);
  });

  it("starts from the ends of int32 when told so", () => {
    const scenarios = fc.sample(scenarioArbitrary({ withPokes: true }), { seed: SEED, numRuns: 60 });
    const wrapped = scenarios.flatMap(({ options, pokes, commands }) => {
      const tree = createReferenceTree(options);
      for (const { path, fields } of pokes) tree.poke(path, fields);
      return [...playSequence(commands, tree)].flatMap(({ expected: { reply } }) =>
        reply.ok && reply.path?.includes("2147483647") === true ? [reply.path] : [],
      );
    });
    expect(wrapped.length).toBeGreaterThan(0);
  });
});

describe("the report of a failing sequence", () => {
  const commands: Command[] = [
    { kind: "create", session: 0, path: "/\ud800", data: null, acl: null, flags: 5, ttlMs: 7, opcode: "createTTL" },
    { kind: "multi", session: 1, ops: [{ kind: "delete", path: "/a", version: { offset: -1 } }] },
    {
      kind: "setWatches",
      session: 1,
      relativeZxid: 3,
      data: ["/a"],
      exist: [],
      child: [],
      persistent: [],
      persistentRecursive: [],
    },
    { kind: "advanceTime", ms: 5 },
  ];

  it("has a line a command, with every unit visible", () => {
    expect(describeSequence(commands).split("\n")).toEqual([
      '#0 s0 createTTL "/\\ud800" flags=5 ttl=7ms data=null acl=null',
      '#1 s1 multi [delete "/a" v(current-1)]',
      '#2 s1 setWatches relativeZxid=3 data=["/a"] exist=[] child=[] persistent=[] persistentRecursive=[]',
      "#3 clock +5ms",
    ]);
  });

  it("is what fast-check prints for a failed scenario", () => {
    const failing = fc.check(
      fc.property(scenarioArbitrary(), ({ commands: found }) => !found.some((command) => command.kind === "delete")),
      { seed: SEED },
    );
    expect(failing.failed).toBe(true);
    expect(fc.stringify(failing.counterexample)).toMatch(/\n#\d s\d delete "/);
    // One piece of the sequence is what shrinking ends at.
    expect(failing.counterexample?.[0].commands.length).toBeLessThan(9);
  });
});
