import * as fc from "fast-check";
import type { Command } from "./command.ts";
import { sessionArbitrary, watchedReadArbitrary, type WatchingCommand, writeArbitrary } from "./generator-commands.ts";
import { nodeArbitrary, OPEN_ACL, PLAIN_PATHS } from "./generator-pools.ts";
import type { GeneratorSettings } from "./generator-settings.ts";

/** Sets one to three watches, often of several modes on one path, and may ask for one of them or drop it again. */
export function watchPieceArbitrary(settings: Required<GeneratorSettings>): fc.Arbitrary<Command[]> {
  const session = sessionArbitrary(settings);
  const mode = fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom(0, 1) },
    { weight: 1, arbitrary: fc.constantFrom(2, -1) },
  );
  const watch: fc.Arbitrary<WatchingCommand> = fc.oneof(
    watchedReadArbitrary(session, fc.constant(true)),
    fc.record({ kind: fc.constant("addWatch"), session, path: nodeArbitrary, mode }),
    fc.record({ kind: fc.constant("addWatch"), session, path: fc.constantFrom("/", "/a"), mode }),
  );
  const watches = fc.array(watch, { minLength: 1, maxLength: 3 });
  const after = fc.constantFrom(undefined, undefined, "checkWatches" as const, "removeWatches" as const);
  return fc.tuple(watches, after, fc.integer({ min: 1, max: 5 })).map(([all, kind, type]): Command[] => {
    const last = all.at(-1);
    if (kind === undefined || last === undefined) return all;
    return [...all, { kind, session: last.session, path: last.path, type }];
  });
}

/** Limits and usage of a subtree, set up as ZooKeeper's own tools do it, then writes that may pass them. */
export function quotaPieceArbitrary(settings: Required<GeneratorSettings>): fc.Arbitrary<Command[]> {
  const limit = fc.integer({ min: -1, max: 12 });
  const texts = fc.oneof(
    { weight: 1, arbitrary: fc.tuple(limit, limit).map(([count, bytes]) => `count=${count},bytes=${bytes}`) },
    { weight: 4, arbitrary: fc.tuple(limit, limit).map(([count, bytes]) => hardLimits(count, bytes)) },
    { weight: 1, arbitrary: fc.constantFrom("", "garbage", "count=x;byteHardLimit=3", "countHardLimit=2") },
  );
  const create = (session: number, at: string, text: string): Command => ({
    kind: "create",
    session,
    path: at,
    data: new TextEncoder().encode(text),
    acl: OPEN_ACL,
    flags: 0,
    ttlMs: -1,
    opcode: "create",
  });
  const writes = fc.array(writeArbitrary(settings), { maxLength: 3 });
  return fc
    .tuple(sessionArbitrary(settings), fc.constantFrom(...PLAIN_PATHS.slice(0, 5)), texts, writes)
    .map(([session, subtree, text, after]) => {
      const parts = subtree.split("/").slice(1);
      const parents = parts.map((_, i) => `/zookeeper/quota/${parts.slice(0, i + 1).join("/")}`);
      return [
        ...parents.map((parent) => create(session, parent, "")),
        create(session, `/zookeeper/quota${subtree}/zookeeper_limits`, text),
        create(session, `/zookeeper/quota${subtree}/zookeeper_stats`, "count=0,bytes=0"),
        ...after,
      ];
    });
}

function hardLimits(count: number, bytes: number): string {
  return `count=-1,bytes=-1=;byteHardLimit=${bytes};countHardLimit=${count}`;
}

/** A container gets and loses a child, or a TTL node ages; then the reaper comes by. */
export function reapPieceArbitrary(settings: Required<GeneratorSettings>): fc.Arbitrary<Command[]> {
  const session = sessionArbitrary(settings);
  const advance = fc.record({ kind: fc.constant("advanceTime"), ms: fc.constantFrom(0, 1, 40, 900, 2000) });
  const reap = fc.constant<Command>({ kind: "reap" });
  const container = fc.tuple(session, fc.constantFrom("/c", "/a/b", "/b")).map(([asker, at]): Command[] => {
    const base = { kind: "create", session: asker, data: null, acl: OPEN_ACL, ttlMs: -1 } as const;
    return [
      { ...base, path: at, flags: 4, opcode: "createContainer" },
      { ...base, path: `${at}/x`, flags: 0, opcode: "create" },
      { kind: "delete", session: asker, path: `${at}/x`, version: -1 },
    ];
  });
  const ageing = fc.tuple(session, fc.constantFrom("/c", "/a/b", "/b"), fc.constantFrom(5, 41, 1000));
  const ttl = ageing.map(([asker, at, ttlMs]): Command[] => [
    { kind: "create", session: asker, path: at, data: null, acl: OPEN_ACL, flags: 5, ttlMs, opcode: "createTTL" },
  ]);
  const writes = fc.array(writeArbitrary(settings), { maxLength: 2 });
  return fc
    .tuple(fc.oneof(container, ttl), writes, advance, reap)
    .map(([before, between, passed, last]) => [...before, ...between, passed, last]);
}
