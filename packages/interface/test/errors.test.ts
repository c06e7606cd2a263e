import { describe, expect, it } from "vitest";
import {
  assert,
  AssertionError,
  codeOfWire,
  CoterieError,
  ERROR_CODES,
  type ErrorCode,
  wireOfCode,
} from "../src/index.ts";

/** ZooKeeper's error codes by their names in KeeperException.Code, OK left out. */
const ZOOKEEPER_CODES: Readonly<Record<string, number>> = {
  SYSTEMERROR: -1,
  RUNTIMEINCONSISTENCY: -2,
  DATAINCONSISTENCY: -3,
  CONNECTIONLOSS: -4,
  MARSHALLINGERROR: -5,
  UNIMPLEMENTED: -6,
  OPERATIONTIMEOUT: -7,
  BADARGUMENTS: -8,
  UNKNOWNSESSION: -12,
  NEWCONFIGNOQUORUM: -13,
  RECONFIGINPROGRESS: -14,
  APIERROR: -100,
  NONODE: -101,
  NOAUTH: -102,
  BADVERSION: -103,
  NOCHILDRENFOREPHEMERALS: -108,
  NODEEXISTS: -110,
  NOTEMPTY: -111,
  SESSIONEXPIRED: -112,
  INVALIDCALLBACK: -113,
  INVALIDACL: -114,
  AUTHFAILED: -115,
  SESSIONMOVED: -118,
  NOTREADONLY: -119,
  EPHEMERALONLOCALSESSION: -120,
  NOWATCHER: -121,
  REQUESTTIMEOUT: -122,
  RECONFIGDISABLED: -123,
  SESSIONCLOSEDREQUIRESASLAUTH: -124,
  QUOTAEXCEEDED: -125,
  THROTTLEDOP: -127,
};

const codes = Object.keys(ERROR_CODES) as ErrorCode[];
const wired = codes.filter((code) => ERROR_CODES[code].wire !== null);

describe("the registry of error codes", () => {
  it("has every code of ZooKeeper under its name and number, and no other number", () => {
    const ours = Object.fromEntries(wired.map((code) => [code.replaceAll("_", ""), ERROR_CODES[code].wire]));
    expect(ours).toEqual(ZOOKEEPER_CODES);
  });

  it("uses no number twice", () => {
    expect(new Set(wired.map(wireOfCode)).size).toBe(wired.length);
  });

  it("leads from number to code and back", () => {
    expect(wired.map((code) => codeOfWire(wireOfCode(code)))).toEqual(wired);
    expect([0, 1, -9, -128, 101].map(codeOfWire)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it("answers ZooKeeper clients SYSTEM_ERROR where they have no code", () => {
    const others = codes.filter((code) => ERROR_CODES[code].wire === null);
    expect(others.length).toBeGreaterThan(10);
    expect(new Set(others.map(wireOfCode))).toEqual(new Set([-1]));
  });

  it("says of each code what it means, in one line that no other code has", () => {
    const meanings = codes.map((code) => ERROR_CODES[code].meaning);
    expect(new Set(meanings).size).toBe(meanings.length);
    expect(meanings.filter((meaning) => !/^[^\n]{15,120}[^.\n]$/.test(meaning))).toEqual([]);
    expect(codes.filter((code) => !/^[A-Z]+(?:_[A-Z]+)*$/.test(code))).toEqual([]);
  });

  it("calls the outcome unknown where a request may have been carried out", () => {
    const unknown = codes.filter((code) => ERROR_CODES[code].outcome === "unknown");
    expect(unknown).toEqual([
      "CONNECTION_LOSS",
      "OPERATION_TIMEOUT",
      "REQUEST_TIMEOUT",
      "STORE_FULL",
      "STORE_FAILED",
      "CONNECTION_CLOSED",
      "PEER_STOPPED",
      "ABORTED",
    ]);
  });

  it("cannot be changed", () => {
    expect(Object.isFrozen(ERROR_CODES)).toBe(true);
  });
});

describe("a CoterieError", () => {
  it("copies from the registry what a caller acts on", () => {
    for (const code of codes) {
      const { meaning, retryable, outcome } = ERROR_CODES[code];
      const error = new CoterieError(code);
      expect(error).toMatchObject({
        name: "CoterieError",
        code,
        message: meaning,
        retryable,
        outcome,
        path: undefined,
      });
      expect(error).toBeInstanceOf(Error);
      expect("cause" in error).toBe(false);
    }
  });

  it("takes an outcome of its own, where more is known", () => {
    expect(new CoterieError("ABORTED", "not sent", { outcome: "not-applied" }).outcome).toBe("not-applied");
  });

  it("takes a message, a path and a cause", () => {
    const cause = new Error("disk");
    const error = new CoterieError("NO_NODE", "there is no /a", { path: "/a", cause });
    expect(error).toMatchObject({ code: "NO_NODE", message: "there is no /a", path: "/a", cause });
  });
});

describe("assert", () => {
  it("throws what it was given, and only if the condition is false", () => {
    expect(() => assert(true, "never")).not.toThrow();
    const failed = (): void => assert(1 + 1 === 3, "sums are right");
    expect(failed).toThrow(AssertionError);
    expect(failed).toThrow(
      expect.objectContaining({ name: "AssertionError", code: "ASSERTION", message: "sums are right" }),
    );
  });

  it("narrows types", () => {
    const value = ["a"].at(0);
    assert(value !== undefined, "it is there");
    expect(value.length).toBe(1);
  });
});
