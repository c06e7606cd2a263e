import { wireOfCode } from "@coterie/interface";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  isOpcode,
  isProtocolError,
  JuteReader,
  JuteWriter,
  OPCODES,
  peekXid,
  readConnectRequest,
  readConnectResponse,
  readReplyHeader,
  readRequest,
  readRequestHeader,
  readResponse,
  writeConnectRequest,
  writeConnectResponse,
  writeRequest,
  writeResponse,
  XID_NOTIFICATION,
} from "../src/index.ts";

// Goal: what real clients and a real server said decodes, and encodes again to the very same bytes.
// Method: replay the recorded frames of each connection in order, remembering the opcode of each xid.

interface GoldenFrame {
  readonly conn: number;
  readonly from: "client" | "server";
  readonly hex: string;
}

const directory = new URL("golden/", import.meta.url);
const files = readdirSync(directory).filter((name) => name.endsWith(".jsonl"));

it("has golden files to replay", () => {
  expect(files.length).toBeGreaterThan(0);
});

describe.each(files)("golden frames of %s", (name) => {
  const lines = readFileSync(new URL(name, directory), "utf8").split("\n");
  const frames = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as GoldenFrame);
  const connections = [...new Set(frames.map((frame) => frame.conn))];

  it("holds frames", () => {
    expect(frames.length).toBeGreaterThan(0);
  });

  it.each(connections)("connection %i encodes to the bytes it decoded from", (connection) => {
    const own = frames.filter((frame) => frame.conn === connection);
    expect(replay(own)).toEqual(own.map((frame) => frame.hex));
  });
});

/** What each frame becomes when decoded and encoded again. */
function replay(frames: readonly GoldenFrame[]): string[] {
  const started = { client: false, server: false };
  const opcodesInFlight = new Map<number, number[]>();
  return frames.map((golden) => {
    const frame = new Uint8Array(Buffer.from(golden.hex, "hex"));
    const first = !started[golden.from];
    started[golden.from] = true;
    if (first)
      return golden.from === "client" ? again(frame, readConnectRequest, writeConnectRequest) : connected(frame);
    if (golden.from === "server") return replyAgain(frame, opcodesInFlight);
    const { xid, type } = readRequestHeader(new JuteReader(frame));
    opcodesInFlight.set(xid, [...(opcodesInFlight.get(xid) ?? []), type]);
    return requestAgain(frame, frames);
  });
}

function connected(frame: Uint8Array): string {
  return again(frame, readConnectResponse, writeConnectResponse);
}

function again<Value>(
  frame: Uint8Array,
  read: (reader: JuteReader) => Value,
  write: (writer: JuteWriter, value: Value) => void,
): string {
  const writer = new JuteWriter();
  write(writer, read(new JuteReader(frame)));
  return Buffer.from(writer.view()).toString("hex");
}

/** A recorded request that is malformed on purpose must be one that the real server refused for the same reason. */
function requestAgain(frame: Uint8Array, frames: readonly GoldenFrame[]): string {
  try {
    return again(frame, readRequest, writeRequest);
  } catch (error) {
    if (!isProtocolError(error) || error.header === null) throw error;
    const { xid } = error.header;
    const replies = frames
      .filter((golden) => golden.from === "server")
      .slice(1)
      .map((golden) => readReplyHeader(new JuteReader(Buffer.from(golden.hex, "hex"))));
    const reply = replies.find((header) => header.xid === xid);
    expect(reply, `the server answered xid ${xid}, which gives ${error.reason}`).toBeDefined();
    expect(reply?.err).toBe(wireOfCode(error.code));
    return Buffer.from(frame).toString("hex");
  }
}

function replyAgain(frame: Uint8Array, opcodesInFlight: Map<number, number[]>): string {
  const xid = peekXid(frame);
  const opcode = xid === XID_NOTIFICATION ? OPCODES.notification : opcodesInFlight.get(xid)?.shift();
  expect(opcode, `a request of xid ${xid} was sent before its reply`).toBeDefined();
  // A reply to what is no opcode can only be an error, which any opcode reads.
  const known = isOpcode(opcode!) ? opcode : OPCODES.ping;
  return again(frame, (reader) => readResponse(reader, known), writeResponse);
}
