import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createFrameSplitter,
  isProtocolError,
  JuteReader,
  JuteWriter,
  type Opcode,
  OPCODES,
  type ProtocolError,
  readConnectRequest,
  readConnectResponse,
  readRequest,
  readResponse,
} from "../src/index.ts";
import { countAllocations, countParts } from "./allocations.ts";
import { allOpcodes, answeredResponse, connectRequest, request } from "./arbitraries.ts";
import { bytesOfHex, encodeBody, encodeConnectRequest, encodeRequest, encodeResponse } from "./encode.ts";

// Goal: bytes that are not the protocol give ProtocolError and nothing else, and never cost more than their own size.

type Decoder = (frame: Uint8Array) => unknown;

const decodeRequest: Decoder = (frame) => readRequest(new JuteReader(frame));
const decodeConnects: readonly Decoder[] = [
  (frame) => readConnectRequest(new JuteReader(frame)),
  (frame) => readConnectResponse(new JuteReader(frame)),
];
const decodeResponses: readonly Decoder[] = allOpcodes().map(
  (opcode) => (frame) => readResponse(new JuteReader(frame), opcode),
);

/** The smallest thing that counts as a part of a value but takes few bytes: an empty delete result is 9 bytes long. */
const PARTS_PER_BYTE_MAX = 2;

/** Decodes, expecting a value or a ProtocolError, and in either case no more memory than the frame accounts for. */
function decodeWithin(decode: Decoder, frame: Uint8Array): "value" | ProtocolError {
  let value: unknown = null;
  let failure: unknown = null;
  const allocations = countAllocations(() => {
    try {
      value = decode(frame);
    } catch (error) {
      failure = error;
    }
  });
  expect(allocations.largest).toBeLessThanOrEqual(frame.length);
  expect(allocations.total).toBeLessThanOrEqual(frame.length);
  if (failure === null) {
    // The fixed part is the largest record without any variable field: a header and a Stat.
    expect(countParts(value)).toBeLessThanOrEqual(PARTS_PER_BYTE_MAX * frame.length + 32);
    return "value";
  }
  if (isProtocolError(failure)) return failure;
  throw new Error("something other than ProtocolError was thrown", { cause: failure });
}

function failureOf(decode: Decoder, frame: Uint8Array): ProtocolError {
  const outcome = decodeWithin(decode, frame);
  if (outcome === "value") throw new Error("the frame was accepted");
  return outcome;
}

describe("the counting itself", () => {
  it("sees an allocation made from a declared length", () => {
    const naive: Decoder = (frame) => new Uint8Array(new DataView(frame.buffer).getInt32(0));
    const liar = bytesOfHex("00010000");
    expect(countAllocations(() => naive(liar))).toEqual({ largest: 65536, total: 65536 });
    expect(() => decodeWithin(naive, liar)).toThrow(/65536/);
  });

  it("sees an array made from a declared count", () => {
    expect(countAllocations(() => new Array(5000)).largest).toBe(5000);
  });

  it("does not count views", () => {
    const bytes = new Uint8Array(100);
    expect(countAllocations(() => new Uint8Array(bytes.buffer, 10, 50)).total).toBe(0);
  });
});

describe("arbitrary bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // Small bytes make lengths and counts that fit, and so reach deeper.
    fc.array(fc.constantFrom(0, 0, 0, 1, 2, 4, 0xff), { maxLength: 200 }).map((array) => Uint8Array.from(array)),
  );

  it("as a request", () => {
    const type = fc.oneof(fc.constantFrom<number>(...allOpcodes()), fc.integer());
    fc.assert(
      fc.property(type, bytes, (opcode, body) => {
        const writer = new JuteWriter();
        writer.writeInt(1);
        writer.writeInt(opcode | 0);
        writer.writeRaw(body);
        decodeWithin(decodeRequest, writer.view());
        decodeWithin(decodeRequest, body);
      }),
      { numRuns: 2000 },
    );
  });

  it("as a response to any opcode", () => {
    fc.assert(
      fc.property(fc.constantFrom(...decodeResponses), bytes, (decode, body) => {
        decodeWithin(decode, body);
        decodeWithin(decode, Uint8Array.of(...new Uint8Array(16), ...body));
      }),
      { numRuns: 2000 },
    );
  });

  it("as a handshake", () => {
    fc.assert(
      fc.property(fc.constantFrom(...decodeConnects), bytes, (decode, frame) => {
        decodeWithin(decode, frame);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("valid frames with a few bytes changed", () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), { minLength: 1, maxLength: 4 });

  function damaged(frame: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
    const copy = frame.slice();
    for (const [position, byte] of changes) copy[position % copy.length] = byte;
    return copy;
  }

  it("as requests and handshakes", () => {
    fc.assert(
      fc.property(request, connectRequest, damage, (asked, connect, changes) => {
        decodeWithin(decodeRequest, damaged(encodeRequest(asked), changes));
        for (const decode of decodeConnects) decodeWithin(decode, damaged(encodeConnectRequest(connect), changes));
      }),
      { numRuns: 1000 },
    );
  });

  it("as responses", () => {
    fc.assert(
      fc.property(answeredResponse, damage, ({ opcode, response }, changes) => {
        const decode: Decoder = (frame) => readResponse(new JuteReader(frame), opcode);
        decodeWithin(decode, damaged(encodeResponse(response), changes));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("truncation at every byte", () => {
  it("of a request is truncated or a count that no longer fits, with the header from byte 8 on", () => {
    fc.assert(
      fc.property(request, (value) => {
        const frame = encodeRequest(value);
        for (let length = 0; length < frame.length; length++) {
          const failure = failureOf(decodeRequest, frame.subarray(0, length));
          expect(["truncated", "count-above-limit"]).toContain(failure.reason);
          if (length < 8) expect(failure.header).toBeNull();
          else expect(failure.header?.xid).toBe(value.xid);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("of a response, unless nothing but the header was cut into", () => {
    fc.assert(
      fc.property(answeredResponse, ({ opcode, response }) => {
        const frame = encodeResponse(response);
        const decode: Decoder = (bytes) => readResponse(new JuteReader(bytes), opcode);
        for (let length = 0; length < frame.length; length++) {
          expect(["truncated", "count-above-limit"]).toContain(failureOf(decode, frame.subarray(0, length)).reason);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("of a handshake, where only the read-only byte may be missing", () => {
    const password = new Uint8Array(16);
    const frame = encodeConnectRequest({
      protocolVersion: 0,
      lastZxidSeen: 0,
      timeoutMs: 1,
      sessionId: 0n,
      password,
      readOnly: true,
    });
    for (let length = 0; length < 44; length++) {
      expect(failureOf(decodeConnects[0]!, frame.subarray(0, length)).reason).toBe("truncated");
    }
    expect(decodeWithin(decodeConnects[0]!, frame.subarray(0, 44))).toBe("value");
  });
});

describe("particular lies", () => {
  const setData = "00000001 00000005";
  const getChildrenReply = "00000001 0000000000000001 00000000";
  const decodeChildren: Decoder = (frame) => readResponse(new JuteReader(frame), OPCODES.getChildren);

  it.each([
    ["a string of -2 bytes", `${setData} fffffffe`, "length-negative"],
    ["a string of -2^31 bytes", `${setData} 80000000`, "length-negative"],
    ["a string of 2^31 - 1 bytes", `${setData} 7fffffff`, "length-above-limit"],
    ["a string above the field limit", `${setData} 001fffff`, "length-above-limit"],
    ["a string at the field limit, of which nothing follows", `${setData} 001ffffe`, "truncated"],
    ["a null path", `${setData} ffffffff ffffffff 00000000`, "null-field"],
    ["a buffer of -2 bytes", `${setData} 00000001 2f fffffffe`, "length-negative"],
    ["a buffer of 2^31 - 1 bytes", `${setData} 00000001 2f 7fffffff`, "length-above-limit"],
    ["an ACL of -2 entries", "00000001 00000007 00000001 2f fffffffe", "count-negative"],
    ["an ACL of 2^31 - 1 entries", "00000001 00000007 00000001 2f 7fffffff", "count-above-limit"],
    ["watches on null paths", "00000001 00000065 0000000000000000 00000001 ffffffff", "null-field"],
    ["a null list of watches", "00000001 00000065 0000000000000000 ffffffff", "null-field"],
    ["a multi without end", "00000001 0000000e", "truncated"],
    ["a multi that holds a multi", "00000001 0000000e 0000000e 00 ffffffff", "multi-opcode"],
    ["a multi that holds a read", "00000001 0000000e 00000004 00 ffffffff 00000001 2f 00", "multi-opcode"],
    ["a multiRead that holds a write", "00000001 00000016 00000002 00 ffffffff 00000001 2f 00000000", "multi-opcode"],
  ])("%s", (_title, hex, reason) => {
    const failure = failureOf(decodeRequest, bytesOfHex(hex));
    expect(failure).toMatchObject({ name: "ProtocolError", code: "MARSHALLING_ERROR", reason, header: { xid: 1 } });
  });

  it.each([
    ["null children", `${getChildrenReply} ffffffff`, "null-field"],
    ["2^31 - 1 children", `${getChildrenReply} 7fffffff 00000000`, "count-above-limit"],
    ["one child more than could follow", `${getChildrenReply} 00000003 00000000 00000000`, "count-above-limit"],
  ])("%s in a response", (_title, hex, reason) => {
    expect(failureOf(decodeChildren, bytesOfHex(hex)).reason).toBe(reason);
  });

  it("has no response for opcodes that have none", () => {
    for (const opcode of [OPCODES.error, OPCODES.createSession, OPCODES.deleteContainer] satisfies Opcode[]) {
      const decode: Decoder = (frame) => readResponse(new JuteReader(frame), opcode);
      expect(failureOf(decode, new Uint8Array(16)).reason).toBe("opcode-refused");
    }
  });

  it.each([10, 23, 108, -2, -12, 2 ** 31 - 1])("unknown opcode %i", (type) => {
    const writer = new JuteWriter();
    writer.writeInt(9);
    writer.writeInt(type);
    expect(failureOf(decodeRequest, writer.view())).toMatchObject({
      code: "UNIMPLEMENTED",
      reason: "unknown-opcode",
      header: { xid: 9, type },
    });
  });

  it.each([0, -1, -10, 13, 20])("opcode %i, which a client may not send", (type) => {
    const writer = new JuteWriter();
    writer.writeInt(9);
    writer.writeInt(type);
    writer.writeString("/path");
    writer.writeInt(-1);
    expect(failureOf(decodeRequest, writer.view())).toMatchObject({
      code: "UNIMPLEMENTED",
      reason: "opcode-refused",
      header: { xid: 9, type },
    });
  });
});

describe("bytes behind the record", () => {
  it("are ignored and counted", () => {
    fc.assert(
      fc.property(request, fc.uint8Array({ maxLength: 20 }), (value, trailing) => {
        const writer = new JuteWriter();
        writer.writeRaw(encodeRequest(value));
        writer.writeRaw(trailing);
        const reader = new JuteReader(writer.view());
        expect(readRequest(reader)).toEqual(value);
        expect(reader.remainingBytes).toBe(trailing.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a frame that fills the limit", () => {
  it("with a vector of empty strings is read within its size", () => {
    const children = new Array<string>(250_000).fill("");
    const frame = encodeResponse({ xid: 1, zxid: 1, err: 0, body: { kind: "getChildren", children } });
    expect(decodeWithin((bytes) => readResponse(new JuteReader(bytes), OPCODES.getChildren), frame)).toBe("value");
  });

  it("with one long path is read within its size", () => {
    const frame = encodeBody({ kind: "getACL", path: `/${"é".repeat(500_000)}` });
    expect(decodeWithin(decodeRequest, frame)).toBe("value");
  });

  it("keeps to a lower field limit where one is set", () => {
    const frame = encodeBody({ kind: "getACL", path: "/123456789" });
    const decode: Decoder = (bytes) => readRequest(new JuteReader(bytes, { fieldSizeMaxBytes: 9 }));
    expect(failureOf(decode, frame).reason).toBe("length-above-limit");
    expect(decodeWithin((bytes) => readRequest(new JuteReader(bytes, { fieldSizeMaxBytes: 10 })), frame)).toBe("value");
  });
});

describe("a splitter fed by a liar", () => {
  it("spends nothing on a declared length, and little more than what arrives on the rest", () => {
    const splitter = createFrameSplitter();
    const prefix = bytesOfHex("000fffff");
    expect(countAllocations(() => void (splitter.push(prefix), splitter.next())).total).toBe(0);
    const dripped = countAllocations(() => {
      const drop = Uint8Array.from([0]);
      for (let index = 0; index < 10_000; index++) {
        splitter.push(drop);
        splitter.next();
      }
    });
    expect(dripped.largest).toBeLessThanOrEqual(20_000);
    expect(dripped.total).toBeLessThanOrEqual(40_000);
  });
});
