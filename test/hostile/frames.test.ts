import { type CreateTtlRequest, JuteWriter, OPCODES } from "@coterie/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HostedPeer } from "./support/hosted-peer.ts";
import { create, OPEN_ACL, requestOf } from "./support/raw-client.ts";

// Goal: bytes that are no protocol end their own connection, cost nothing else, and change nothing.

let hosted: HostedPeer;
beforeAll(async () => {
  hosted = await HostedPeer.start({}, { connectionsPerIpMax: 0 });
});
afterAll(async () => hosted.stop());

/** One for each test: they share a peer. */
let count = 0;
const freshPath = (): string => `/fresh-${++count}`;

const OUTSIDE_LIMIT = [0, -1, -(2 ** 31), 2 ** 31 - 1, 2 ** 20];

/** Of the largest request that is let in by default. */
const FRAME_MAX = 2 ** 20 - 1;

describe("a length", () => {
  it.each(OUTSIDE_LIMIT)("of %i ends a connection without a session, and nothing is said", async (length) => {
    const client = await hosted.dial();
    client.writeFrame(new Uint8Array(4), length);
    await client.untilClosed();
    expect(client.receivedBytes).toBe(0);
    expect(await hosted.isWell()).toBe(true);
  });

  it.each(OUTSIDE_LIMIT)("of %i ends a connection behind the answers to what came before", async (length) => {
    const [client, other] = [await hosted.connect(), await hosted.connect()];
    const [before, behind] = [freshPath(), freshPath()];
    client.send(create(before));
    client.writeFrame(new Uint8Array(0), length);
    client.send(create(behind));
    await client.untilClosed();
    expect((await other.ask(create(before))).err).toBe(-110);
    expect((await other.ask({ kind: "exists", path: behind, watch: false })).err).toBe(-101);
  });

  it("that is announced and never comes costs no buffer: the frame's memory grows with its bytes", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const clients = await Promise.all(Array.from({ length: 50 }, () => hosted.connect()));
    for (const client of clients) client.writeFrame(new Uint8Array(1), FRAME_MAX);
    expect(await hosted.isWell()).toBe(true);
    // Buffers of what was announced would take 50 MiB; what a busy machine leaves uncollected stays far below.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(25 * 2 ** 20);
  });

  it("of exactly the limit is let in", async () => {
    const client = await hosted.connect();
    const empty = requestOf(create("/large", new Uint8Array(0)), 1).length;
    const response = await client.ask(create("/large", new Uint8Array(FRAME_MAX - empty)));
    expect(response.err).toBe(0);
  });
});

describe("garbage behind valid frames", () => {
  it.each([
    ["too short for a header", Uint8Array.of(1, 2, 3)],
    ["an opcode that there is not", words(7, 31_337)],
  ])("%s: what came before is carried out, what comes behind is not", async (_what, garbage) => {
    const [client, other] = [await hosted.connect(), await hosted.connect()];
    const [before, behind] = [freshPath(), freshPath()];
    client.send(create(before));
    client.writeFrame(garbage);
    client.send(create(behind));
    await client.untilClosed();
    expect((await other.ask(create(before))).err).toBe(-110);
    expect((await other.ask({ kind: "exists", path: behind, watch: false })).err).toBe(-101);
  });

  it("in a body is answered in its place, and the connection goes on", async () => {
    const client = await hosted.connect();
    client.writeFrame(Buffer.concat([words(1, OPCODES.create), words(2 ** 30)]));
    const [refused] = await client.replies(1, "create");
    expect(refused!.err).toBe(-5);
    expect((await client.ask({ kind: "exists", path: "/", watch: false })).err).toBe(0);
  });

  it("instead of a handshake ends the connection in silence", async () => {
    const client = await hosted.dial();
    client.writeFrame(words(1, 2, 3));
    await client.untilClosed();
    expect(client.receivedBytes).toBe(0);
  });
});

describe("opcodes that only servers may send", () => {
  /** notification, error, createSession, check outside of a multi, deleteContainer; and what is nothing at all. */
  const SERVERS_ONLY = [0, -1, -10, 13, 20, -12, 10, 99];

  it.each(SERVERS_ONLY)("%i ends the connection, whatever stands in it, and has no effect", async (type) => {
    const [client, owner] = [await hosted.connect(), await hosted.connect()];
    const empty = freshPath();
    expect((await owner.ask(create(empty))).err).toBe(0);
    const body = new JuteWriter();
    body.writeRaw(words(1, type));
    body.writeString(empty);
    body.writeInt(-1);
    client.writeFrame(body.copy());
    await client.untilClosed();
    expect((await owner.ask({ kind: "exists", path: empty, watch: false })).err).toBe(0);
  });
});

describe("paths", () => {
  const HOSTILE: readonly [string, Uint8Array][] = [
    ["nothing", text("")],
    ["no slash", text("a")],
    ["a slash at the end", text("/a/")],
    ["two slashes", text("/a//b")],
    [".", text("/a/.")],
    ["..", text("/a/../b")],
    ["NUL", text("/a\u0000b")],
    ["a line end", text("/a\nb")],
    ["an escape", text("/\u001b[2J")],
    ["C1", text("/a\u0085b")],
    ["a byte that is never UTF-8", Uint8Array.of(0x2f, 0xff)],
    ["a character that is cut off", Uint8Array.of(0x2f, 0xe2, 0x82)],
    ["a slash that is too long", Uint8Array.of(0x2f, 0x61, 0xc0, 0xaf)],
    ["half of a surrogate pair", Uint8Array.of(0x2f, 0xed, 0xa0, 0x80)],
  ];

  it.each(HOSTILE)("with %s make no znode", async (_what, path) => {
    const client = await hosted.connect();
    // The parent is there: nothing else is wrong.
    await client.ask(create("/a"));
    const { znodeCount } = hosted.peer.status;
    const body = new JuteWriter();
    body.writeRaw(words(1, OPCODES.create));
    body.writeBuffer(path);
    body.writeBuffer(null);
    body.writeInt(1);
    body.writeInt(31);
    body.writeString("world");
    body.writeString("anyone");
    body.writeInt(0);
    client.writeFrame(body.copy());
    const [response] = await client.replies(1, "create");
    // NO_NODE where what stands before the last slash is no znode.
    expect([-5, -8, -101]).toContain(response!.err);
    expect(hosted.peer.status.znodeCount).toBe(znodeCount);
  });
});

describe("createTTL", () => {
  const ttl = (path: string, flags: number, ttlMs: number): CreateTtlRequest => ({
    kind: "createTTL",
    path,
    data: null,
    acl: OPEN_ACL,
    flags,
    ttlMs,
  });
  const BAD: readonly [flags: number, ttlMs: number][] = [
    [0, -1],
    [1, -1],
    [4, -1],
    [0, 1_000],
    [5, -1],
    [5, 0],
    [6, -(2 ** 40)],
    [5, 2 ** 40],
    [7, -1],
    [-1, -1],
    [2 ** 31 - 1, -1],
  ];

  it.each(BAD)("with flag %i and ttl %i is refused, and the peer goes on", async (flags, ttlMs) => {
    const client = await hosted.connect();
    const path = freshPath();
    expect([-5, -8]).toContain((await client.ask(ttl(path, flags, ttlMs))).err);
    await client.ask({ kind: "multi", ops: [ttl(path, flags, ttlMs)] });
    expect((await client.ask({ kind: "exists", path, watch: false })).err).toBe(-101);
    expect((await client.ask(ttl(path, 5, 60_000))).err).toBe(0);
  });
});

function words(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, index * 4);
  return bytes;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
