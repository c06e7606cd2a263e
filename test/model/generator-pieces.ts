import * as fc from "fast-check";
import type { Command, CreateOp, MultiOp } from "./command.ts";
import { sessionArbitrary, watchedReadArbitrary, type WatchingCommand, writeArbitrary } from "./generator-commands.ts";
import { dataArbitrary, nodeArbitrary, OPEN_ACL } from "./generator-pools.ts";
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

const quotaTexts: fc.Arbitrary<string> = (() => {
  const limit = fc.integer({ min: -1, max: 12 });
  const few = fc.integer({ min: 1, max: 4 });
  const soft = fc.tuple(limit, limit).map(([count, size]) => `count=${count},bytes=${size}`);
  const hard = (count: number, size: number): string =>
    `count=-1,bytes=-1=;byteHardLimit=${size};countHardLimit=${count}`;
  return fc.oneof(
    { weight: 1, arbitrary: soft },
    { weight: 3, arbitrary: fc.tuple(limit, limit).map(([count, size]) => hard(count, size)) },
    { weight: 3, arbitrary: few.map((count) => hard(count, -1)) },
    { weight: 1, arbitrary: fc.constantFrom("", "garbage", "count=x;byteHardLimit=3", "countHardLimit=2") },
  );
})();

function plainCreate(path: string, data: Uint8Array | null, flags: number = 0): CreateOp {
  return { kind: "create", path, data, acl: OPEN_ACL, flags, ttlMs: -1, opcode: "create2" };
}

/** Writes inside `subtree`, single or as one multi, so that its usage moves towards its limits and past them. */
function writesBelowArbitrary(subtree: string): fc.Arbitrary<MultiOp[]> {
  const name = fc.constantFrom(subtree, `${subtree}/a`, `${subtree}/q`);
  return fc.array(
    fc.oneof(
      { weight: 3, arbitrary: dataArbitrary.map((data): MultiOp => plainCreate(`${subtree}/s`, data, 2)) },
      { weight: 2, arbitrary: fc.tuple(name, dataArbitrary).map(([at, data]): MultiOp => plainCreate(at, data)) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("setData"),
          path: name,
          version: fc.constant(-1),
          data: dataArbitrary,
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete"), path: name, version: fc.constant(-1) }) },
    ),
    { minLength: 1, maxLength: 5 },
  );
}

/** A subtree, its limits and usage set up as ZooKeeper's own tools do it, then writes below it. */
export function quotaPieceArbitrary(settings: Required<GeneratorSettings>): fc.Arbitrary<Command[]> {
  const subtrees = fc.constantFrom("/a", "/b", "/a/a", "/a/b");
  return fc
    .tuple(sessionArbitrary(settings), subtrees, quotaTexts, fc.boolean())
    .chain(([session, subtree, text, isOneMulti]) => {
      const parts = subtree.split("/").slice(1);
      const prefixes = parts.map((_, i) => parts.slice(0, i + 1).join("/"));
      const setup = [
        ...prefixes.map((prefix) => plainCreate(`/${prefix}`, null)),
        ...prefixes.map((prefix) => plainCreate(`/zookeeper/quota/${prefix}`, null)),
        plainCreate(`/zookeeper/quota${subtree}/zookeeper_limits`, new TextEncoder().encode(text)),
        plainCreate(`/zookeeper/quota${subtree}/zookeeper_stats`, new TextEncoder().encode("count=0,bytes=0")),
      ].map((op): Command => ({ ...op, session }));
      return writesBelowArbitrary(subtree).map((ops): Command[] => [
        ...setup,
        ...(isOneMulti
          ? [{ kind: "multi" as const, session, ops }]
          : ops.flatMap((op): Command[] => (op.kind === "check" ? [] : [{ ...op, session }]))),
        { kind: "getData", session, path: `/zookeeper/quota${subtree}/zookeeper_stats`, watch: false },
      ]);
    });
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
