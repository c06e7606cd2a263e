import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aclDigestOf } from "../../packages/core/src/digest/acl-digest.ts";
import { BytesDigest } from "../../packages/core/src/digest/bytes-digest.ts";
import { createEmptyState } from "../../packages/core/src/state.ts";
import {
  AVERSION,
  CTIME,
  CVERSION,
  CZXID,
  MTIME,
  MZXID,
  PZXID,
  VERSION,
} from "../../packages/core/src/tree/znode-record.ts";
import type { SessionId, WallTimeMs, Zxid } from "../../packages/interface/src/index.ts";
import type { AclEntry } from "../model/command.ts";
import type { NodeDump, SessionDump } from "../model/observation.ts";
import { aclDigest, bytesDigest, stateDigest } from "../model/reference-digest.ts";
import { OPEN } from "./core-kit.ts";

const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const long = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** Legal in a name, one to three bytes long. */
const name = fc.string({
  unit: fc.constantFrom("a", "b", "\u00a0", "\u0416", "\ud7ff", "\uf900", " "),
  minLength: 1,
  maxLength: 9,
});
const acl: fc.Arbitrary<AclEntry[]> = fc.array(
  fc.record({ perms: int32, scheme: fc.string({ maxLength: 8 }), id: fc.string({ unit: "binary", maxLength: 12 }) }),
  { maxLength: 3 },
);
const znode = fc.record({
  name,
  parent: fc.nat(),
  data: fc.option(fc.uint8Array({ maxLength: 40 })),
  acl: fc.oneof(fc.constant<AclEntry[]>([...OPEN]), acl),
  version: int32,
  cversion: int32,
  aversion: int32,
  ephemeralOwner: int64,
  czxid: long,
  mzxid: long,
  pzxid: long,
  ctimeMs: long,
  mtimeMs: long,
});
const session = fc.record({ id: int64, timeoutMs: int32, verifier: fc.uint8Array({ maxLength: 20 }) });

describe("the digest of the state", () => {
  it("is the sum that the reference makes of random znodes and sessions, after every change", () => {
    const znodes = fc.array(znode, { maxLength: 12 });
    const sessions = fc.uniqueArray(session, { maxLength: 5, selector: ({ id }) => id });
    fc.assert(
      fc.property(znodes, sessions, fc.array(fc.nat(), { maxLength: 6 }), (allZnodes, allSessions, removals) => {
        const state = createEmptyState({});
        const { tree, acls } = state;
        tree.createRoot(acls.acquire(OPEN));
        let nodes: NodeDump[] = [rootNode()];
        const expectEqual = (): void => expect(state.digest.toString()).toBe(stateDigest(nodes, open));
        const open: SessionDump[] = [];
        for (const { name: own, parent, ...fields } of allZnodes) {
          const above = nodes[parent % nodes.length]!.path;
          const path = `${above === "/" ? "" : above}/${own}`;
          if (nodes.some((node) => node.path === path)) continue;
          insert(path, fields);
          nodes.push({ path, ...fields });
          expectEqual();
        }
        for (const { id, timeoutMs, verifier } of allSessions) {
          state.sessions.create(id as SessionId, timeoutMs, verifier, 1 as Zxid);
          open.push({ id, timeoutMs, verifier });
          expectEqual();
        }
        for (const pick of removals) {
          const leaves = nodes.filter(
            ({ path }) => path !== "/" && !nodes.some((other) => other.path.startsWith(`${path}/`)),
          );
          const leaf = leaves[pick % Math.max(1, leaves.length)];
          if (leaf !== undefined) tree.remove(tree.find(leaf.path));
          nodes = nodes.filter((node) => node !== leaf);
          const [gone] = open.splice(pick % Math.max(1, open.length), 1);
          if (gone !== undefined) state.sessions.remove(gone.id as SessionId);
          expectEqual();
        }

        /** Through the tree's own door, which keeps the digest true. */
        function insert(path: string, fields: Omit<NodeDump, "path">): void {
          const aclId = acls.acquire(fields.acl);
          const owner = fields.ephemeralOwner;
          tree.create(path, { data: fields.data, aclId, owner, zxid: 1 as Zxid, timeMs: 1 as WallTimeMs });
          const ref = tree.find(path);
          const door = tree as unknown as { leave(at: number): void; enter(at: number): void };
          door.leave.call(tree, ref);
          for (const [field, value] of [
            [CZXID, fields.czxid],
            [MZXID, fields.mzxid],
            [PZXID, fields.pzxid],
            [CTIME, fields.ctimeMs],
            [MTIME, fields.mtimeMs],
          ] as const) {
            tree.records.setLong(ref, field, value);
          }
          tree.records.set(ref, VERSION, fields.version);
          tree.records.set(ref, CVERSION, fields.cversion);
          tree.records.set(ref, AVERSION, fields.aversion);
          door.enter.call(tree, ref);
        }
      }),
      { numRuns: process.env["COTERIE_TEST_LONG"] === "1" ? 3000 : 100 },
    );
  });

  it("of bytes and of ACLs is the reference's", () => {
    const digest = new BytesDigest();
    fc.assert(
      fc.property(fc.option(fc.uint8Array({ maxLength: 70 })), acl, (bytes, list) => {
        digest.of(bytes, 0, bytes?.length ?? 0);
        expect({ a: digest.a, b: digest.b }).toEqual(bytesDigest(bytes));
        expect(aclDigestOf(list)).toBe(aclDigest(list));
      }),
      { numRuns: 500 },
    );
  });
});

function rootNode(): NodeDump {
  const zeros = { version: 0, cversion: 0, aversion: 0, czxid: 0, mzxid: 0, pzxid: 0, ctimeMs: 0, mtimeMs: 0 };
  return { path: "/", data: new Uint8Array(0), acl: OPEN, ephemeralOwner: 0n, ...zeros };
}
