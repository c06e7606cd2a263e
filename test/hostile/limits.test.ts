import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock, MonotonicMs } from "@coterie/interface";
import { createPlatformClock } from "@coterie/platform";
import { JuteReader, OPCODES, peekXid, readResponse, type RequestBody, XID_PING } from "@coterie/protocol";
import { createTcpTransport } from "@coterie/transport-tcp";
import { describe, expect, it } from "vitest";
import { hostPeers } from "./support/host-peers.ts";
import { type HostedPeer, until } from "./support/hosted-peer.ts";
import { create, RawClient } from "./support/raw-client.ts";

// Goal: whatever one client does, what it costs the peer is bounded by a limit with a name, and others are served.

const isLong = process.env["COTERIE_TEST_LONG"] === "1";

/** CORE_LIMITS_DEFAULT.watchesPerWatcherMax */
const WATCHES_MAX = 100_000;
/** Replies above this many `clientQueueMaxBytes` cut a connection at once (port-connection.ts). */
const BURST_QUEUES_MAX = 4;

const start = hostPeers();

const alive = (hosted: HostedPeer): number => hosted.peer.metrics()["num_alive_connections"]!;
const queued = (hosted: HostedPeer): number => hosted.peer.metrics()["client_queue_size_bytes"]!;

describe("connections", () => {
  it("1,000 from one address: 60 are served, the others are turned away, and the log stays short", async () => {
    const hosted = await start();
    const beganMs = performance.now();
    const clients = await Promise.all(Array.from({ length: 1_000 }, () => hosted.dial()));
    await until("940 are turned away", () => clients.filter(({ isClosed }) => isClosed).length === 940);
    const kept = clients.filter(({ isClosed }) => !isClosed);
    for (const client of kept) client.sendConnect({});
    await until("60 are served", () => alive(hosted) === 60);
    expect(await hosted.isWell()).toBe(true);
    // A hundred are named at once, and ten for each second: the others cost no line.
    const linesMax = 100 + ((performance.now() - beganMs) / 1_000) * 10 + 1;
    expect(hosted.log.lines.filter(({ level }) => level === "warn").length).toBeLessThanOrEqual(linesMax);
    kept[0]!.destroy();
    await until("one is gone", () => alive(hosted) === 59);
    await hosted.connect();
  });

  it("that stop in the middle of their first length are turned away in time", async () => {
    const transport = createTcpTransport({ limits: { handshakeTimeoutMs: 200 } });
    const hosted = await start({}, { transport });
    const client = await hosted.dial();
    for (let byte = 0; byte < 3; byte++) client.write(Uint8Array.of(0));
    await client.untilClosed();
    expect(client.receivedBytes).toBe(0);
    await until("it is refused", () =>
      hosted.log.messages.some((message) => message.startsWith("a ZooKeeper client was refused")),
    );
  });

  it("that drip a handshake, a byte a turn, are closed in time, though something is always coming", async () => {
    const hosted = await start({ clock: new PacedClock(100) });
    const client = await hosted.dial();
    const sizeBytes = 1_000_000;
    client.writeFrame(new Uint8Array(0), sizeBytes);
    const drip = (): void => {
      if (client.isClosed) return;
      client.write(Uint8Array.of(0));
      setImmediate(drip);
    };
    drip();
    await client.untilClosed();
    // Had it been read to its end, it would have been refused for what stands in it.
    expect(client.socket.bytesWritten).toBeGreaterThan(4);
    expect(client.socket.bytesWritten).toBeLessThan(sizeBytes);
    expect(client.receivedBytes).toBe(0);
  });
});

const SESSIONS = isLong ? 100_000 : 500;
const AT_ONCE = 100;
/** Of what a session takes in the heap of a peer that leads, its tracker's part included; of few with what else has grown meanwhile. */
const SESSION_SIZE_MAX_BYTES = isLong ? 2_048 : 32_768;
/** What is left of each when it has expired: two txns in a log that no checkpoint has shortened yet. */
const SESSION_LEFT_MAX_BYTES = isLong ? 768 : 32_768;
/** How long a session of somebody else may take to be opened, used and closed, whatever becomes of all those. */
const WELL_MAX_MS = 5_000;

describe("sessions", () => {
  it(`of which ${SESSIONS} are left behind are held at a bounded price, one more is refused, and all expire`, async () => {
    // None expires while others are opened.
    const clock = new PacedClock(1 / 50);
    const timeoutMs = isLong ? 40_000 : 4_000;
    const port = { connectionsPerIpMax: 0, sessionsMax: SESSIONS };
    const hosted = await start({ clock, sessions: { timeoutMaxMs: timeoutMs } }, port);
    const gc = collector();
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let opened = 0; opened < SESSIONS; opened += AT_ONCE) {
      const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => RawClient.dial(hosted.port)));
      await Promise.all(clients.map((client) => client.connect({ timeoutMs })));
      // Without the time that the system keeps a port behind an orderly end.
      for (const { socket } of clients) socket.resetAndDestroy();
    }
    await until("all are gone", () => alive(hosted) === 0);
    expect(hosted.peer.status.sessionCount).toBe(SESSIONS);
    gc();
    const perSession = (): number => (process.memoryUsage().heapUsed - before) / SESSIONS;
    expect(perSession()).toBeLessThan(SESSION_SIZE_MAX_BYTES);
    const refused = await hosted.dial();
    refused.sendConnect({});
    await refused.untilClosed();
    expect(refused.receivedBytes).toBe(0);
    let slowestMs = 0;
    const useOne = async (): Promise<void> => {
      const beganMs = performance.now();
      expect(await hosted.isWell()).toBe(true);
      slowestMs = Math.max(slowestMs, performance.now() - beganMs);
    };
    // Those of this process are not refused.
    await useOne();
    clock.setPace(isLong ? 1 : 10);
    const expired = (): number => SESSIONS - hosted.peer.status.sessionCount;
    for (let seen = 0; seen < SESSIONS; seen = expired()) {
      await until("more have expired", () => expired() > seen);
      await useOne();
    }
    expect(slowestMs).toBeLessThan(WELL_MAX_MS);
    await hosted.connect();
    gc();
    expect(perSession()).toBeLessThan(SESSION_LEFT_MAX_BYTES);
  });
});

describe("a client that never reads", () => {
  it("is owed no more than the limit, and gets everything in order when it reads", async () => {
    const hosted = await start();
    const client = await hosted.connect();
    const sizeBytes = 900_000;
    await client.ask(create("/large", new Uint8Array(sizeBytes)));
    client.socket.pause();
    const count = 200;
    for (let index = 0; index < count; index++) client.send({ kind: "getData", path: "/large", watch: false });
    let most = 0;
    for (let round = 0; round < 20; round++) {
      expect(await hosted.isWell()).toBe(true);
      most = Math.max(most, queued(hosted));
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(BURST_QUEUES_MAX * 16 * 2 ** 20);
    client.socket.resume();
    const replies = await client.replies(count, "getData");
    expect(replies.map(({ xid }) => xid)).toEqual(Array.from({ length: count }, (_value, index) => index + 2));
  });

  it("of events is cut at the limit, and its session stays (WA-10)", async () => {
    const clientQueueMaxBytes = 256 * 1024;
    const hosted = await start({ limits: { clientQueueMaxBytes } });
    const [watcher, writer] = [await hosted.connect(), await hosted.connect()];
    const path = `/${"n".repeat(60_000)}`;
    await writer.ask(create(path));
    await watcher.ask({ kind: "addWatch", path, mode: 0 });
    watcher.socket.pause();
    const isCut = (): boolean => hosted.log.messages.includes("a ZooKeeper client reads too slowly");
    let most = 0;
    while (!isCut()) {
      await writer.ask({ kind: "setData", path, data: null, version: -1 });
      most = Math.max(most, queued(hosted));
    }
    expect(most).toBeLessThanOrEqual(BURST_QUEUES_MAX * clientQueueMaxBytes + 2 * path.length);
    await until("nothing is owed any more", () => queued(hosted) === 0);
    const again = await hosted.dial();
    await again.connect({ sessionId: watcher.sessionId, password: watcher.password });
    expect(again.sessionId).toBe(watcher.sessionId);
    expect((await writer.ask({ kind: "exists", path, watch: false })).err).toBe(0);
  });
});

describe("counts at their caps", () => {
  it(`${WATCHES_MAX} watches of one connection are held, one more is refused, and none is left behind`, async () => {
    const hosted = await start({}, { fourLetterWords: ["wchs"] });
    const client = await hosted.connect();
    const none = { dataWatches: [], childWatches: [] };
    for (let from = 0; from < WATCHES_MAX; from += 50_000) {
      const existWatches = Array.from({ length: 50_000 }, (_value, index) => `/${from + index}`);
      const response = await client.ask({ kind: "setWatches", relativeZxid: 2 ** 40, existWatches, ...none });
      expect(response.err).toBe(0);
    }
    expect((await client.ask({ kind: "addWatch", path: "/more", mode: 1 })).err).toBe(-8);
    expect((await client.ask({ kind: "exists", path: "/more", watch: true })).err).toBe(-8);
    expect((await client.ask({ kind: "exists", path: "/", watch: false })).err).toBe(0);
    expect(await hosted.ask("wchs")).toContain(`Total watches:${WATCHES_MAX}\n`);
    client.destroy();
    await until("it is gone", () => alive(hosted) === 0);
    expect(await hosted.ask("wchs")).toContain("Total watches:0\n");
  });

  it("a list beyond what a client may be owed ends its connection, and no other's", async () => {
    const hosted = await start({ limits: { clientQueueMaxBytes: 256 * 1024 } });
    const [client, other] = [await hosted.connect(), await hosted.connect()];
    for (let index = 0; index < 30; index++) await client.ask(create(`/${String(index).padEnd(40_000, "x")}`));
    // Were all looked up before the first is sent, a hundred would take a hundred times the memory.
    const list: RequestBody = { kind: "getChildren", path: "/", watch: false };
    for (let index = 0; index < 100; index++) client.send(list);
    await client.untilClosed();
    await until("nothing is owed any more", () => queued(hosted) === 0);
    expect((await other.ask({ kind: "exists", path: "/", watch: false })).err).toBe(0);
  });

  it("ephemerals and children: 5,000 of one session go with it in one txn", async () => {
    const hosted = await start();
    const [owner, other] = [await hosted.connect(), await hosted.connect()];
    await owner.ask(create("/all"));
    const count = 5_000;
    for (let index = 0; index < count; index++) owner.send(create(`/all/${index}`, null, 1));
    expect((await owner.replies(count, "create")).every(({ err }) => err === 0)).toBe(true);
    const before = hosted.peer.status.appliedZxid;
    await owner.ask({ kind: "closeSession" });
    const { body } = await other.ask({ kind: "getChildren", path: "/all", watch: false });
    expect(body).toEqual({ kind: "getChildren", children: [] });
    expect(hosted.peer.status.appliedZxid - before).toBe(1);
  });

  it("a multi of as many operations as a frame holds is one txn, and changes all or nothing", async () => {
    const hosted = await start();
    const client = await hosted.connect();
    const ops = Array.from({ length: 25_000 }, (_value, index) => ({
      kind: "delete" as const,
      path: `/${index}`,
      version: -1,
    }));
    const before = hosted.peer.status.appliedZxid;
    const response = await client.ask({ kind: "multi", ops });
    expect(response.body?.kind).toBe("multi");
    expect(hosted.peer.status.appliedZxid - before).toBe(1);
    expect(await hosted.isWell()).toBe(true);
  });
});

describe("requests of one client", () => {
  it("wait beyond its limit, its heartbeats live, and others are answered meanwhile", async () => {
    const sessionRequestsMax = 100;
    const hosted = await start({ limits: { sessionRequestsMax } });
    const [flood, other] = [await hosted.connect(), await hosted.connect()];
    const count = 5_000;
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, hosted.peer.metrics()["outstanding_requests"]!);
    }, 0);
    for (let index = 0; index < count / 2; index++) flood.send(create(`/flood-${index}`));
    flood.send({ kind: "ping" });
    for (let index = count / 2; index < count; index++) flood.send(create(`/flood-${index}`));
    for (let round = 0; round < 10; round++) {
      expect((await other.ask({ kind: "exists", path: "/", watch: false })).err).toBe(0);
    }
    const frames: Uint8Array[] = [];
    while (frames.length <= count) frames.push(await flood.nextFrame());
    clearInterval(watching);
    const pingedAt = frames.findIndex((frame) => peekXid(frame) === XID_PING);
    // Soon after it was read: with those that were behind it, and not behind them all.
    expect(pingedAt).toBeGreaterThanOrEqual(0);
    expect(pingedAt).toBeLessThanOrEqual(count / 2 + sessionRequestsMax);
    const replies = frames.toSpliced(pingedAt, 1).map((frame) => readResponse(new JuteReader(frame), OPCODES.create));
    expect(replies.every(({ err }) => err === 0)).toBe(true);
    expect(most).toBeGreaterThan(0);
    // And one of the other's.
    expect(most).toBeLessThanOrEqual(sessionRequestsMax + 1);
    expect((await flood.ask({ kind: "ping" })).xid).toBe(-2);
  });
});

describe("requests of one client that has a rate", () => {
  it("are asked no faster, while its session lives for many times its timeout, and others are answered", async () => {
    const clock = new PacedClock(10);
    const requestsPerSecondMax = 100;
    const hosted = await start({ clock, limits: { sessionRequestsMax: 100 } }, { requestsPerSecondMax });
    const [flood, other] = [await hosted.connect(4_000), await hosted.connect()];
    const beganMs = clock.nowMs();
    const count = 2_000;
    for (let index = 0; index < count; index++) flood.send(create(`/flood-${index}`));
    for (let round = 0; round < 50; round++) {
      expect((await other.ask({ kind: "exists", path: "/", watch: false })).err).toBe(0);
    }
    expect(flood.frames.length).toBeLessThan(count);
    const replies = await flood.replies(count, "create");
    expect(replies.filter(({ err }) => err !== 0)).toEqual([]);
    expect(replies.map(({ xid }) => xid)).toEqual(Array.from({ length: count }, (_value, index) => index + 1));
    const passedMs = clock.nowMs() - beganMs;
    expect(passedMs).toBeGreaterThanOrEqual(((count - requestsPerSecondMax) / requestsPerSecondMax) * 1_000);
    expect((await flood.ask({ kind: "ping" })).xid).toBe(-2);
    expect(alive(hosted)).toBe(2);
  });
});

/** The time of this machine, faster or slower. */
class PacedClock implements Clock {
  private readonly clock = createPlatformClock();
  private pace: number;
  private sinceMs: number = this.clock.nowMs();
  private passedMs = 0;

  constructor(pace = 1) {
    this.pace = pace;
  }

  setPace(pace: number): void {
    this.passedMs = this.nowMs();
    this.sinceMs = this.clock.nowMs();
    this.pace = pace;
  }

  nowMs(): MonotonicMs {
    return (this.passedMs + (this.clock.nowMs() - this.sinceMs) * this.pace) as MonotonicMs;
  }

  wallTimeMs(): ReturnType<Clock["wallTimeMs"]> {
    return this.clock.wallTimeMs();
  }

  setTimer(delayMs: number, callback: () => void): ReturnType<Clock["setTimer"]> {
    return this.clock.setTimer(delayMs / this.pace, callback);
  }

  nextTurn(callback: () => void): void {
    this.clock.nextTurn(callback);
  }
}

/** The collector of this process, which the command line need not have asked for. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
