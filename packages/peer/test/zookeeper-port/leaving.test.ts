import type { WatcherId } from "@coterie/core";
import { SESSION_NONE } from "@coterie/interface";
import {
  JuteReader,
  peekXid,
  PROTOCOL_VERSION_COTERIE,
  readReplyHeader,
  XID_GOODBYE,
  XID_NOTIFICATION,
} from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import { LOOKING } from "../serving/fake-engine.ts";
import { create, get } from "../serving/serving-world.ts";
import { PortWorld, type RawClient } from "./port-world.ts";

const COTERIE = { protocolVersion: PROTOCOL_VERSION_COTERIE } as const;

/** Begins to close the port; says whether that is done. */
function close(world: PortWorld): { isDone: boolean } {
  const closing = { isDone: false };
  void world.port!.close().then(() => (closing.isDone = true));
  world.settle();
  return closing;
}

function xids(client: RawClient): number[] {
  return client.frames.splice(0).map((frame) => peekXid(frame));
}

function childrenOf(world: PortWorld): readonly string[] {
  const context = { sessionId: SESSION_NONE, identities: [], watcher: 0 as WatcherId };
  const read = world.engine.machine.read({ kind: "getChildren", path: "/", watch: false }, context);
  return read.kind === "getChildren" ? read.children : [];
}

describe("who speaks to whom", () => {
  it.each([PROTOCOL_VERSION_COTERIE, 0, 7])("is said in the handshake: to %i", async (protocolVersion) => {
    const world = await new PortWorld().open();
    const answered = protocolVersion === PROTOCOL_VERSION_COTERIE ? PROTOCOL_VERSION_COTERIE : 0;
    const { session } = world.connect({ protocolVersion });
    expect(session.protocolVersion).toBe(answered);
    const refused = world.connect({ protocolVersion, sessionId: session.sessionId, password: new Uint8Array(16) });
    expect(refused.session).toMatchObject({ protocolVersion: answered, timeoutMs: 0 });
  });
});

describe("a port that closes", () => {
  it("answers what was handed in, takes nothing else, and says so to Coterie's clients", async () => {
    const world = await new PortWorld().open();
    const client = world.connect(COTERIE);
    world.engine.holdsRequests = true;
    client.request(1, create("/a"));
    client.request(2, get("/a"));
    world.settle();
    const closing = close(world);
    client.request(3, create("/b"));
    world.settle();
    expect([client.frames, client.isClosed, closing.isDone]).toEqual([[], false, false]);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.settle();
    expect(client.frames.map((frame) => readReplyHeader(new JuteReader(frame)).err)).toEqual([0, 0, 0]);
    expect(xids(client)).toEqual([1, 2, XID_GOODBYE]);
    await world.port!.close();
    expect([client.isClosed, closing.isDone]).toEqual([true, true]);
    expect(world.engine.machine.session(client.session.sessionId as never)).toBeDefined();
    expect(childrenOf(world)).toEqual(["zookeeper", "a"]);
  });

  it("does not take what it had received and not handed in", async () => {
    const world = await new PortWorld({ sessionRequestsMax: 10 }).open();
    const client = world.connect(COTERIE);
    world.engine.holdsRequests = true;
    for (let xid = 1; xid <= 100; xid++) client.request(xid, create(`/n${xid}`));
    world.settle();
    close(world);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.settle();
    expect(xids(client)).toEqual([...Array.from({ length: 10 }, (_, index) => index + 1), XID_GOODBYE]);
    expect(childrenOf(world)).toHaveLength(10 + 1);
  });

  it("sends events up to the end, and none behind it", async () => {
    const world = await new PortWorld().open();
    const [watcher, writer] = [world.connect(COTERIE), world.connect(COTERIE)];
    world.ask(watcher, { kind: "addWatch", path: "/", mode: 1 });
    world.engine.holdsConfirms = true;
    watcher.request(2, { kind: "sync", path: "/" });
    world.engine.holdsRequests = true;
    writer.request(1, create("/a"));
    world.settle();
    close(world);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.settle();
    expect([xids(writer), xids(watcher)]).toEqual([[1, XID_GOODBYE], [XID_NOTIFICATION]]);
    world.engine.holdsConfirms = false;
    world.engine.wake();
    world.settle();
    expect(xids(watcher)).toEqual([2, XID_GOODBYE]);
  });

  it("just ends the connections of other clients, behind the last answer", async () => {
    const world = await new PortWorld().open();
    const [idle, busy, fresh] = [world.connect(), world.connect(), world.dial()];
    world.engine.holdsRequests = true;
    busy.request(1, create("/a"));
    world.settle();
    close(world);
    expect([idle, busy, fresh].map(({ isClosed }) => isClosed)).toEqual([true, false, true]);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.settle();
    expect([xids(idle), xids(busy), xids(fresh), busy.isClosed]).toEqual([[], [1], [], true]);
  });

  it("says goodbye at once to who waits for nothing, also while it does not serve", async () => {
    const world = await new PortWorld().open();
    const client = world.connect(COTERIE);
    world.engine.become(LOOKING);
    const closing = close(world);
    await world.port!.close();
    expect([xids(client), client.isClosed, closing.isDone]).toEqual([[XID_GOODBYE], true, true]);
  });

  it("says no goodbye where the outcome is unknown, even if something was told in the same turn", async () => {
    const world = await new PortWorld().open();
    const client = world.connect(COTERIE);
    world.ask(client, { kind: "addWatch", path: "/", mode: 1 });
    world.engine.holdsRequests = true;
    client.request(2, create("/a"));
    world.settle();
    close(world);
    world.engine.write({ kind: "setData", path: "/", data: null, version: -1 });
    world.engine.refuseRequests();
    world.settle();
    expect([xids(client), client.isClosed]).toEqual([[XID_NOTIFICATION], true]);
  });

  it("lets a handshake come to its end, so that the client knows its session", async () => {
    const world = await new PortWorld().open();
    world.engine.holdsRequests = true;
    const client = world.dial();
    client.connect(COTERIE);
    world.settle();
    close(world);
    expect(client.isClosed).toBe(false);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.settle();
    expect(client.takeConnectResponse().timeoutMs).toBe(10_000);
    expect([xids(client), client.isClosed]).toEqual([[XID_GOODBYE], true]);
  });

  it("closes the session of who has asked for that, and says nothing more", async () => {
    const world = await new PortWorld().open();
    const client = world.connect(COTERIE);
    world.engine.holdsRequests = true;
    client.request(1, { kind: "closeSession" });
    world.settle();
    close(world);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.settle();
    expect([xids(client), client.isClosed]).toEqual([[1], true]);
  });

  it("waits for two seconds and no longer: what is not answered then has an unknown outcome", async () => {
    const world = await new PortWorld().open();
    const client = world.connect(COTERIE);
    world.engine.holdsRequests = true;
    client.request(1, create("/a"));
    world.settle();
    const closing = close(world);
    world.pass(1_999);
    await Promise.resolve();
    expect([client.isClosed, closing.isDone]).toEqual([false, false]);
    world.pass(1);
    await world.port!.close();
    world.settle();
    expect([client.isClosed, client.frames, closing.isDone]).toEqual([true, [], true]);
  });

  it("waits no longer than for the peer, if that stops meanwhile", async () => {
    const world = await new PortWorld().open();
    const client = world.connect(COTERIE);
    world.engine.holdsRequests = true;
    client.request(1, create("/a"));
    world.settle();
    close(world);
    world.engine.stop();
    world.settle();
    await world.port!.close();
    expect([client.isClosed, client.frames]).toEqual([true, []]);
  });

  it("leaves nothing behind at the peer", async () => {
    const world = await new PortWorld().open();
    world.connect(COTERIE);
    close(world);
    await world.port!.close();
    world.settle();
    expect(world.serving.connectedCount).toBe(0);
    const turns = world.engine.turnCount;
    world.pass(60_000);
    expect(world.engine.turnCount).toBe(turns);
  });
});
