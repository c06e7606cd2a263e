import type { PeerId, SessionId, WallTimeMs, Zxid } from "@coterie/interface";
import type { MultiOp } from "@coterie/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStateMachine, type WriteRequest } from "../src/index.ts";
import { txnSizeMaxOf } from "../src/prepare/txn-size.ts";

const identities = [
  { scheme: "x509", id: "\uffef".repeat(50) },
  { scheme: "digest", id: "a:b" },
];
const path = fc.oneof(fc.constantFrom("/p", "/p/\u0416\ud7ff", "/p/n-"), fc.string({ unit: "binary", maxLength: 20 }));
const data = fc.option(fc.uint8Array({ maxLength: 50 }));
const acl = fc.oneof(
  fc.constant([{ perms: 31, scheme: "world", id: "anyone" }]),
  fc.array(
    fc.record({
      perms: fc.integer(),
      scheme: fc.constantFrom("auth", "x509", "ip"),
      id: fc.constantFrom("::1", "1.2.3.4"),
    }),
    { maxLength: 4 },
  ),
);
const flags = fc.integer({ min: -1, max: 7 });
const version = fc.constant(-1);
const operation: fc.Arbitrary<MultiOp> = fc.oneof(
  fc.record({ kind: fc.constant("create2" as const), path, data, acl, flags }),
  fc.record({ kind: fc.constant("createTTL" as const), path, data, acl, flags, ttlMs: fc.constant(9) }),
  fc.record({ kind: fc.constant("setData" as const), path, data, version }),
  fc.record({ kind: fc.constantFrom("delete" as const, "check" as const), path, version }),
);
const request: fc.Arbitrary<WriteRequest> = fc.oneof(
  operation,
  fc.record({ kind: fc.constant("multi" as const), ops: fc.array(operation, { maxLength: 5 }) }),
  fc.record({ kind: fc.constant("setACL" as const), path, acl, version }),
  fc.record({ kind: fc.constant("config" as const), data: fc.uint8Array() }),
  fc.record({ kind: fc.constant("deleteContainer" as const), path }),
  fc.record({ kind: fc.constant("closeSession" as const), id: fc.constant(5n as SessionId) }),
  fc.record({
    kind: fc.constant("createSession" as const),
    peerId: fc.constant(1 as PeerId),
    timeoutMs: fc.constant(5),
    verifier: fc.uint8Array(),
  }),
);

describe("the size that a txn can have at most", () => {
  it("is never less than what it has", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
        const machine = createStateMachine();
        const create: WriteRequest = { kind: "create", path: "/p", data: null, acl: null, flags: 0 };
        for (const [index, next] of [
          { ...create, acl: [{ perms: 31, scheme: "world", id: "anyone" }] },
          ...requests,
        ].entries()) {
          const zxid = (2 ** 32 + index) as Zxid;
          const context = { zxid, timeMs: 5 as WallTimeMs, sessionId: 0n as SessionId, cxid: 7, identities };
          const bytes = machine.prepare(next, context);
          expect(bytes.length).toBeLessThanOrEqual(txnSizeMaxOf(next, identities));
          machine.apply(zxid, bytes);
        }
      }),
    );
  });
});
