import { readdirSync, readFileSync, statSync } from "node:fs";
import { expect, it } from "vitest";
import type { RecordedFrame } from "./golden/recording-proxy.ts";

const directory = new URL("../../packages/protocol/test/golden/", import.meta.url);
const files = readdirSync(directory).filter((name) => name.endsWith(".jsonl"));
const SIZE_MAX_BYTES = 400_000;
/** Every opcode that a client may send. Not 13, which is an op of multi, nor 20 and -10, which are servers' own. */
const OPCODES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 18, 19, 21, 22];
const LATER_OPCODES = [100, 101, 102, 103, 104, 105, 106, 107, -11];

function read(name: string): RecordedFrame[] {
  const lines = readFileSync(new URL(name, directory), "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as RecordedFrame);
}

/** The frames of all files behind each direction's handshake. */
function framesFrom(from: RecordedFrame["from"]): Buffer[] {
  return files.flatMap((name) => {
    const started = new Set<number>();
    const frames = read(name).filter((frame) => frame.from === from);
    const later = frames.filter(({ conn }) => started.has(conn) || (started.add(conn), false));
    return later.map(({ hex }) => Buffer.from(hex, "hex"));
  });
}

it("keeps the golden files small", () => {
  const sizes = files.map((name) => statSync(new URL(name, directory)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(SIZE_MAX_BYTES);
});

it("covers every opcode that a client may send", () => {
  const seen = new Set(framesFrom("client").map((frame) => frame.readInt32BE(4)));
  expect([...seen].sort((a, b) => a - b)).toEqual([...OPCODES, ...LATER_OPCODES].sort((a, b) => a - b));
});

it("covers every kind of notification that a server sends", () => {
  const notifications = framesFrom("server").filter((frame) => frame.readInt32BE(0) === -1);
  expect(new Set(notifications.map((frame) => frame.readInt32BE(16)))).toEqual(new Set([1, 2, 3, 4]));
});

it("holds notifications of version 3.8, which carry no zxid", () => {
  const notifications = framesFrom("server").filter((frame) => frame.readInt32BE(0) === -1);
  expect(new Set(notifications.map((frame) => frame.readBigInt64BE(4)))).toEqual(new Set([-1n]));
});

it("covers the handshakes: with and without the read-only byte, accepted and refused", () => {
  const responses = files.flatMap((name) => {
    const seen = new Set<number>();
    const own = read(name).filter(({ from, conn }) => from === "server" && !seen.has(conn) && (seen.add(conn), true));
    return own.map(({ hex }) => Buffer.from(hex, "hex"));
  });
  const kinds = new Set(responses.map((frame) => `${frame.length} ${frame.readInt32BE(4) > 0}`));
  expect(kinds).toEqual(new Set(["37 true", "36 true", "37 false", "36 false"]));
});
