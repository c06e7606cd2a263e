import { createMemoryNetwork } from "@coterie/transport-memory";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../interface/test/manual-clock.ts";
import { CLIENT_LIMITS, type ClientChannelOptions, createClientChannel } from "../src/index.ts";
import { ChannelKit } from "./support/channel-kit.ts";
import {
  connectFrame,
  eventFrame,
  EXPIRED_FRAME,
  FROM_COTERIE,
  GOODBYE_FRAME,
  replyFrame,
  SESSION,
} from "./support/frames.ts";

// The servers grant 9,000 ms.
function opened(hosts: readonly string[] = ["a", "b", "c"], options: Partial<ClientChannelOptions> = {}): ChannelKit {
  const kit = new ChannelKit(hosts, options).open();
  expect(kit.take()).toEqual(["connected"]);
  return kit;
}

describe("a channel over the wire", () => {
  it("opens a session at one of the servers", () => {
    const kit = new ChannelKit(["a", "b", "c"]);
    expect(kit.channel).toMatchObject({ state: "connecting", sessionId: 0n, timeoutMs: 0, server: null });
    kit.open();
    expect(kit.take()).toEqual(["connected"]);
    expect(kit.channel).toMatchObject({ state: "connected", sessionId: SESSION, timeoutMs: 9_000, isReadOnly: false });
    expect(kit.channel.supports).toMatchObject({ kind: "wire", linearizable: false, bounded: false });
    expect(kit.channel.staleMs()).toBe(null);
  });

  it("knows a peer of Coterie's as soon as it is connected, and goes on at another one when that says goodbye", () => {
    const kit = new ChannelKit(["a", "b", "c"]);
    for (const server of kit.servers.values()) server.greet = () => connectFrame(FROM_COTERIE);
    expect(kit.channel.supports.linearizable).toBe(null);
    kit.open();
    expect(kit.channel.supports.linearizable).toBe(true);
    const { server: former } = kit.channel;
    const leaving = kit.server;
    leaving.answer = () => null;
    kit.submit("/one");
    kit.submit("/two");
    kit.clock.settle();
    leaving.last.send(GOODBYE_FRAME);
    kit.clock.settle();
    expect(kit.take()).toEqual(["connected", "suspended CONNECTION_LOSS", "connected", "/one ok", "/two ok"]);
    expect(kit.channel.server).not.toBe(former);
    expect(kit.server.last.requests.map(({ xid }) => xid)).toEqual([1, 2]);
    expect(leaving.last.isClosed).toBe(true);
  });

  it("is a worker's where the server keeps the session", () => {
    expect(opened(["a"], { isKept: true }).channel.supports.kind).toBe("worker");
  });

  it("tells nothing inside a call, and everything in order", () => {
    const kit = opened();
    kit.submit("/one");
    kit.submit("too large", { kind: "setData", path: "/a", data: new Uint8Array(2 ** 20), version: -1 });
    kit.submit("/two");
    kit.clock.settle();
    expect(kit.take()).toEqual(["/one ok", "too large BAD_ARGUMENTS", "/two ok"]);
    kit.submit("alone", { kind: "setData", path: "/a", data: new Uint8Array(2 ** 20), version: -1 });
    kit.call(() => kit.channel.detach());
    expect(kit.take()).toEqual([]);
    expect(kit.channel.state).toBe("connected");
    kit.clock.settle();
    expect(kit.take()).toEqual(["alone BAD_ARGUMENTS", "closed"]);
    expect(kit.channel.state).toBe("closed");
  });

  it("carries out what is asked while the session is told something", () => {
    const kit = opened();
    const order: string[] = [];
    const ask = (depth: number): void =>
      kit.channel.submit({
        body: { kind: "sync", path: `/${depth}` },
        settle: () => {
          order.push(`begin ${depth}`);
          if (depth < 3) ask(depth + 1);
          order.push(`end ${depth}`);
        },
      });
    ask(1);
    kit.clock.settle();
    expect(order).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  it("has a thousand requests under way at once, and answers them in order", () => {
    const kit = opened();
    const names = Array.from({ length: 1_000 }, (_, index) => `/${index}`);
    for (const name of names) kit.submit(name);
    kit.clock.settle();
    expect(kit.take()).toEqual(names.map((name) => `${name} ok`));
    expect(kit.server.last.requests.map(({ xid }) => xid)).toEqual(names.map((_, index) => index + 1));
  });

  it("waits for the transport to take more, in its queue", () => {
    const kit = opened(["a"], { limits: { sendQueueTargetBytes: 1_000 } });
    kit.network.setLine("client", "a", { isCut: true });
    const names = Array.from({ length: 100 }, (_, index) => `/${index}`);
    for (const name of names) kit.submit(name);
    kit.clock.settle();
    expect(kit.take()).toEqual([]);
    kit.network.heal();
    kit.clock.settle();
    expect(kit.take()).toEqual(names.map((name) => `${name} ok`));
  });
});

describe("faults", () => {
  it("a connection that breaks: the session goes on at another server", () => {
    const kit = opened();
    const { server } = kit;
    server.answer = () => null;
    kit.submit("/one");
    kit.clock.settle();
    server.last.connection.abort();
    kit.clock.settle();
    expect(kit.take()).toEqual(["/one CONNECTION_LOSS", "suspended CONNECTION_LOSS", "connected"]);
    expect(kit.server).not.toBe(server);
    expect(kit.server.last.connect).toMatchObject({ sessionId: SESSION, lastZxidSeen: 0 });
    expect(kit.server.last.requests).toEqual([]);
  });

  it("half-open: a server that went away without a word is given up after two thirds of the timeout", () => {
    const kit = opened();
    const gone = kit.channel.server!.split(":")[0]!;
    kit.network.silence("client", gone);
    kit.submit("/one");
    expect(kit.advance(5_999)).toEqual([]);
    expect(kit.advance(2)).toEqual(["/one CONNECTION_LOSS", "suspended CONNECTION_LOSS", "connected"]);
    expect(kit.channel.server).not.toMatch(gone);
  });

  it("all servers away: the session is lost a timeout after the last ping that was answered", () => {
    const kit = opened();
    // The ping at 3,000 is answered, the one at 6,000 is not.
    expect(kit.advance(5_000)).toEqual([]);
    kit.network.partition([["client"], ["a", "b", "c"]]);
    kit.submit("/one");
    expect(kit.advance(6_999)).toEqual(["/one CONNECTION_LOSS", "suspended CONNECTION_LOSS"]);
    expect(kit.clock.nowMs()).toBe(11_999);
    kit.submit("/two");
    expect(kit.advance(1)).toEqual(["/two CONNECTION_LOSS", "lost SESSION_EXPIRED"]);
    kit.network.heal();
    expect(kit.advance(100_000)).toEqual([]);
  });

  it.each([
    ["a wrong xid", replyFrame(99, { kind: "sync", path: "/" })],
    ["garbage", Uint8Array.from({ length: 64 }, (_, index) => (index * 37) % 256)],
    ["an empty frame", new Uint8Array()],
  ])("%s: the connection is given up", (_, frame) => {
    const kit = opened();
    kit.server.answer = () => frame;
    kit.submit("/one");
    kit.clock.settle();
    expect(kit.take()).toEqual(["/one CONNECTION_LOSS", "suspended CONNECTION_LOSS", "connected"]);
    expect(kit.channel.troubles().filter(({ reason }) => reason?.code === "MARSHALLING_ERROR")).toHaveLength(1);
  });

  it("oversize: the read that asked for it fails by that name", () => {
    const kit = opened(["a", "b"], { limits: { replySizeMaxBytes: 1_000 } });
    for (const server of kit.servers.values()) {
      server.answer = ({ xid }) => replyFrame(xid, { kind: "getChildren", children: ["x".repeat(2_000)] });
    }
    kit.submit("/one", { kind: "getChildren", path: "/", watch: false });
    kit.submit("/two");
    kit.clock.settle();
    expect(kit.take()).toEqual([
      "/one FRAME_TOO_LARGE",
      "/two CONNECTION_LOSS",
      "suspended CONNECTION_LOSS",
      "connected",
    ]);
  });

  it("slow: a server that does not answer the connect request in its time is passed over", () => {
    const kit = new ChannelKit(["a", "b"], { sessionTimeoutMs: 8_000 });
    for (const server of kit.servers.values()) server.greet = () => null;
    kit.open();
    expect(kit.advance(3_999)).toEqual([]);
    for (const server of kit.servers.values()) server.greet = () => connectFrame();
    expect(kit.advance(2)).toEqual(["connected"]);
  });

  it("expired: the session is lost, and no other one takes its place", () => {
    const kit = opened();
    for (const server of kit.servers.values()) server.greet = () => EXPIRED_FRAME;
    kit.server.last.connection.abort();
    expect(kit.advance(1)).toEqual(["suspended CONNECTION_LOSS", "lost SESSION_EXPIRED"]);
    expect(kit.channel.state).toBe("lost");
    kit.submit("/one");
    kit.clock.settle();
    expect(kit.take()).toEqual(["/one SESSION_EXPIRED"]);
  });

  it("moved: a server that takes the session and closes the connection, again and again, is asked with pauses", () => {
    const kit = opened(["a"]);
    const server = kit.servers.get("a")!;
    server.greet = () => {
      kit.clock.nextTurn(() => server.last.connection.close());
      return connectFrame();
    };
    server.last.connection.close();
    kit.advance(60_000);
    // Pauses grow to 1..2 seconds.
    expect(server.connections.length).toBeGreaterThan(30);
    expect(server.connections.length).toBeLessThan(70);
    expect(kit.channel.state).toBe("suspended");
  });

  it("a stall of this process: what has arrived meanwhile counts before anything is held to be lost", () => {
    const kit = opened(["a"]);
    kit.submit("/one");
    expect(kit.advance(2_999)).toEqual(["/one ok"]);
    // In the socket, and not read, while the clock goes past the time at which a silent server is given up.
    kit.server.last.send(eventFrame(3, "/w", 8));
    kit.clock.skewMs = 4_000;
    expect(kit.clock.nowMs()).toBe(6_999);
    expect(kit.stallUntilAlarm(1)).toEqual(["event /w 8"]);
    expect(kit.channel.state).toBe("connected");
  });

  it("a stall of this process for longer than the session's timeout: the session may have expired, and is lost", () => {
    const kit = opened(["a"]);
    kit.submit("/one");
    expect(kit.advance(2_999)).toEqual(["/one ok"]);
    kit.server.last.send(eventFrame(3, "/w", 8));
    kit.clock.skewMs = 7_000;
    expect(kit.stallUntilAlarm(1)).toEqual(["event /w 8", "lost SESSION_EXPIRED"]);
  });

  it("a suspend of this machine, which its monotonic clock does not count: the session may have expired, and is lost", () => {
    const kit = opened(["a"]);
    expect(kit.advance(1_000)).toEqual([]);
    kit.clock.wallSkewMs = 8_000;
    kit.submit("/one");
    // The ping was due long ago, and its answer comes too late.
    expect(kit.advance(0)).toEqual(["/one CONNECTION_LOSS", "lost SESSION_EXPIRED"]);
  });

  it("no server at all: it is tried with pauses, and never in a busy loop", () => {
    const kit = new ChannelKit(["a", "b"]);
    kit.network.crash("a");
    kit.network.crash("b");
    kit.open();
    kit.advance(60_000);
    expect(kit.take()).toEqual([]);
    expect(kit.channel.state).toBe("connecting");
    expect(kit.channel.troubles().map(({ reason }) => reason?.code)).toEqual(["UNREACHABLE", "UNREACHABLE"]);
  });

  it("a transport that cannot dial: that is the trouble of each server", () => {
    const kit = new ChannelKit(["a"], {
      transport: {
        supports: { identity: false, zookeeperFraming: true },
        listen: () => Promise.reject(new Error("not here")),
        dial: () => {
          throw new Error("no sockets left");
        },
      },
    });
    kit.open();
    kit.advance(1_000);
    expect(kit.channel.troubles()[0]!.reason?.message).toContain("no sockets left");
    kit.call(() => kit.channel.close());
    kit.clock.settle();
    expect(kit.take()).toEqual(["closed"]);
  });
});

describe("sessions that are taken up again", () => {
  it("have their watches registered before anything else, and are told so", () => {
    const kit = opened();
    kit.watched = { persistent: ["/p"], recursive: ["/r"] };
    kit.server.last.connection.abort();
    kit.clock.settle();
    expect(kit.take()).toEqual(["suspended CONNECTION_LOSS", "connected", "watches renewed"]);
    expect(kit.server.last.requests.map(({ body }) => body.kind)).toEqual(["setWatches2"]);
  });
});

describe("the end of a session", () => {
  it("close sends what was asked for, and the end behind it", () => {
    const kit = opened();
    const { server } = kit;
    kit.submit("/one");
    kit.call(() => kit.channel.close());
    kit.clock.settle();
    expect(kit.take()).toEqual(["/one ok", "closed"]);
    expect(server.last.requests.map(({ body }) => body.kind)).toEqual(["sync", "closeSession"]);
    expect(server.last.isClosed).toBe(true);
  });

  it("close is bounded in time", () => {
    const kit = opened();
    kit.server.answer = () => null;
    kit.call(() => kit.channel.close());
    expect(kit.advance(4_999)).toEqual([]);
    expect(kit.advance(1)).toEqual(["closed"]);
  });

  it("detach leaves the session alone", () => {
    const kit = opened();
    const { server } = kit;
    kit.call(() => kit.channel.detach());
    kit.clock.settle();
    expect(kit.take()).toEqual(["closed"]);
    expect(server.last.requests).toEqual([]);
    expect(server.last.isClosed).toBe(true);
  });
});

describe("options", () => {
  const transport = createMemoryNetwork({ clock: new ManualClock() }).transport("client");

  it.each([
    [{ addresses: [] }, /at least one server/],
    [{ addresses: "a:1" as never }, /at least one server/],
    [{ sessionTimeoutMs: 0 }, /sessionTimeoutMs must be an integer in 1\.\.2147483647, not 0/],
    [{ sessionTimeoutMs: "9" as never }, /not "9"/],
    [{ limits: { queuedMax: 1.5 } }, /limits\.queuedMax/],
    [{ limits: { queueMax: 1 } as never }, /limits\.queueMax is no limit.*queuedMaxBytes/],
  ] satisfies [Partial<ClientChannelOptions>, RegExp][])("%j are refused in words", (options, words) => {
    const create = () => createClientChannel({ transport, addresses: ["a:1"], ...options });
    expect(create).toThrow(words);
    expect(create).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
  });

  it("that are undefined are left out", () => {
    const limits = Object.fromEntries(Object.keys(CLIENT_LIMITS).map((limit) => [limit, undefined]));
    const channel = createClientChannel({ transport, addresses: ["a:1"], sessionTimeoutMs: undefined, limits });
    expect(channel.state).toBe("connecting");
  });
});
