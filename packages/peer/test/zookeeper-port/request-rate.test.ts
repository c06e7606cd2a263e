import {
  JuteWriter,
  peekXid,
  PROTOCOL_VERSION_COTERIE,
  type RequestBody,
  writeRequest,
  XID_PING,
  XID_PROBE,
} from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import { RequestRate } from "../../src/zookeeper-port/request-rate.ts";
import { create } from "../serving/serving-world.ts";
import { PortWorld, type RawClient } from "./port-world.ts";

// Goal: a client asks as fast as its port allows and no faster, in order, and its session does not notice.

const EXISTS: RequestBody = { kind: "exists", path: "/", watch: false };
const PER_SECOND = 10;

function send(client: RawClient, count: number, firstXid = 1): void {
  for (let xid = firstXid; xid < firstXid + count; xid++) client.request(xid, EXISTS);
}

function xids(client: RawClient): number[] {
  return client.takeReplies().map(({ xid }) => xid);
}

function upTo(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_value, index) => from + index);
}

/** So much time, in which the peer does whatever is due. */
function pass(world: PortWorld, ms: number): void {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) world.pass(100);
}

function open(requestsPerSecondMax: number, sessionRequestsMax = 1_000): Promise<PortWorld> {
  return new PortWorld({ sessionRequestsMax }).open({ requestsPerSecondMax, fourLetterWords: ["cons"] });
}

describe("a client with a rate", () => {
  it("is answered a second's worth at once, and the rest as time goes by, in order", async () => {
    const world = await open(PER_SECOND);
    const client = world.connect();
    send(client, 25);
    world.settle();
    expect(xids(client)).toEqual(upTo(10));
    world.pass(99);
    expect(xids(client)).toEqual([]);
    world.pass(1);
    expect(xids(client)).toEqual([11]);
    pass(world, 1_300);
    expect(xids(client)).toEqual(upTo(13, 12));
    world.pass(100);
    expect(xids(client)).toEqual([25]);
    // However long it was silent.
    world.pass(60_000);
    send(client, 25, 26);
    world.settle();
    expect(xids(client)).toEqual(upTo(10, 26));
  });

  it("hears answers to heartbeats at once, whatever of it has to wait", async () => {
    const world = await open(PER_SECOND);
    const client = world.connect();
    send(client, 20);
    client.request(0, { kind: "ping" });
    world.settle();
    const first = xids(client);
    expect(first.toSorted((one, other) => one - other)).toEqual([XID_PING, ...upTo(10)]);
    client.request(0, { kind: "ping" });
    world.settle();
    expect(xids(client)).toEqual([XID_PING]);
  });

  it("hears answers to its probes at once, too: it would take the peer for gone", async () => {
    const world = await open(PER_SECOND);
    const client = world.connect({ protocolVersion: PROTOCOL_VERSION_COTERIE });
    send(client, 20);
    const probe = new JuteWriter();
    writeRequest(probe, { xid: XID_PROBE, body: { kind: "ping" } });
    client.connection!.send(probe.copy());
    world.settle();
    expect(client.frames.map(peekXid).toSorted((one, other) => one - other)).toEqual([XID_PROBE, ...upTo(10)]);
  });

  it("has its heartbeats counted as requests where there are more than any client needs", async () => {
    const world = await open(PER_SECOND);
    const client = world.connect();
    for (let count = 0; count < 50; count++) client.request(0, { kind: "ping" });
    world.settle();
    expect(xids(client)).toHaveLength(2 * PER_SECOND);
    pass(world, 3_000);
    expect(xids(client)).toHaveLength(50 - 2 * PER_SECOND);
  });

  it("is not read where enough of it waits; its session is touched all the same, and all is answered", async () => {
    const countMax = 20;
    const world = await open(PER_SECOND, countMax);
    const client = world.connect();
    send(client, 100);
    world.settle();
    expect(world.ask4("cons")).toContain("[0](");
    client.request(0, { kind: "ping" });
    world.settle();
    const answered = xids(client);
    expect(answered).toEqual(upTo(10));
    for (let passedMs = 0; passedMs < 9_000; passedMs += 500) {
      const touchedCount = world.engine.touched.length;
      pass(world, 500);
      expect(world.engine.touched.length - touchedCount).toBeGreaterThanOrEqual(5);
      answered.push(...xids(client));
    }
    expect(answered.filter((xid) => xid !== XID_PING)).toEqual(upTo(100));
    // As soon as it was read.
    expect(answered.indexOf(XID_PING)).toBeLessThanOrEqual(100 - countMax + 1);
    expect(world.ask4("cons")).toContain("[1](");
  });

  it("does not slow down others, nor what it asks on another connection", async () => {
    const world = await open(PER_SECOND);
    const [flood, other] = [world.connect(), world.connect()];
    send(flood, 1_000);
    world.settle();
    expect(world.ask(other, EXISTS, create("/a"))).toHaveLength(2);
    expect(xids(flood)).toHaveLength(PER_SECOND);
  });

  it("takes what waits with it when it goes: nothing of it is done later, and nothing keeps time", async () => {
    const world = await open(PER_SECOND);
    const client = world.connect();
    for (let xid = 1; xid <= 12; xid++) client.request(xid, create(`/n${xid}`));
    world.settle();
    client.connection!.abort();
    world.settle();
    const turns = world.engine.turnCount;
    world.pass(10_000);
    expect(world.engine.turnCount).toBe(turns);
    expect(world.engine.machine.statistics.znodeCount - new PortWorld().engine.machine.statistics.znodeCount).toBe(10);
  });

  it("may end its handshake at once, which is no request", async () => {
    const world = await open(PER_SECOND);
    const client = world.dial();
    client.connect();
    send(client, 10);
    world.settle();
    client.takeConnectResponse();
    expect(xids(client)).toEqual(upTo(10));
  });
});

describe("a rate", () => {
  it.each([10, 300, 1e6])("of %i a second gives as many in a second, whatever the steps of time", (perSecondMax) => {
    for (const stepMs of [0.1, 1, 7, 100]) {
      const rate = new RequestRate(perSecondMax, 0);
      while (rate.take(0));
      let taken = 0;
      for (let nowMs = 0; nowMs <= 10_000; nowMs += stepMs) while (rate.take(nowMs)) taken += 1;
      expect(Math.abs(taken - 10 * perSecondMax)).toBeLessThanOrEqual(1 + (perSecondMax * stepMs) / 1_000);
    }
  });

  it("says how long the next has to wait: neither too short nor longer than 100 ms", () => {
    for (const perSecondMax of [10, 17, 1_000, 1e6]) {
      const rate = new RequestRate(perSecondMax, 0);
      while (rate.take(0));
      const { waitMs } = rate;
      expect(waitMs).toBeGreaterThanOrEqual(20);
      expect(waitMs).toBeLessThanOrEqual(100);
      expect(rate.take(waitMs + 1e-6)).toBe(true);
    }
  });
});
