import * as fc from "fast-check";
import type { Command, CreateOp, ExpectedVersion, MultiOp, MultiReadOp } from "./command.ts";
import { aclArbitrary, AUTHS, childArbitrary, dataArbitrary, leafArbitrary } from "./generator-pools.ts";
import { nodeArbitrary, pathArbitrary, sequentialPrefixArbitrary } from "./generator-pools.ts";
import type { GeneratorSettings } from "./generator-settings.ts";

/** Where versions wrap and where -1 and its neighbours lie. */
export const INT32_EDGES: readonly number[] = [0x7fffffff, 0x7ffffffe, -0x80000000, -0x7fffffff, -2];

const versionArbitrary: fc.Arbitrary<ExpectedVersion> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<ExpectedVersion>(-1) },
  { weight: 10, arbitrary: fc.constant<ExpectedVersion>({ offset: 0 }) },
  { weight: 1, arbitrary: fc.constantFrom<ExpectedVersion>({ offset: 1 }, { offset: -1 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(...INT32_EDGES) },
);

function createArbitrary(withForeignAcls: boolean): fc.Arbitrary<CreateOp> {
  const kind = fc.constant("create" as const);
  const data = dataArbitrary;
  const acl = aclArbitrary(withForeignAcls);
  const plainOpcode = fc.constantFrom("create" as const, "create2" as const);
  const ttlMs = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(1, 50, 1000) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, 0xffffffffff, 0x10000000000) },
  );
  const none = fc.constant(-1);
  return fc.oneof(
    { weight: 14, arbitrary: create(childArbitrary, fc.constantFrom(0, 0, 1), none, plainOpcode) },
    { weight: 8, arbitrary: create(sequentialPrefixArbitrary, fc.constantFrom(2, 2, 3), none, plainOpcode) },
    { weight: 2, arbitrary: create(childArbitrary, fc.constant(4), none, fc.constant("createContainer" as const)) },
    { weight: 2, arbitrary: create(childArbitrary, fc.constant(5), ttlMs, fc.constant("createTTL" as const)) },
    {
      weight: 1,
      arbitrary: create(sequentialPrefixArbitrary, fc.constant(6), ttlMs, fc.constant("createTTL" as const)),
    },
    { weight: 1, arbitrary: create(pathArbitrary, anyFlags, fc.constantFrom(-1, 0, 1000), anyOpcode) },
  );

  function create(
    path: fc.Arbitrary<string>,
    flags: fc.Arbitrary<number>,
    ttl: fc.Arbitrary<number>,
    opcode: fc.Arbitrary<CreateOp["opcode"]>,
  ): fc.Arbitrary<CreateOp> {
    return fc.record({ kind, path, data, acl, flags, ttlMs: ttl, opcode });
  }
}

const anyFlags: fc.Arbitrary<number> = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, -1, 0x7fffffff, -0x80000000);
const anyOpcode: fc.Arbitrary<CreateOp["opcode"]> = fc.constantFrom(
  "create",
  "create2",
  "createContainer",
  "createTTL",
);

function multiOpArbitrary(create: fc.Arbitrary<CreateOp>): fc.Arbitrary<MultiOp> {
  return fc.oneof(
    { weight: 6, arbitrary: create },
    { weight: 2, arbitrary: op("delete") },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("setData"), path, version, data: dataArbitrary }) },
    { weight: 2, arbitrary: op("check") },
  );

  function op(kind: "check" | "delete"): fc.Arbitrary<MultiOp> {
    return fc.record({ kind: fc.constant(kind), path, version });
  }
}

const path: fc.Arbitrary<string> = nodeArbitrary;
const version: fc.Arbitrary<ExpectedVersion> = versionArbitrary;
const multiReadOpArbitrary: fc.Arbitrary<MultiReadOp> = fc.record({
  kind: fc.constantFrom("getData" as const, "getChildren" as const),
  path,
});
const paths: fc.Arbitrary<string[]> = fc.array(path, { maxLength: 3 });
const watcherType: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 6, 9, -1) },
);

export function writeArbitrary(settings: Required<GeneratorSettings>): fc.Arbitrary<Command> {
  const session = sessionArbitrary(settings);
  const create = createArbitrary(settings.withForeignAcls);
  const acl = aclArbitrary(settings.withForeignAcls);
  const ops = fc.array(multiOpArbitrary(create), { maxLength: 5 });
  return fc.oneof(
    { weight: 24, arbitrary: fc.tuple(session, create).map(([asker, op]): Command => ({ ...op, session: asker })) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("delete"), session, path: leafArbitrary, version }) },
    { weight: 12, arbitrary: fc.record({ kind: fc.constant("setData"), session, path, version, data: dataArbitrary }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("setAcl"), session, path, version, acl }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("multi"), session, ops }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("closeSession"), session }) },
  );
}

export function sessionArbitrary({ sessionCount }: Required<GeneratorSettings>): fc.Arbitrary<number> {
  return fc.nat({ max: sessionCount - 1 });
}

export function readArbitrary(settings: Required<GeneratorSettings>): fc.Arbitrary<Command> {
  const session = sessionArbitrary(settings);
  const prefix = fc.constantFrom(null, "", "/", "/a", "/a/s", "nothing");
  const auth = fc.constantFrom(...AUTHS.slice(0, settings.withForeignAcls ? AUTHS.length : 4));
  return fc.oneof(
    { weight: 4, arbitrary: watchedReadArbitrary(session, fc.boolean()) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("getAcl"), session, path }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("getEphemerals"), session, prefix }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("getAllChildrenNumber"), session, path }) },
    { weight: 1, arbitrary: multiRead(session) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reconnect"), session, auth }) },
    { weight: 1, arbitrary: setWatchesArbitrary(session) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("checkWatches"), session, path, type: watcherType }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("removeWatches"), session, path, type: watcherType }) },
  );
}

function multiRead(session: fc.Arbitrary<number>): fc.Arbitrary<Command> {
  return fc.record({ kind: fc.constant("multiRead"), session, ops: fc.array(multiReadOpArbitrary, { maxLength: 4 }) });
}

/** What may set a watch on one path. */
export type WatchingCommand = Extract<Command, { kind: "addWatch" | "exists" | "getChildren" | "getData" }>;

export function watchedReadArbitrary(
  session: fc.Arbitrary<number>,
  watch: fc.Arbitrary<boolean>,
): fc.Arbitrary<WatchingCommand> {
  const kind = fc.constantFrom("exists" as const, "getData" as const, "getChildren" as const);
  return fc.record({ kind, session, path, watch });
}

function setWatchesArbitrary(session: fc.Arbitrary<number>): fc.Arbitrary<Command> {
  const relativeZxid = fc.oneof(
    fc.record({ offset: fc.integer({ min: -12, max: 1 }) }),
    fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER),
  );
  return fc.record({
    kind: fc.constant("setWatches"),
    session,
    relativeZxid,
    data: paths,
    exist: paths,
    child: paths,
    persistent: paths,
    persistentRecursive: paths,
  });
}
