import { CoterieError } from "@coterie/interface";
import { PROTOCOL_VERSION_COTERIE, XID_AUTH, XID_PING, XID_SET_WATCHES } from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import {
  connectFrame,
  eventFrame,
  EXPIRED_FRAME,
  FROM_COTERIE,
  readConnect,
  readSent,
  replyFrame,
  SESSION,
} from "../support/frames.ts";
import { MachineKit, type MachineKitOptions } from "../support/machine-kit.ts";

const SYNC = { kind: "sync", path: "/" } as const;
const GET = { kind: "getData", path: "/a", watch: false } as const;

function connected(options: MachineKitOptions = {}): MachineKit {
  const kit = new MachineKit(options);
  kit.step({ kind: "start" });
  kit.connect();
  return kit;
}

describe("opening a session", () => {
  it("dials, asks for a new session, and says connected when a server has made one", () => {
    const kit = new MachineKit();
    expect(kit.step({ kind: "start" })).toEqual(["dial one:2181"]);
    expect(kit.step({ kind: "opened", link: 1 })).toEqual(["send connect 0x0 zxid 0 12000 ms"]);
    expect(kit.frame(connectFrame())).toEqual(["connected"]);
  });

  it("sends what has waited, in order, behind the identities", () => {
    const kit = new MachineKit();
    kit.step({ kind: "start" });
    expect(kit.submit("a", SYNC)).toEqual([]);
    expect(kit.authenticate("me")).toEqual([]);
    expect(kit.submit("b", GET)).toEqual([]);
    expect(kit.connect()).toEqual([`send ${XID_AUTH} auth`, "connected", "send 1 sync", "send 2 getData"]);
  });

  it("goes to the next server at once if one cannot be reached, and pauses between rounds, longer each time", () => {
    const kit = new MachineKit({ addresses: ["a:1", "b:1", "c:1"] });
    kit.step({ kind: "start" });
    expect(kit.closed("UNREACHABLE")).toHaveLength(1);
    expect(kit.closed("UNREACHABLE")).toHaveLength(1);
    expect(kit.dialled.toSorted()).toEqual(["a:1", "b:1", "c:1"]);
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      expect(kit.closed("UNREACHABLE")).toEqual([]);
      pauses.push(kit.machine.wakeAtMs() - kit.nowMs);
      expect(kit.wake()).toEqual([`dial ${kit.dialled[0]}`]);
      kit.closed("UNREACHABLE");
      kit.closed("UNREACHABLE");
    }
    const bounds = [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000];
    expect(pauses.map((pause, round) => pause >= bounds[round]! / 2 && pause <= bounds[round]!)).toEqual(
      bounds.map(() => true),
    );
    expect(kit.machine.troubles().map(({ reason }) => reason?.code)).toEqual(Array(3).fill("UNREACHABLE"));
  });

  it("gives a server its part of the timeout, and not less than the limit says", () => {
    const many = new MachineKit({ addresses: ["a:1", "b:1", "c:1"] });
    many.step({ kind: "start" });
    expect(many.machine.wakeAtMs() - many.nowMs).toBe(4_000);
    many.step({ kind: "opened", link: 1 });
    expect(many.wake()).toEqual(["abort", `dial ${many.dialled[1]}`]);
    const most = new MachineKit({ addresses: Array.from({ length: 20 }, (_, index) => `s${index}:1`) });
    most.step({ kind: "start" });
    expect(most.machine.wakeAtMs() - most.nowMs).toBe(1_000);
  });

  it.each([
    ["no answer to a connect request", new Uint8Array([1, 2, 3])],
    ["a refusal of a new session", EXPIRED_FRAME],
  ])("takes %s for a failed attempt", (_, frame) => {
    const kit = new MachineKit({ addresses: ["a:1", "b:1"] });
    kit.step({ kind: "start" });
    kit.step({ kind: "opened", link: 1 });
    expect(kit.frame(frame)).toEqual(["abort", `dial ${kit.dialled[1]}`]);
    expect(kit.machine.troubles().map(({ reason }) => reason?.code)).toContain("MARSHALLING_ERROR");
  });

  it("draws the order of the servers", () => {
    const addresses = Array.from({ length: 50 }, (_, index) => `s${index}:1`);
    const kit = new MachineKit({ addresses });
    kit.step({ kind: "start" });
    for (let tried = 1; tried < addresses.length; tried++) kit.closed("UNREACHABLE");
    expect(kit.dialled).not.toEqual(addresses);
    expect(kit.dialled.toSorted()).toEqual(addresses.toSorted());
  });
});

describe("requests", () => {
  it("are answered in order, by the xid that is next", () => {
    const kit = connected();
    expect(kit.submit("a", SYNC)).toEqual(["send 1 sync"]);
    expect(kit.submit("b", GET)).toEqual(["send 2 getData"]);
    expect(kit.frame(replyFrame(1, { kind: "sync", path: "/" }, { zxid: 5 }))).toEqual(["a ok"]);
    expect(kit.frame(replyFrame(2, null, { zxid: 6, err: -101 }))).toEqual(["b NO_NODE"]);
    expect(kit.replies.map(({ reply }) => reply.zxid)).toEqual([5, 6]);
  });

  it.each([
    ["a wrong xid", replyFrame(2, { kind: "sync", path: "/" })],
    ["bytes that are no answer", new Uint8Array([0, 0, 0, 1, 0])],
    ["an answer that ends early", replyFrame(1, { kind: "sync", path: "/long" }).subarray(0, 22)],
    ["an empty frame", new Uint8Array()],
    ["a ping that was not sent", replyFrame(XID_PING, { kind: "ping" })],
    ["an identity that was not shown", replyFrame(XID_AUTH, { kind: "auth" })],
    ["an event that is none", replyFrame(-1, null, { err: -101 })],
  ])("are lost in order with a connection that brings %s", (_, frame) => {
    const kit = connected();
    kit.submit("a", SYNC);
    kit.submit("b", GET);
    const words = kit.frame(frame);
    expect(words.slice(0, 4)).toEqual(["a CONNECTION_LOSS", "b CONNECTION_LOSS", "abort", "suspended CONNECTION_LOSS"]);
  });

  it("wait while there is no connection, and are never sent twice", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    kit.nowMs += 5_000;
    expect(kit.closed()).toEqual(["a CONNECTION_LOSS", "suspended CONNECTION_LOSS", "dial one:2181"]);
    expect(kit.submit("b", GET)).toEqual([]);
    expect(kit.connect()).toEqual(["connected", "send 2 getData"]);
  });

  it("above the frame limit are refused here, in their turn", () => {
    const kit = connected();
    const setData = (sizeBytes: number) =>
      ({ kind: "setData", path: "/a", data: new Uint8Array(sizeBytes), version: -1 }) as const;
    // Header, path, length and version take 22 bytes.
    expect(kit.submit("fits", setData(1_048_575 - 22))).toEqual(["send 1 setData"]);
    expect(kit.submit("too large", setData(1_048_575 - 21))).toEqual([]);
    expect(kit.submit("behind", SYNC)).toEqual(["send 3 sync"]);
    expect(kit.frame(replyFrame(1, null, { err: -101 }))).toEqual(["fits NO_NODE", "too large BAD_ARGUMENTS"]);
    expect(kit.frame(replyFrame(3, { kind: "sync", path: "/" }))).toEqual(["behind ok"]);
    expect(kit.submit("alone", setData(2_000_000))).toEqual(["alone BAD_ARGUMENTS"]);
    expect(kit.replies[1]!.reply.reason?.message).toMatch(/1048576 bytes.*1048575/);
  });

  it("that cannot be written are refused here", () => {
    const kit = connected();
    expect(kit.submit("a", { kind: "delete", path: "/a", version: 2 ** 40 })).toEqual(["a BAD_ARGUMENTS"]);
    expect(kit.submit("b", { kind: "ping" })).toEqual(["b BAD_ARGUMENTS"]);
    expect(kit.submit("c", SYNC)).toEqual(["send 3 sync"]);
  });

  it("wait in a bounded queue", () => {
    const byCount = new MachineKit({ limits: { queuedMax: 2 } });
    byCount.step({ kind: "start" });
    expect(byCount.submit("a", SYNC)).toEqual([]);
    expect(byCount.submit("b", SYNC)).toEqual([]);
    expect(byCount.submit("c", SYNC)).toEqual(["c THROTTLED_OP"]);
    byCount.connect();
    expect(byCount.submit("d", SYNC)).toEqual(["d THROTTLED_OP"]);
    expect(byCount.frame(replyFrame(1, { kind: "sync", path: "/" }))).toEqual(["a ok"]);
    expect(byCount.submit("e", SYNC)).toEqual(["send 3 sync"]);
    const bySize = new MachineKit({ limits: { queuedMaxBytes: 20 } });
    bySize.step({ kind: "start" });
    bySize.submit("a", { kind: "sync", path: "/a-long-path" });
    expect(bySize.submit("b", SYNC)).toEqual(["b THROTTLED_OP"]);
    bySize.connect();
    expect(bySize.submit("c", SYNC)).toEqual(["send 2 sync"]);
  });

  it("wait while 500 are not answered, or 2 MiB, so that a server goes on reading, pings above all", () => {
    const kit = connected();
    for (let xid = 1; xid <= 502; xid++) {
      expect(kit.submit(`call ${xid}`, SYNC)).toEqual(xid <= 500 ? [`send ${xid} sync`] : []);
    }
    expect(kit.wake()).toEqual([`send ${XID_PING} ping`]);
    expect(kit.frame(replyFrame(1, SYNC))).toEqual(["call 1 ok", "send 501 sync"]);
    expect(kit.frame(replyFrame(2, SYNC))).toEqual(["call 2 ok", "send 502 sync"]);
    expect(kit.frame(replyFrame(3, SYNC))).toEqual(["call 3 ok"]);

    const large = connected();
    const body = { kind: "setData", path: "/a", data: new Uint8Array(900_000), version: -1 } as const;
    const sent = [1, 2, 3, 4].map((xid) => large.submit(`call ${xid}`, body).length);
    expect(sent).toEqual([1, 1, 1, 0]);
    expect(large.frame(replyFrame(1, null, { err: -101 }))).toEqual(["call 1 NO_NODE", "send 4 setData"]);
    large.closed();
    large.wake();
    large.connect();
    expect(large.submit("again", body)).toEqual(["send 5 setData"]);
  });

  it("wait while the transport is full", () => {
    const kit = connected();
    kit.step({ kind: "choked", link: kit.link });
    expect(kit.submit("a", SYNC)).toEqual([]);
    expect(kit.submit("b", SYNC)).toEqual([]);
    expect(kit.step({ kind: "drained", link: kit.link })).toEqual(["send 1 sync", "send 2 sync"]);
    kit.step({ kind: "choked", link: kit.link });
    kit.submit("c", SYNC);
    expect(kit.closed().slice(0, 3)).toEqual(["a CONNECTION_LOSS", "b CONNECTION_LOSS", "c CONNECTION_LOSS"]);
  });

  it("own the buffers of their answers", () => {
    const kit = connected();
    kit.submit("a", GET);
    const stat = {
      czxid: 1,
      mzxid: 1,
      ctime: 0,
      mtime: 0,
      version: 0,
      cversion: 0,
      aversion: 0,
      ephemeralOwner: 0n,
      dataLength: 2,
      numChildren: 0,
      pzxid: 1,
    };
    const frame = replyFrame(1, { kind: "getData", data: new Uint8Array([7, 8]), stat });
    kit.frame(frame);
    frame.fill(0);
    expect(kit.replies[0]!.reply.body).toMatchObject({ kind: "getData", data: new Uint8Array([7, 8]) });
  });

  it("that are a failed multi say what has failed, and have the results", () => {
    const kit = connected();
    kit.submit("a", { kind: "multi", ops: [] });
    const results = [0, -103, -2].map((err) => ({ kind: "error" as const, err }));
    expect(kit.frame(replyFrame(1, { kind: "multi", results }))).toEqual(["a BAD_VERSION"]);
    expect(kit.replies[0]!.reply.body).toEqual({ kind: "multi", results });
  });

  it("that a reply above the limit answers fail by that name: asking again would lose the next connection too", () => {
    const kit = connected();
    kit.submit("a", GET);
    kit.submit("b", GET);
    expect(kit.closed("FRAME_TOO_LARGE").slice(0, 2)).toEqual(["a FRAME_TOO_LARGE", "b CONNECTION_LOSS"]);
  });

  it("that hold an unknown error number are answered with SYSTEM_ERROR", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    expect(kit.frame(replyFrame(1, null, { err: -999 }))).toEqual(["a SYSTEM_ERROR"]);
    expect(kit.replies[0]!.reply.reason?.message).toContain("-999");
  });
});

describe("time", () => {
  // The server grants 9,000 ms: a ping after 3,000, the end of a silent connection after 6,000, of the session after 9,000.
  it("pings each third of the timeout, whatever else is sent", () => {
    const kit = connected();
    expect(kit.at(3_999)).toEqual([]);
    expect(kit.at(4_000)).toEqual([`send ${XID_PING} ping`]);
    expect(kit.frame(replyFrame(XID_PING, { kind: "ping" }, { zxid: 90 }))).toEqual([]);
    kit.nowMs = 6_000;
    kit.submit("a", SYNC);
    expect(kit.at(6_999)).toEqual([]);
    expect(kit.at(7_000)).toEqual([`send ${XID_PING} ping`]);
  });

  it("takes no other answer for a sign that the session lives: a server that is cut off reads on", () => {
    const kit = connected();
    for (let xid = 1; kit.nowMs < 9_500; xid++) {
      kit.at(kit.nowMs + 500);
      kit.submit(`read ${xid}`, SYNC);
      expect(kit.frame(replyFrame(xid, { kind: "sync", path: "/" }))).toEqual([`read ${xid} ok`]);
    }
    expect(kit.at(10_000)).toEqual(["abort", "lost SESSION_EXPIRED"]);
  });

  it("holds a connection whose server has no leader, pings again soon, and counts from the ping that proved something", () => {
    const kit = connected();
    for (const nowMs of [4_000, 4_900, 5_800]) {
      expect(kit.at(nowMs - 1)).toEqual([]);
      expect(kit.at(nowMs)).toEqual([`send ${XID_PING} ping`]);
      expect(kit.frame(replyFrame(XID_PING, { kind: "ping" }, { zxid: -1 }))).toEqual([]);
    }
    expect(kit.at(6_700)).toEqual([`send ${XID_PING} ping`]);
    kit.frame(replyFrame(XID_PING, { kind: "ping" }, { zxid: 90 }));
    expect(kit.at(9_699)).toEqual([]);
    expect(kit.at(9_700)).toEqual([`send ${XID_PING} ping`]);
    while (kit.machine.wakeAtMs() < 15_700) kit.wake();
    expect(kit.at(15_700)).toContain("lost SESSION_EXPIRED");
  });

  it("hears of no answer before it is lost, when that time has passed in a stall; but of a ping's (LK-01)", () => {
    const stalled = connected();
    stalled.submit("a", SYNC);
    stalled.nowMs = 10_000;
    expect(stalled.frame(replyFrame(1, { kind: "sync", path: "/" }))).toEqual([
      "a CONNECTION_LOSS",
      "abort",
      "lost SESSION_EXPIRED",
    ]);
    const heard = connected();
    heard.at(4_000);
    heard.submit("a", SYNC);
    heard.nowMs = 10_000;
    expect(heard.frame(replyFrame(XID_PING, { kind: "ping" }))).toEqual([]);
    expect(heard.frame(replyFrame(1, { kind: "sync", path: "/" }))).toEqual(["a ok"]);
  });

  it("gives a connection up when nothing was heard for two thirds of the timeout", () => {
    const kit = connected();
    kit.at(4_000);
    expect(kit.at(6_999)).toEqual([]);
    expect(kit.at(7_000)).toEqual(["abort", "suspended CONNECTION_LOSS", "dial one:2181"]);
  });

  it("holds the session to be lost a timeout after the sending of what was last answered", () => {
    const kit = connected();
    kit.at(4_000);
    kit.nowMs = 4_500;
    kit.frame(replyFrame(XID_PING, { kind: "ping" }));
    kit.submit("a", SYNC);
    kit.nowMs = 6_000;
    expect(kit.closed()[0]).toBe("a CONNECTION_LOSS");
    kit.submit("b", SYNC);
    // Sent at 4,000: whatever came at 4,500 and later was sent, but not answered.
    while (kit.machine.wakeAtMs() < 13_000) kit.wake();
    expect(kit.nowMs).toBeLessThan(13_000);
    expect(kit.wake()).toEqual(["b CONNECTION_LOSS", "abort", "lost SESSION_EXPIRED"]);
    expect(kit.nowMs).toBe(13_000);
    expect(kit.machine.wakeAtMs()).toBe(Infinity);
    expect(kit.submit("c", SYNC)).toEqual(["c SESSION_EXPIRED"]);
    expect(kit.authenticate("me")).toEqual(["me SESSION_EXPIRED"]);
  });

  it("counts from the sending of the connect request when a session is taken up again", () => {
    const kit = connected();
    kit.nowMs = 5_000;
    kit.closed();
    kit.step({ kind: "opened", link: kit.link });
    kit.nowMs = 5_800;
    kit.frame(connectFrame());
    kit.nowMs = 6_000;
    kit.closed();
    while (kit.machine.wakeAtMs() < 14_000) kit.wake();
    expect(kit.wake()).toEqual(["abort", "lost SESSION_EXPIRED"]);
  });

  it("does not lose a session that was never there", () => {
    const kit = new MachineKit();
    kit.step({ kind: "start" });
    for (let tried = 0; tried < 50; tried++) {
      kit.closed("UNREACHABLE");
      expect(kit.wake()).toEqual(["dial one:2181"]);
    }
    expect(kit.nowMs).toBeGreaterThan(60_000);
  });
});

describe("taking a session up again", () => {
  it("presents id, password and the last zxid of ordinary replies: not of events and pings", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    kit.frame(replyFrame(1, { kind: "sync", path: "/" }, { zxid: 41 }));
    expect(kit.frame(eventFrame(3, "/a", 77))).toEqual(["event 3 /a 77"]);
    kit.at(4_000);
    kit.frame(replyFrame(XID_PING, { kind: "ping" }, { zxid: 78 }));
    kit.closed();
    kit.step({ kind: "opened", link: kit.link });
    expect(readConnect(kit.sent[0]!)).toEqual({
      protocolVersion: PROTOCOL_VERSION_COTERIE,
      lastZxidSeen: 41,
      timeoutMs: 12_000,
      sessionId: SESSION,
      password: expect.any(Uint8Array),
      readOnly: false,
    });
    expect([...readConnect(kit.sent[0]!).password!]).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  });

  it("sends identities, then watches, then what waits", () => {
    const kit = connected();
    kit.authenticate("me");
    expect(kit.frame(replyFrame(XID_AUTH, { kind: "auth" }))).toEqual(["me ok"]);
    kit.watched = { persistent: ["/p"], recursive: ["/r"] };
    kit.submit("a", SYNC);
    kit.frame(replyFrame(1, { kind: "sync", path: "/" }, { zxid: 9 }));
    kit.closed();
    kit.submit("b", SYNC);
    kit.wake();
    expect(kit.connect()).toEqual([
      `send ${XID_AUTH} auth`,
      `send ${XID_SET_WATCHES} setWatches2`,
      "connected",
      "send 2 sync",
    ]);
    expect(readSent(kit.sent[2]!).body).toMatchObject({
      relativeZxid: 9,
      persistentWatches: ["/p"],
      persistentRecursiveWatches: ["/r"],
    });
    expect(kit.frame(replyFrame(XID_AUTH, { kind: "auth" }))).toEqual([]);
    expect(kit.frame(replyFrame(XID_SET_WATCHES, { kind: "setWatches2" }))).toEqual(["watches-renewed"]);
    expect(kit.frame(replyFrame(2, { kind: "sync", path: "/" }))).toEqual(["b ok"]);
  });

  it("divides many watches, and says that they are registered once all are", () => {
    const kit = connected();
    const paths = Array.from({ length: 300 }, (_, index) => `/${"é".repeat(500)}${index}`);
    kit.watched = { persistent: paths.slice(0, 100), recursive: paths.slice(100) };
    kit.closed();
    kit.wake();
    const words = kit.connect();
    const batches = kit.sent.slice(1).map((frame) => readSent(frame).body);
    expect(words.filter((word) => word.endsWith("setWatches2"))).toHaveLength(3);
    expect(kit.sent.every((frame) => frame.length <= 140_000)).toBe(true);
    const renewed = batches.flatMap((body) => (body.kind === "setWatches2" ? [body] : []));
    expect(renewed.flatMap((body) => body.persistentWatches)).toEqual(kit.watched.persistent);
    expect(renewed.flatMap((body) => body.persistentRecursiveWatches)).toEqual(kit.watched.recursive);
    const answer = replyFrame(XID_SET_WATCHES, { kind: "setWatches2" });
    expect([kit.frame(answer), kit.frame(answer), kit.frame(answer)]).toEqual([[], [], ["watches-renewed"]]);
  });

  it("gives up a server that does not register the watches", () => {
    const kit = connected({ addresses: ["a:1", "b:1"] });
    kit.watched = { persistent: ["/p"], recursive: [] };
    kit.closed();
    kit.connect();
    expect(kit.frame(replyFrame(XID_SET_WATCHES, null, { err: -6 }))).toContain("suspended CONNECTION_LOSS");
  });

  it("says lost when the server says expired, and never takes another session for it", () => {
    for (const frame of [EXPIRED_FRAME, connectFrame({ sessionId: SESSION + 1n })]) {
      const kit = connected();
      kit.closed();
      kit.submit("a", SYNC);
      kit.wake();
      kit.step({ kind: "opened", link: kit.link });
      expect(kit.frame(frame)).toEqual(["a CONNECTION_LOSS", "abort", "lost SESSION_EXPIRED"]);
      expect(kit.step({ kind: "close" })).toEqual([]);
    }
  });

  it("does not hear a link that was given up", () => {
    const kit = connected();
    const { link } = kit;
    expect(kit.at(7_000)).toContain("dial one:2181");
    expect(kit.step({ kind: "frame", link, frame: eventFrame(3, "/a", 1) })).toEqual([]);
    expect(kit.step({ kind: "opened", link })).toEqual([]);
    expect(kit.step({ kind: "closed", link, reason: new CoterieError("CONNECTION_CLOSED") })).toEqual([]);
    expect(kit.connect()).toEqual(["connected"]);
  });

  it("pauses before it goes back to a server that throws it out at once", () => {
    const kit = connected();
    expect(kit.closed()).toEqual(["suspended CONNECTION_LOSS"]);
    kit.wake();
    kit.connect();
    kit.nowMs += 2_000;
    expect(kit.closed()).toEqual(["suspended CONNECTION_LOSS", "dial one:2181"]);
  });
});

describe("identities", () => {
  it("that a server refuses are forgotten", () => {
    const kit = connected();
    expect(kit.authenticate("bad")).toEqual([`send ${XID_AUTH} auth`]);
    expect(kit.frame(replyFrame(XID_AUTH, null, { err: -115 }))).toEqual(["bad AUTH_FAILED"]);
    kit.closed();
    kit.wake();
    expect(kit.connect()).toEqual(["connected"]);
  });

  it("whose answer was lost are shown to the next server", () => {
    const kit = connected();
    kit.authenticate("me");
    expect(kit.closed()).toEqual(["suspended CONNECTION_LOSS"]);
    kit.wake();
    expect(kit.connect()).toEqual([`send ${XID_AUTH} auth`, "connected"]);
    expect(kit.frame(replyFrame(XID_AUTH, { kind: "auth" }))).toEqual(["me ok"]);
  });

  it("that one server took and another refuses end the connection to that other", () => {
    const kit = connected();
    kit.authenticate("me");
    kit.frame(replyFrame(XID_AUTH, { kind: "auth" }));
    kit.closed();
    kit.wake();
    kit.connect();
    expect(kit.frame(replyFrame(XID_AUTH, null, { err: -115 }))).toEqual(["abort", "suspended CONNECTION_LOSS"]);
    expect(kit.machine.troubles()[0]!.reason?.code).toBe("AUTH_FAILED");
  });

  it("are kept once, however often they are shown, and are bounded", () => {
    const kit = connected({ limits: { identitiesMax: 2 } });
    for (let times = 0; times < 5; times++) {
      expect(kit.authenticate("me")).toEqual([`send ${XID_AUTH} auth`]);
      expect(kit.frame(replyFrame(XID_AUTH, { kind: "auth" }))).toEqual(["me ok"]);
    }
    kit.authenticate("you");
    expect(kit.authenticate("they")).toEqual(["they BAD_ARGUMENTS"]);
    kit.closed();
    kit.wake();
    expect(kit.connect()).toEqual([`send ${XID_AUTH} auth`, `send ${XID_AUTH} auth`, "connected"]);
  });
});

describe("read-only servers", () => {
  it("are asked for, and said to be what they are", () => {
    const kit = new MachineKit({ mayBeReadOnly: true });
    kit.step({ kind: "start" });
    expect(kit.step({ kind: "opened", link: 1 })).toEqual(["send connect 0x0 zxid 0 12000 ms read-only"]);
    expect(kit.frame(connectFrame({ readOnly: true }))).toEqual(["connected NOT_READ_ONLY"]);
  });

  it("make up a session that no other server is asked for, and that does not expire here", () => {
    const kit = new MachineKit({ mayBeReadOnly: true });
    kit.step({ kind: "start" });
    kit.connect({ readOnly: true });
    kit.closed();
    for (let tried = 0; tried < 20; tried++) {
      kit.wake();
      kit.closed("UNREACHABLE");
    }
    kit.wake();
    expect(kit.step({ kind: "opened", link: kit.link })).toEqual(["send connect 0x0 zxid 0 12000 ms read-only"]);
    expect(kit.frame(connectFrame({ sessionId: SESSION + 5n }))).toEqual(["connected"]);
    kit.closed();
    kit.wake();
    kit.step({ kind: "opened", link: kit.link });
    expect(readConnect(kit.sent[0]!).sessionId).toBe(SESSION + 5n);
  });
});

describe("the kind of server", () => {
  it.each([
    ["a peer of Coterie's", FROM_COTERIE, true],
    ["Apache ZooKeeper", {}, false],
  ])("is known from the handshake: %s", (_, response, isCoterie) => {
    const kit = new MachineKit();
    kit.step({ kind: "start" });
    kit.step({ kind: "opened", link: 1 });
    expect(readConnect(kit.sent[0]!).protocolVersion).toBe(PROTOCOL_VERSION_COTERIE);
    expect(kit.machine.isCoterie).toBe(null);
    kit.frame(connectFrame(response));
    expect(kit.machine.isCoterie).toBe(isCoterie);
    kit.closed();
    expect(kit.machine.isCoterie).toBe(isCoterie);
  });
});

describe("the end", () => {
  it("closes the session behind everything else, and waits for the answer", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    expect(kit.step({ kind: "close" })).toEqual(["send 2 closeSession"]);
    expect(kit.submit("b", SYNC)).toEqual(["b SESSION_EXPIRED"]);
    expect(kit.frame(replyFrame(1, { kind: "sync", path: "/" }))).toEqual(["a ok"]);
    expect(kit.frame(replyFrame(2, { kind: "closeSession" }))).toEqual(["close", "closed"]);
    expect(kit.step({ kind: "close" })).toEqual([]);
  });

  it("is there at once if the connection is lost meanwhile, or too late", () => {
    const lost = connected();
    lost.submit("a", SYNC);
    lost.step({ kind: "close" });
    expect(lost.closed()).toEqual(["a CONNECTION_LOSS", "close", "closed"]);
    const late = connected();
    late.step({ kind: "close" });
    expect(late.at(5_999)).toEqual([`send ${XID_PING} ping`]);
    expect(late.at(6_000)).toEqual(["close", "closed"]);
  });

  it("is there at once if there is nothing to close", () => {
    const kit = new MachineKit();
    kit.step({ kind: "start" });
    expect(kit.step({ kind: "close" })).toEqual(["close", "closed"]);
  });

  it("waits for a session that is about to be made, so that it does not go on living", () => {
    const kit = new MachineKit();
    kit.step({ kind: "start" });
    kit.step({ kind: "opened", link: 1 });
    expect(kit.step({ kind: "close" })).toEqual([]);
    expect(kit.frame(connectFrame())).toEqual(["connected", "send 1 closeSession"]);
  });

  it("goes to another server to close a session whose connection is lost", () => {
    const kit = connected();
    kit.nowMs += 3_000;
    kit.closed();
    kit.submit("a", SYNC);
    expect(kit.step({ kind: "close" })).toEqual([]);
    expect(kit.connect()).toEqual(["connected", "send 1 sync", "send 2 closeSession"]);
  });

  it("leaves the session alone when it detaches", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    kit.authenticate("me");
    expect(kit.step({ kind: "detach" })).toEqual(["a CONNECTION_LOSS", "me CONNECTION_LOSS", "close", "closed"]);
    expect(kit.machine.wakeAtMs()).toBe(Infinity);
  });
});
