import { describe, expect, it } from "vitest";
import {
  CREATE_MODES,
  createModeOfFlags,
  FIELD_SIZE_MAX_BYTES_DEFAULT,
  fieldSizeMaxBytes,
  isOpcode,
  isProtocolError,
  OPCODES,
  opcodeName,
  peekXid,
  PERMISSIONS,
} from "../src/index.ts";
import { bytesOfHex } from "./encode.ts";

describe("create modes", () => {
  it("have the flags 0 to 6", () => {
    expect([0, 1, 2, 3, 4, 5, 6].map(createModeOfFlags)).toEqual([
      "PERSISTENT",
      "EPHEMERAL",
      "PERSISTENT_SEQUENTIAL",
      "EPHEMERAL_SEQUENTIAL",
      "CONTAINER",
      "PERSISTENT_WITH_TTL",
      "PERSISTENT_SEQUENTIAL_WITH_TTL",
    ]);
    expect([-1, 7, 0.5, 2 ** 31 - 1].map(createModeOfFlags)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("have the traits that their names say", () => {
    for (const [name, traits] of Object.entries(CREATE_MODES)) {
      expect({
        ephemeral: name.startsWith("EPHEMERAL"),
        sequential: name.includes("SEQUENTIAL"),
        container: name === "CONTAINER",
        ttl: name.endsWith("_TTL"),
        flags: traits.flags,
      }).toEqual(traits);
    }
  });
});

describe("opcodes", () => {
  it("are named by distinct numbers", () => {
    const numbers = Object.values(OPCODES);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.map((number) => opcodeName(number))).toEqual(Object.keys(OPCODES));
  });

  it("leave the other numbers unnamed", () => {
    const others = [10, 23, 99, 108, -2];
    expect(others.filter((number) => isOpcode(number) || opcodeName(number) !== undefined)).toEqual([]);
  });
});

it("gives ALL every permission", () => {
  const { ALL, ...single } = PERMISSIONS;
  expect(Object.values(single).reduce((all, bit) => all | bit, 0)).toBe(ALL);
});

it("derives the field limit from jute.maxbuffer, with a floor under the extra size", () => {
  expect(FIELD_SIZE_MAX_BYTES_DEFAULT).toBe(2 * 0xfffff);
  expect(fieldSizeMaxBytes(4096)).toBe(8192);
  expect(fieldSizeMaxBytes(4096, 1)).toBe(4096 + 1024);
});

describe("peekXid", () => {
  it("reads the first four bytes", () => {
    expect(peekXid(bytesOfHex("fffffffe 00"))).toBe(-2);
  });

  it("refuses less", () => {
    try {
      peekXid(bytesOfHex("ffffff"));
      expect.unreachable();
    } catch (error) {
      expect(isProtocolError(error) && error.reason).toBe("truncated");
    }
  });
});
