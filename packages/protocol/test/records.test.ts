import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  JuteReader,
  OPCODES,
  type OpcodeName,
  readConnectRequest,
  readConnectResponse,
  readRequest,
  readResponse,
} from "../src/index.ts";
import {
  answeredResponse,
  connectRequest,
  connectResponse,
  request,
  requestBody,
  responseBody,
} from "./arbitraries.ts";
import {
  bytesOfHex,
  encodeBody,
  encodeConnectRequest,
  encodeConnectResponse,
  encodeRequest,
  encodeResponse,
} from "./encode.ts";

const STAT_HEX =
  "0000000100000002 0000000100000003 0000018f00000004 0000018f00000005 00000006 00000007 00000008" +
  "0100000000000009 0000000a 0000000b 000000010000000c";
const STAT = {
  czxid: 0x1_0000_0002,
  mzxid: 0x1_0000_0003,
  ctime: 0x18f_0000_0004,
  mtime: 0x18f_0000_0005,
  version: 6,
  cversion: 7,
  aversion: 8,
  ephemeralOwner: 0x0100_0000_0000_0009n,
  dataLength: 10,
  numChildren: 11,
  pzxid: 0x1_0000_000c,
};

describe("round trips", () => {
  it("reads back every request as it was written", () => {
    fc.assert(
      fc.property(request, (value) => {
        const reader = new JuteReader(encodeRequest(value));
        expect(readRequest(reader)).toEqual(value);
        expect(reader.remainingBytes).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads back every response as it was written", () => {
    fc.assert(
      fc.property(answeredResponse, ({ opcode, response }) => {
        const reader = new JuteReader(encodeResponse(response));
        expect(readResponse(reader, opcode)).toEqual(response);
        expect(reader.remainingBytes).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads back every handshake as it was written", () => {
    fc.assert(
      fc.property(connectRequest, connectResponse, (asked, answered) => {
        expect(readConnectRequest(new JuteReader(encodeConnectRequest(asked)))).toEqual(asked);
        expect(readConnectResponse(new JuteReader(encodeConnectResponse(answered)))).toEqual(answered);
      }),
      { numRuns: 300 },
    );
  });

  it("covers every opcode that a client may send, and every response", () => {
    const never: OpcodeName[] = ["createSession", "deleteContainer", "error"];
    const sent = new Set(fc.sample(requestBody, { numRuns: 3000, seed: 1 }).map((body) => body.kind));
    const answered = new Set(fc.sample(responseBody, { numRuns: 3000, seed: 1 }).map((body) => body.kind));
    const names = Object.keys(OPCODES) as OpcodeName[];
    expect([...sent].sort()).toEqual(
      names.filter((name) => ![...never, "notification", "check"].includes(name)).sort(),
    );
    expect([...answered].sort()).toEqual(names.filter((name) => ![...never, "check"].includes(name)).sort());
  });
});

// Written by hand from client-protocol.md, so that a mistake made the same way in both directions shows.
describe("layouts", () => {
  it("lays out a create request", () => {
    const body = {
      kind: "create",
      path: "/a",
      data: Uint8Array.of(0xff),
      acl: [{ perms: 31, scheme: "world", id: "anyone" }],
      flags: 3,
    } as const;
    expect(encodeBody(body)).toEqual(
      bytesOfHex(
        "00000001 00000001  00000002 2f61  00000001 ff" +
          "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65  00000003",
      ),
    );
  });

  it("puts the TTL behind the flags", () => {
    const body = { kind: "createTTL", path: "/", data: null, acl: null, flags: 5, ttlMs: 0xff_ffff_ffff } as const;
    expect(encodeBody(body)).toEqual(
      bytesOfHex("00000001 00000015  00000001 2f ffffffff ffffffff 00000005 000000ffffffffff"),
    );
  });

  it("lays out a Stat in 68 bytes", () => {
    const response = { xid: 5, zxid: -1, err: 0, body: { kind: "exists", stat: STAT } } as const;
    const frame = bytesOfHex(`00000005 ffffffffffffffff 00000000 ${STAT_HEX}`);
    expect(encodeResponse(response)).toEqual(frame);
    expect(readResponse(new JuteReader(frame), OPCODES.exists)).toEqual(response);
    expect(frame.length).toBe(16 + 68);
  });

  it("lays out a notification", () => {
    const body = { kind: "notification", eventType: 3, state: 3, path: "/b" } as const;
    expect(encodeResponse({ xid: -1, zxid: 0x2_0000_0001, err: 0, body })).toEqual(
      bytesOfHex("ffffffff 0000000200000001 00000000  00000003 00000003 00000002 2f62"),
    );
  });

  it("puts a header before each operation of a multi and a terminator behind the last", () => {
    const body = { kind: "multi", ops: [{ kind: "check", path: "/", version: 7 }] } as const;
    expect(encodeBody(body)).toEqual(
      bytesOfHex("00000001 0000000e  0000000d 00 ffffffff 00000001 2f 00000007  ffffffff 01 ffffffff"),
    );
  });

  it("answers create2, createContainer and createTTL inside a multi with type 15", () => {
    for (const kind of ["create2", "createContainer", "createTTL"] as const) {
      const frame = encodeResponse({
        xid: 1,
        zxid: 1,
        err: 0,
        body: { kind: "multi", results: [{ kind, path: "/", stat: STAT }] },
      });
      expect(frame.subarray(16, 25)).toEqual(bytesOfHex("0000000f 00 00000000"));
    }
  });

  it("puts the code of a failed operation into its header and its body", () => {
    const body = { kind: "multi", results: [{ kind: "error", err: -101 }] } as const;
    expect(encodeResponse({ xid: 1, zxid: 1, err: 0, body }).subarray(16)).toEqual(
      bytesOfHex("ffffffff 00 ffffff9b ffffff9b  ffffffff 01 ffffffff"),
    );
  });

  it("keeps the empty body of a multiRead that was refused", () => {
    const response = { xid: 1, zxid: 1, err: -5, body: { kind: "multiRead", results: [] } } as const;
    const frame = encodeResponse(response);
    expect(frame.subarray(16)).toEqual(bytesOfHex("ffffffff 01 ffffffff"));
    expect(readResponse(new JuteReader(frame), OPCODES.multiRead)).toEqual(response);
    expect(readResponse(new JuteReader(frame.subarray(0, 16)), OPCODES.multiRead).body).toBeNull();
  });
});

describe("the handshake", () => {
  const password = new Uint8Array(16).fill(7);
  const asked = { protocolVersion: 0, lastZxidSeen: 1, timeoutMs: 4000, sessionId: -2n, password } as const;
  const answered = { protocolVersion: 0, timeoutMs: 4000, sessionId: 3n, password } as const;

  it.each([
    { readOnly: null, requestBytes: 44, responseBytes: 36 },
    { readOnly: false, requestBytes: 45, responseBytes: 37 },
    { readOnly: true, requestBytes: 45, responseBytes: 37 },
  ])("with read-only $readOnly takes $requestBytes and $responseBytes bytes", ({ readOnly, ...sizes }) => {
    const requestFrame = encodeConnectRequest({ ...asked, readOnly });
    const responseFrame = encodeConnectResponse({ ...answered, readOnly });
    expect({ requestBytes: requestFrame.length, responseBytes: responseFrame.length }).toEqual(sizes);
    expect(readConnectRequest(new JuteReader(requestFrame))).toEqual({ ...asked, readOnly });
    expect(readConnectResponse(new JuteReader(responseFrame))).toEqual({ ...answered, readOnly });
  });

  it("tells a null password from an empty one", () => {
    for (const other of [null, new Uint8Array(0)]) {
      const frame = encodeConnectRequest({ ...asked, password: other, readOnly: true });
      expect(frame.length).toBe(29);
      expect(readConnectRequest(new JuteReader(frame)).password).toEqual(other);
    }
  });
});
