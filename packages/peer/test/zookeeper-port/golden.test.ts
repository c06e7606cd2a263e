import {
  JuteReader,
  type Opcode,
  OPCODES,
  peekXid,
  readConnectResponse,
  readRequestHeader,
  readResponse,
  XID_NOTIFICATION,
  XID_PING,
} from "@coterie/protocol";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { hexToBytes, PortWorld } from "./port-world.ts";

// Goal: hand-written frames get from the port what a real server answered.
// Method: the frames of each recorded connection are sent one after the other; what comes is compared, record by record.
// Zxids are compared exactly: both servers are fresh. The server was a 3.8; where it differs from the reference (3.9) in
// what these frames ask, the difference is put right below.

interface GoldenFrame {
  readonly conn: number;
  readonly from: "client" | "server";
  readonly hex: string;
}

const url = new URL("../../../protocol/test/golden/raw-handwritten.jsonl", import.meta.url);
const frames = readFileSync(url, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as GoldenFrame);
const connections = [...new Set(frames.map(({ conn }) => conn))];

it("answers hand-written frames as a real server did", async () => {
  const world = await new PortWorld().open();
  for (const connection of connections) {
    const own = frames.filter(({ conn }) => conn === connection);
    const requests = own.filter(({ from }) => from === "client").map(({ hex }) => hexToBytes(hex));
    const golden = own.filter(({ from }) => from === "server").map(({ hex }) => hexToBytes(hex));
    const client = world.dial();
    for (const request of requests) {
      client.connection!.send(request);
      world.settle();
    }
    const answers = recordsOf(client.frames, requests);
    expect(answers).toEqual(as39(recordsOf(golden, requests)));
    expect(client.isClosed).toBe(true);
  }
  expect(connections.length).toBeGreaterThan(5);
  expect(world.port!.connectionCount).toBe(0);
});

function recordsOf(answers: readonly Uint8Array[], requests: readonly Uint8Array[]): unknown[] {
  const opcodes = new Map<number, number[]>();
  for (const request of requests.slice(1)) {
    const { xid, type } = readRequestHeader(new JuteReader(request));
    const answered = type === OPCODES.ping ? XID_PING : xid;
    opcodes.set(answered, [...(opcodes.get(answered) ?? []), type]);
  }
  return answers.map((answer, index) => {
    const reader = new JuteReader(answer);
    if (index === 0) {
      const { timeoutMs, password, readOnly } = readConnectResponse(reader);
      return { timeoutMs, passwordSizeBytes: password.length, readOnly };
    }
    const xid = peekXid(answer);
    const opcode = xid === XID_NOTIFICATION ? OPCODES.notification : opcodes.get(xid)!.shift()!;
    const response = readResponse(reader, opcode as Opcode);
    // 3.8 does not say which txn an event belongs to.
    const known = xid === XID_NOTIFICATION ? { ...response, zxid: -1 } : response;
    return JSON.parse(JSON.stringify(known, (key, value: unknown) => normalized(key, value))) as unknown;
  });
}

function normalized(key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value === 0n ? "nobody" : "a session";
  return typeof value === "number" && value > 0 && key.endsWith("time") ? "a time" : value;
}

/** A path may have watches of several modes at once: /raw is still watched persistently, not only recursively. */
function as39(records: unknown[]): unknown[] {
  const index = records.findIndex((record) => (record as { xid?: number }).xid === 23);
  const body = { kind: "notification", eventType: 4, state: 3, path: "/raw" };
  return index < 0 ? records : records.toSpliced(index, 0, { xid: XID_NOTIFICATION, zxid: -1, err: 0, body });
}
