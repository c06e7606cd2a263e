import type { Transport } from "@coterie/interface";
import type { PortOptions } from "../../src/zookeeper-port/port-options.ts";
import {
  JuteWriter,
  OPCODES,
  type RequestBody,
  writeRequestHeader,
  XID_NOTIFICATION,
  XID_PING,
} from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import { LEADING, LOOKING } from "../serving/fake-engine.ts";
import { create, get, OPEN_ACL } from "../serving/serving-world.ts";
import { QUEUES_TOGETHER_MAX } from "../../src/zookeeper-port/port-options.ts";
import { PortWorld, type RawClient } from "./port-world.ts";

/** A frame of a header and whatever follows it. */
function sendRaw(client: RawClient, xid: number, type: number, ...rest: number[]): void {
  const writer = new JuteWriter();
  writeRequestHeader(writer, { xid, type });
  writer.writeRaw(new Uint8Array(rest));
  client.connection!.send(writer.copy());
}

describe("the handshake", () => {
  it.each([
    [null, 36, null],
    [false, 37, false],
    [true, 37, false],
  ])("answers the read-only byte %s with %i bytes", async (readOnly, sizeBytes, answered) => {
    const world = await new PortWorld().open();
    const client = world.dial();
    client.connect({ readOnly });
    world.settle();
    expect(client.frames[0]).toHaveLength(sizeBytes);
    const response = client.takeConnectResponse();
    expect(response).toMatchObject({ protocolVersion: 0, timeoutMs: 10_000, readOnly: answered });
    expect(response.sessionId).not.toBe(0n);
  });

  it("takes a session up again, and closes the older connection in silence", async () => {
    const world = await new PortWorld().open();
    const older = world.connect();
    const { sessionId, password } = older.session;
    const newer = world.connect({ sessionId, password });
    expect(newer.session).toEqual(older.session);
    expect([older.isClosed, older.frames, newer.isClosed]).toEqual([true, [], false]);
  });

  it("says that a session is gone, and closes", async () => {
    const world = await new PortWorld().open();
    const real = world.connect();
    const guess = world.connect({ sessionId: real.session.sessionId, password: new Uint8Array(16) });
    expect(guess.session).toEqual({
      protocolVersion: 0,
      timeoutMs: 0,
      sessionId: 0n,
      password: new Uint8Array(16),
      readOnly: false,
    });
    expect([guess.isClosed, real.isClosed]).toEqual([true, false]);
  });

  it("closes without a word on a client that has seen more, and while it does not serve", async () => {
    const world = await new PortWorld().open();
    const behind = world.dial();
    behind.connect({ lastZxidSeen: Number.MAX_SAFE_INTEGER });
    world.settle();
    expect([behind.isClosed, behind.frames]).toEqual([true, []]);
    world.engine.become(LOOKING);
    const early = world.dial();
    early.connect();
    world.settle();
    expect([early.isClosed, early.frames]).toEqual([true, []]);
    world.engine.become(LEADING);
    expect(world.connect().session.timeoutMs).toBe(10_000);
  });

  it("keeps what is sent right behind the ConnectRequest", async () => {
    const world = await new PortWorld().open();
    const client = world.dial();
    client.connect();
    client.request(1, create("/a"));
    client.request(2, get("/a"));
    world.settle();
    client.takeConnectResponse();
    expect(client.takeReplies().map(({ xid, err }) => [xid, err])).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it("closes a connection that has no session in time, and none that has one", async () => {
    const world = await new PortWorld().open();
    const idle = world.dial();
    world.engine.holdsRequests = true;
    const waiting = world.dial();
    waiting.connect();
    world.settle();
    world.engine.holdsRequests = false;
    const client = world.connect();
    world.engine.holdsRequests = true;
    const late = world.dial();
    late.connect();
    world.pass(10_000);
    expect([idle.isClosed, waiting.isClosed, late.isClosed, client.isClosed]).toEqual([true, false, true, false]);
    expect(world.port!.connectionCount).toBe(2);
  });
});

describe("requests", () => {
  it("echoes whatever xid came, but for pings", async () => {
    const world = await new PortWorld().open();
    const client = world.connect();
    for (const xid of [0, -7, 2 ** 31 - 1]) client.request(xid, get("/"));
    client.request(77, { kind: "ping" });
    world.settle();
    expect(client.takeReplies().map(({ xid }) => xid)).toEqual([0, -7, 2 ** 31 - 1, XID_PING]);
  });

  it("sends an event before the reply to what caused it", async () => {
    const world = await new PortWorld().open();
    const [one, other] = [world.connect(), world.connect()];
    for (const client of [one, other]) world.ask(client, { kind: "exists", path: "/a", watch: true });
    const replies = world.ask(one, create("/a"));
    expect(replies.map(({ xid, zxid }) => [xid, zxid])).toEqual([
      [XID_NOTIFICATION, replies[1]!.zxid],
      [1, replies[1]!.zxid],
    ]);
    expect(other.takeReplies()).toEqual([replies[0]]);
  });

  it("answers a record that cannot be decoded with -5 and goes on", async () => {
    const world = await new PortWorld().open();
    const client = world.connect();
    client.expectReply(1, OPCODES.getData);
    sendRaw(client, 1, OPCODES.getData, 0, 0);
    client.request(2, get("/"));
    world.settle();
    expect(client.takeReplies().map(({ xid, err }) => [xid, err])).toEqual([
      [1, -5],
      [2, 0],
    ]);
  });

  it("lets an undecodable multi take a zxid", async () => {
    const world = await new PortWorld().open();
    const client = world.connect();
    const before = world.engine.machine.lastAppliedZxid;
    client.expectReply(1, OPCODES.multi);
    sendRaw(client, 1, OPCODES.multi, 9, 9);
    world.settle();
    expect(client.takeReplies()).toEqual([{ xid: 1, zxid: before + 1, err: -5, body: null }]);
    expect(world.engine.machine.lastAppliedZxid).toBe(before + 1);
  });

  it.each([
    ["of a write", OPCODES.delete, true],
    ["of an unknown type", 99, false],
  ])("refuses a multiRead %s, with a body only for a write", async (_what, type, hasBody) => {
    const world = await new PortWorld().open();
    const client = world.connect();
    const writer = new JuteWriter();
    writeRequestHeader(writer, { xid: 1, type: OPCODES.multiRead });
    writer.writeInt(type);
    writer.writeBoolean(false);
    writer.writeInt(-1);
    client.expectReply(1, OPCODES.multiRead);
    client.connection!.send(writer.copy());
    world.settle();
    const [reply] = client.takeReplies();
    expect([reply!.err, reply!.body]).toEqual([-5, hasBody ? { kind: "multiRead", results: [] } : null]);
    expect(client.isClosed).toBe(false);
  });

  it.each([0, 10, -1, 13, 20, -10, 99])("answers opcode %i with -6 and zxid -1, and closes behind it", async (type) => {
    const world = await new PortWorld().open();
    const client = world.connect();
    client.request(1, create("/a"));
    client.expectReply(2, OPCODES.ping);
    sendRaw(client, 2, type);
    client.request(3, create("/b"));
    world.settle();
    expect(client.takeReplies().map(({ xid, zxid, err }) => [xid, zxid === -1, err])).toEqual([
      [1, false, 0],
      [2, true, -6],
    ]);
    expect(client.isClosed).toBe(true);
    expect(world.ask(world.connect(), get("/b"))[0]!.err).toBe(-101);
  });

  it.each([0, 3, 7])("closes in silence on a frame of %i bytes, and only that connection", async (sizeBytes) => {
    const world = await new PortWorld().open();
    const [bad, good, fresh] = [world.connect(), world.connect(), world.dial()];
    bad.connection!.send(new Uint8Array(sizeBytes));
    fresh.connection!.send(new Uint8Array(sizeBytes));
    world.settle();
    expect([bad.isClosed, bad.frames, fresh.isClosed]).toEqual([true, [], true]);
    expect(world.ask(good, get("/"))[0]!.err).toBe(0);
  });

  it("closes behind the answer to closeSession, and behind a credential that is refused", async () => {
    const world = await new PortWorld().open();
    const [one, other] = [world.connect(), world.connect()];
    expect(world.ask(one, { kind: "closeSession" }).map(({ err }) => err)).toEqual([0]);
    expect(
      world.ask(other, { kind: "auth", authType: 0, scheme: "no-such", auth: null }).map(({ err }) => err),
    ).toEqual([-115]);
    expect([one.isClosed, other.isClosed]).toEqual([true, true]);
  });

  it("carries out what came before its client went", async () => {
    const world = await new PortWorld().open();
    const client = world.connect();
    client.request(1, create("/a"));
    client.connection!.close();
    world.settle();
    expect(world.ask(world.connect(), get("/a"))[0]!.err).toBe(0);
    expect(world.serving.connectedCount).toBe(1);
  });

  it("closes a connection whose session expires, without a word", async () => {
    const world = await new PortWorld().open();
    const client = world.connect();
    world.engine.expire(client.session.sessionId as never);
    world.settle();
    expect([client.isClosed, client.frames]).toEqual([true, []]);
  });

  it("knows its clients' address", async () => {
    const world = await new PortWorld().open();
    expect(world.ask(world.connect(), { kind: "whoAmI" })[0]!.body).toEqual({
      kind: "whoAmI",
      clientInfo: [{ authScheme: "ip", user: "127.0.0.1" }],
    });
  });
});

describe("limits", () => {
  it("takes in so many connections from an address, and so many in all", async () => {
    const world = await new PortWorld().open({ connectionsPerIpMax: 2 });
    const [first, second, third] = [world.dial(), world.dial(), world.dial()];
    expect([first.isClosed, second.isClosed, third.isClosed]).toEqual([false, false, true]);
    first.connection!.close();
    world.settle();
    expect(world.dial().isClosed).toBe(false);
    const small = await new PortWorld().open({ connectionsPerIpMax: 0, connectionsMax: 1 });
    expect([small.dial().isClosed, small.dial().isClosed]).toEqual([false, true]);
  });

  it("tells its transport what was asked for, which may have limits of its own", async () => {
    const listened: unknown[] = [];
    const listenedWith = async (options: Partial<PortOptions>): Promise<unknown> => {
      const transport: Transport = {
        supports: { identity: false, zookeeperFraming: false },
        dial: () => expect.fail("nobody dials"),
        listen: async (address, _handler, { connectionsMax, connectionsPerAddressMax }) => {
          listened.push([connectionsPerAddressMax, connectionsMax]);
          return { address, close: async () => undefined };
        },
      };
      await new PortWorld().open({ transport, ...options });
      return listened.at(-1);
    };
    expect(await listenedWith({})).toEqual([undefined, undefined]);
    expect(await listenedWith({ connectionsPerIpMax: 0 })).toEqual([0, undefined]);
    expect(await listenedWith({ connectionsPerIpMax: 100, connectionsMax: 20_000 })).toEqual([100, 20_000]);
  });

  it("opens no session where there are as many as may be, but takes up those that are there, and says so once", async () => {
    const world = await new PortWorld().open({ sessionsMax: 3 });
    const [first] = [world.connect(), world.connect()];
    // Both are asked for in one turn: what is on its way counts.
    const [third, fourth] = [world.dial(), world.dial()];
    for (const client of [third, fourth]) client.connect();
    world.settle();
    expect([third.isClosed, third.frames.length, fourth.isClosed, fourth.frames.length]).toEqual([false, 1, true, 0]);
    const { sessionId, password } = first.session;
    expect(world.connect({ sessionId, password }).session.sessionId).toBe(sessionId);
    const refused = (): boolean => {
      const client = world.dial();
      client.connect();
      world.settle();
      return client.isClosed && client.frames.length === 0;
    };
    expect(refused()).toBe(true);
    const said = "no ZooKeeper client gets a new session: the ensemble has too many";
    expect(world.logged.filter((line) => line === said)).toHaveLength(1);
    world.pass(60_000);
    expect(refused()).toBe(true);
    expect(world.logged.filter((line) => line === said)).toHaveLength(2);
    third.request(1, { kind: "closeSession" });
    world.settle();
    expect(refused()).toBe(false);
    expect(refused()).toBe(true);
    const unlimited = await new PortWorld().open({ sessionsMax: 0 });
    expect(unlimited.connect().session.sessionId).not.toBe(0n);
  });

  it("counts no session whose client went before it was there", async () => {
    const world = await new PortWorld().open({ sessionsMax: 1 });
    world.engine.holdsRequests = true;
    const client = world.dial();
    client.connect();
    world.settle();
    client.connection!.abort();
    world.settle();
    world.engine.requests = [];
    world.engine.holdsRequests = false;
    expect(world.connect().session.sessionId).not.toBe(0n);
  });

  it("stops reading where too much waits, and goes on", async () => {
    const world = await new PortWorld({ sessionRequestsMax: 10 }).open();
    const client = world.connect();
    world.engine.holdsRequests = true;
    for (let xid = 1; xid <= 100; xid++) client.request(xid, create(`/n${xid}`));
    world.settle();
    expect(world.engine.requests).toHaveLength(10);
    expect(world.serving.traffic.outstandingCount).toBe(10);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.settle();
    expect(client.takeReplies().map(({ xid }) => xid)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it("cuts a client that does not read, and leaves its session alone", async () => {
    const world = await new PortWorld().open({ clientQueueMaxBytes: 5_000 });
    const [slow, other] = [world.connect(), world.connect()];
    world.ask(slow, { kind: "addWatch", path: "/", mode: 1 });
    slow.connection!.pause();
    for (let round = 0; round < 100; round++) world.ask(other, { kind: "setData", path: "/", data: null, version: -1 });
    slow.connection!.resume();
    world.settle();
    expect(slow.isClosed).toBe(true);
    expect(world.logged).toContain("a ZooKeeper client reads too slowly");
    expect(world.engine.machine.session(slow.session.sessionId as never)).toBeDefined();
    expect(world.serving.connectedCount).toBe(1);
  });

  it("cuts those who are owed most where all together are owed too much, and nobody else", async () => {
    const clientQueueMaxBytes = 20_000;
    const world = await new PortWorld().open({ clientQueueMaxBytes, connectionsPerIpMax: 0 });
    const owner = world.connect();
    const data = new Uint8Array(15_000);
    world.ask(owner, { kind: "create", path: "/big", data, acl: OPEN_ACL, flags: 0 });
    // Each is owed less than one of them may be: there are too many.
    const [small, large] = [1, 4].map((count) =>
      Array.from({ length: 10 }, () => {
        const client = world.connect();
        client.connection!.pause();
        const write: RequestBody = { kind: "setData", path: "/", data: null, version: -1 };
        client.request(1, write);
        for (let xid = 2; xid < 2 + count; xid++) client.request(xid, get("/big"));
        client.request(2 + count, write);
        return client;
      }),
    );
    world.settle();
    const most = QUEUES_TOGETHER_MAX * clientQueueMaxBytes;
    expect(world.port!.queueSizeBytes).toBeGreaterThan(most / 2);
    expect(world.port!.queueSizeBytes).toBeLessThanOrEqual(most + 20 * clientQueueMaxBytes);
    for (const client of [...small!, ...large!]) client.connection!.resume();
    world.settle();
    expect(small!.filter(({ isClosed }) => isClosed)).toEqual([]);
    const cutCount = large!.filter(({ isClosed }) => isClosed).length;
    expect(cutCount).toBeGreaterThan(0);
    expect(cutCount).toBeLessThan(10);
    expect(world.ask(owner, get("/big"))).toHaveLength(1);
  });

  it("cuts nobody for what waits for many who are owed little each", async () => {
    const clientQueueMaxBytes = 20_000;
    const world = await new PortWorld().open({ clientQueueMaxBytes, connectionsPerIpMax: 0 });
    const owner = world.connect();
    const data = new Uint8Array(15_000);
    world.ask(owner, { kind: "create", path: "/big", data, acl: OPEN_ACL, flags: 0 });
    const slow = Array.from({ length: 30 }, (_value, index) => {
      const client = world.connect();
      client.connection!.pause();
      client.request(1, get("/big"));
      // One of them is weighed.
      if (index === 29) for (let xid = 2; xid <= 3; xid++) client.request(xid, get("/big"));
      return client;
    });
    world.settle();
    expect(world.port!.queueSizeBytes).toBeGreaterThan(QUEUES_TOGETHER_MAX * clientQueueMaxBytes);
    for (const client of slow) client.connection!.resume();
    world.settle();
    expect(slow.filter(({ isClosed }) => isClosed)).toEqual([]);
  });

  it("cuts at once where one turn hands out too much", async () => {
    const world = await new PortWorld().open({ clientQueueMaxBytes: 20_000 });
    const client = world.connect();
    const data = new Uint8Array(10_000);
    world.ask(client, { kind: "create", path: "/big", data, acl: OPEN_ACL, flags: 0 });
    client.connection!.pause();
    // Between two writes all of them are answered together.
    const write: RequestBody = { kind: "setData", path: "/", data: null, version: -1 };
    client.request(1, write);
    for (let xid = 2; xid <= 30; xid++) client.request(xid, get("/big"));
    client.request(31, write);
    world.settle();
    client.connection!.resume();
    world.settle();
    expect(client.isClosed).toBe(true);
    expect(client.frames.length).toBeLessThan(12);
  });

  it.each([
    ["a write", 0],
    ["a sync each", 1],
    ["a write, and before another", 2],
  ])("answers large reads as its client reads them, behind %s", async (_what, how) => {
    const world = await new PortWorld().open({ clientQueueMaxBytes: 2 ** 20 });
    const client = world.connect();
    const data = new Uint8Array(100_000);
    world.ask(client, { kind: "create", path: "/big", data, acl: OPEN_ACL, flags: 0 });
    const bodies: RequestBody[] = how === 1 ? [] : [{ kind: "setData", path: "/", data: null, version: -1 }];
    for (let count = 0; count < 100; count++) {
      if (how === 1) bodies.push({ kind: "sync", path: "/" });
      bodies.push(get("/big"));
    }
    if (how === 2) bodies.push({ kind: "setData", path: "/big", data: null, version: -1 });
    const replies = world.ask(client, ...bodies);
    expect(client.isClosed).toBe(false);
    expect(replies.map(({ xid, err }) => [xid, err])).toEqual(bodies.map((_body, index) => [index + 1, 0]));
  });

  it("takes in no more requests of a client whose replies wait", async () => {
    const world = await new PortWorld().open({ clientQueueMaxBytes: 2 ** 22 });
    const client = world.connect();
    const data = new Uint8Array(100_000);
    world.ask(client, {
      kind: "create",
      path: "/big",
      data,
      acl: OPEN_ACL,
      flags: 0,
    });
    client.connection!.pause();
    for (let xid = 1; xid <= 100; xid++) client.request(xid, get("/big"));
    world.settle();
    // A group of reads is answered, and then the rest waits for the client.
    expect(client.isClosed).toBe(false);
    client.connection!.resume();
    world.settle();
    expect(client.takeReplies()).toHaveLength(100);
    expect(client.isClosed).toBe(false);
  });

  it("refuses frames that are too long", async () => {
    const world = await new PortWorld().open({ frameSizeMaxBytes: 100 });
    const client = world.connect();
    client.connection!.send(new Uint8Array(101));
    world.settle();
    expect(client.isClosed).toBe(true);
  });
});

describe("the end of a port", () => {
  it("closes its connections and lets sessions live on", async () => {
    const world = await new PortWorld().open();
    const client = world.connect();
    const closed = world.port!.close();
    world.settle();
    await closed;
    expect(client.isClosed).toBe(true);
    expect(world.serving.connectedCount).toBe(0);
    expect(world.engine.machine.session(client.session.sessionId as never)).toBeDefined();
    expect(world.dial().isOpened).toBe(false);
  });

  it("closes all connections when the peer stops, those without a session too", async () => {
    const world = await new PortWorld().open();
    const [client, fresh] = [world.connect(), world.dial()];
    world.engine.stop();
    world.settle();
    expect([client.isClosed, fresh.isClosed]).toEqual([true, true]);
  });

  it("warns who may connect beyond this machine", async () => {
    expect((await new PortWorld().open()).logged.join()).toMatch(/may connect/);
  });
});
