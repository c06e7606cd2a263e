import { CoterieError, ERROR_CODES, type ErrorCode, type SessionId, type WallTimeMs } from "@coterie/interface";
import { type Acl, JuteReader, JuteWriter, OPCODES } from "@coterie/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPEN_ACL } from "../src/acl/acl-table.ts";
import { decodeTxn, encodeTxn } from "../src/txn/txn-codec.ts";
import { LoggedOperation } from "../src/txn/logged-operation.ts";
import type { LoggedTxn, Txn, TxnHeader, ZnodeTxn } from "../src/txn/txn.ts";

const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** Without lone surrogates, which no wire carries. */
const text = fc.string({ unit: "grapheme", maxLength: 30 });
const data = fc.uint8Array({ maxLength: 100 });
const acl: fc.Arbitrary<readonly Acl[]> = fc.oneof(
  fc.constant(OPEN_ACL),
  fc.array(fc.record({ perms: int32, scheme: text, id: text }), { maxLength: 4 }),
);
const code = fc.constantFrom(
  ...(Object.keys(ERROR_CODES) as ErrorCode[]).filter((name) => ERROR_CODES[name].wire !== null),
);

const znodeTxn: fc.Arbitrary<ZnodeTxn> = fc.oneof(
  fc.record({
    kind: fc.constant("create"),
    path: text,
    data: fc.option(data),
    acl,
    parentCversion: int32,
    owner: int64,
  }),
  fc.record({ kind: fc.constant("delete"), path: text }),
  fc.record({ kind: fc.constant("setData"), path: text, data: fc.option(data), version: int32 }),
  fc.record({ kind: fc.constant("setACL"), path: text, acl, aversion: int32 }),
  fc.record({ kind: fc.constant("check"), path: text }),
);
const sessionId = int64.map((id) => id as SessionId);
const txnArbitrary: fc.Arbitrary<Txn> = fc.oneof(
  { weight: 5, arbitrary: znodeTxn },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("multi"), txns: fc.array(znodeTxn, { maxLength: 6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("error"),
      code,
      results: fc.option(fc.array(fc.option(code), { maxLength: 6 })),
    }),
  },
  fc.record({ kind: fc.constant("createSession"), id: sessionId, timeoutMs: int32, verifier: data }),
  fc.record({ kind: fc.constant("closeSession"), id: sessionId }),
  fc.record({ kind: fc.constant("config"), data }),
);
const headerArbitrary: fc.Arbitrary<TxnHeader> = fc.record({
  sessionId,
  cxid: int32,
  timeMs: fc.maxSafeInteger().map((time) => time as WallTimeMs),
});

function encoded(header: TxnHeader, txn: Txn): Uint8Array {
  const writer = new JuteWriter();
  encodeTxn(writer, header, txn);
  return writer.copy();
}

function decoded(bytes: Uint8Array): { readonly header: TxnHeader; readonly txn: Txn } {
  const { header, txn } = decodeTxn(new JuteReader(bytes, { fieldSizeMaxBytes: 2 ** 31 - 1 }), bytes);
  return { header, txn: preparedOf(txn) };
}

/** What `prepare` made, from what the bytes say. */
function preparedOf(txn: LoggedTxn): Txn {
  if (txn instanceof LoggedOperation) return operationOf(txn);
  return txn.kind === "multi" ? { kind: "multi", txns: txn.txns.map(operationOf) } : txn;
}

function operationOf(logged: LoggedOperation): ZnodeTxn {
  const { kind, path, data: written, acl: list, version, owner } = logged;
  const untouched = new LoggedOperation(kind, new JuteReader(new Uint8Array(4)), new Uint8Array(4));
  switch (kind) {
    case "create":
      return { kind, path, data: written, acl: list, parentCversion: version, owner };
    case "setData":
      expect([list, owner]).toEqual([untouched.acl, untouched.owner]);
      return { kind, path, data: written, version };
    case "setACL":
      expect([written, owner]).toEqual([untouched.data, untouched.owner]);
      return { kind, path, acl: list, aversion: version };
    case "delete":
    case "check":
      expect([written, list, version, owner]).toEqual([
        untouched.data,
        untouched.acl,
        untouched.version,
        untouched.owner,
      ]);
      return { kind, path };
  }
}

function codeOfThrown(bytes: Uint8Array): string | undefined {
  try {
    decoded(bytes);
    return undefined;
  } catch (error) {
    return error instanceof CoterieError ? error.code : String(error);
  }
}

describe("the bytes of a txn", () => {
  it("read back as what was written, of every kind, and write again as the same bytes", () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(headerArbitrary, txnArbitrary, (header, txn) => {
        kinds.add(txn.kind);
        const bytes = encoded(header, txn);
        const back = decoded(bytes);
        expect(back).toEqual({ header, txn });
        expect(encoded(back.header, back.txn)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
    expect(kinds.size).toBe(10);
  });

  it("are taken from no shorter and no longer ones", () => {
    fc.assert(
      fc.property(headerArbitrary, txnArbitrary, fc.nat(), (header, txn, at) => {
        const bytes = encoded(header, txn);
        expect(codeOfThrown(bytes.slice(0, at % bytes.length))).toBe("TXN_CORRUPT");
        expect(codeOfThrown(Uint8Array.from([...bytes, 0]))).toBe("TXN_CORRUPT");
      }),
    );
  });

  it("of an unknown type are refused, inside a multi too", () => {
    const header = { sessionId: 0n as SessionId, cxid: 0, timeMs: 0 as WallTimeMs };
    const withType = (type: number, isInMulti: boolean): Uint8Array => {
      const writer = new JuteWriter();
      const inner: Txn = { kind: "delete", path: "/a" };
      encodeTxn(writer, header, isInMulti ? { kind: "multi", txns: [inner] } : inner);
      writer.setInt(isInMulti ? 28 : 20, type);
      return writer.copy();
    };
    for (const type of [0, 3, 4, 99, -2, OPCODES.getData, OPCODES.sync, OPCODES.createContainer]) {
      expect([withType(type, false), withType(type, true)].map(codeOfThrown)).toEqual(["TXN_CORRUPT", "TXN_CORRUPT"]);
    }
    for (const type of [OPCODES.multi, OPCODES.error, OPCODES.createSession, OPCODES.closeSession]) {
      expect(codeOfThrown(withType(type, true))).toBe("TXN_CORRUPT");
    }
    expect(codeOfThrown(withType(OPCODES.delete, true))).toBeUndefined();
  });

  it("of the open ACL name no entry", () => {
    const header = { sessionId: 0n as SessionId, cxid: 0, timeMs: 0 as WallTimeMs };
    const open = encoded(header, { kind: "setACL", path: "/a", acl: OPEN_ACL, aversion: 1 });
    const equal = encoded(header, { kind: "setACL", path: "/a", acl: [{ ...OPEN_ACL[0]! }], aversion: 1 });
    expect(equal.length - open.length).toBe(23);
    expect(decoded(open).txn).toMatchObject({ acl: OPEN_ACL });
  });
});
