import { XID_AUTH, XID_PING, XID_SET_WATCHES } from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import { FROM_COTERIE, GOODBYE_FRAME, readConnect, readSent, replyFrame } from "../support/frames.ts";
import { MachineKit, type MachineKitOptions } from "../support/machine-kit.ts";

const SYNC = { kind: "sync", path: "/" } as const;
const setData = (version: number, sizeBytes = 1) =>
  ({ kind: "setData", path: "/a", data: new Uint8Array(sizeBytes), version }) as const;

function connected(options: MachineKitOptions = {}): MachineKit {
  const kit = new MachineKit({ addresses: ["a:1", "b:1"], ...options });
  kit.step({ kind: "start" });
  kit.connect(FROM_COTERIE);
  return kit;
}

describe("a server that says goodbye", () => {
  it("is left for another one at once, which is asked what this one has not answered, in order", () => {
    const kit = connected();
    kit.submit("a", setData(1));
    kit.submit("b", SYNC);
    kit.submit("c", setData(3));
    expect(kit.frame(replyFrame(1, null, { err: -101, zxid: 9 }))).toEqual(["a NO_NODE"]);
    const former = kit.dialled[0];
    expect(kit.frame(GOODBYE_FRAME)).toEqual(["close", "suspended CONNECTION_LOSS", `dial ${kit.dialled[1]}`]);
    expect(kit.dialled[1]).not.toBe(former);
    expect(kit.submit("d", SYNC)).toEqual([]);
    expect(kit.connect(FROM_COTERIE)).toEqual(["connected", "send 2 sync", "send 3 setData", "send 4 sync"]);
    expect(readConnect(kit.sent[0]!).lastZxidSeen).toBe(9);
    expect(readSent(kit.sent[2]!).body).toEqual(setData(3));
    expect(kit.frame(replyFrame(2, { kind: "sync", path: "/" }))).toEqual(["b ok"]);
    expect(kit.frame(replyFrame(3, null, { err: -101 }))).toEqual(["c NO_NODE"]);
    expect(kit.frame(replyFrame(4, { kind: "sync", path: "/" }))).toEqual(["d ok"]);
  });

  it("is heard no more behind it", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    const former = kit.link;
    kit.frame(GOODBYE_FRAME);
    expect(kit.step({ kind: "frame", link: former, frame: replyFrame(1, { kind: "sync", path: "/" }) })).toEqual([]);
    expect(kit.replies).toEqual([]);
  });

  it("may do so again and again: a request goes on to whoever is next", () => {
    const kit = connected();
    kit.submit("a", setData(1));
    for (let moved = 0; moved < 5; moved++) {
      kit.nowMs += 500;
      kit.frame(GOODBYE_FRAME);
      expect(kit.connect(FROM_COTERIE)).toEqual(["connected", "send 1 setData"]);
    }
    expect(kit.replies).toEqual([]);
  });

  it("is asked with a pause, round by round, if it says so to everybody who comes", () => {
    const kit = connected();
    kit.frame(GOODBYE_FRAME);
    kit.connect(FROM_COTERIE);
    expect(kit.frame(GOODBYE_FRAME)).toEqual(["close", "suspended CONNECTION_LOSS"]);
    expect(kit.machine.wakeAtMs()).toBeGreaterThan(kit.nowMs);
    expect(kit.wake()).toHaveLength(1);
  });

  it("has its pings, identities and watches done by the next one as on every connection", () => {
    const kit = connected({ watched: { persistent: ["/w"], recursive: [] } });
    kit.authenticate("me");
    kit.submit("a", SYNC);
    kit.at(4_000);
    kit.frame(GOODBYE_FRAME);
    expect(kit.connect(FROM_COTERIE)).toEqual([
      `send ${XID_AUTH} auth`,
      `send ${XID_SET_WATCHES} setWatches2`,
      "connected",
      "send 1 sync",
    ]);
    // Those watches are not registered yet when the next one goes as well: they are sent once, by whoever is next.
    kit.frame(GOODBYE_FRAME);
    expect(kit.connect(FROM_COTERIE)).toHaveLength(4);
    expect(kit.frame(replyFrame(XID_AUTH, { kind: "auth" }))).toEqual(["me ok"]);
    expect(kit.frame(replyFrame(XID_SET_WATCHES, { kind: "setWatches2" }))).toEqual(["watches-renewed"]);
    expect(kit.frame(replyFrame(1, { kind: "sync", path: "/" }))).toEqual(["a ok"]);
    expect(kit.sent.map((frame, index) => (index === 0 ? null : readSent(frame).xid))).not.toContain(XID_PING);
  });

  it("leaves what was refused here in its place", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    kit.submit("too large", setData(1, 2_000_000));
    kit.submit("b", SYNC);
    expect(kit.frame(GOODBYE_FRAME)).toEqual(["close", "suspended CONNECTION_LOSS", `dial ${kit.dialled[1]}`]);
    kit.connect(FROM_COTERIE);
    expect(kit.frame(replyFrame(1, { kind: "sync", path: "/" }))).toEqual(["a ok", "too large BAD_ARGUMENTS"]);
    expect(kit.frame(replyFrame(3, { kind: "sync", path: "/" }))).toEqual(["b ok"]);
  });

  it("answers what was refused here if only its own watches were before that", () => {
    const kit = connected({ watched: { persistent: ["/w"], recursive: [] } });
    kit.frame(GOODBYE_FRAME);
    kit.connect(FROM_COTERIE);
    expect(kit.submit("too large", setData(1, 2_000_000))).toEqual([]);
    expect(kit.frame(GOODBYE_FRAME)[0]).toBe("too large BAD_ARGUMENTS");
  });

  it("does not keep a session from being closed: the next one closes it", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    kit.step({ kind: "close" });
    kit.frame(GOODBYE_FRAME);
    expect(kit.connect(FROM_COTERIE)).toEqual(["connected", "send 1 sync", "send 3 closeSession"]);
  });

  it("loses what it has not answered if it is lost itself before it can say so", () => {
    const kit = connected();
    kit.submit("a", SYNC);
    expect(kit.closed()[0]).toBe("a CONNECTION_LOSS");
  });

  it("is not believed if it is none of Coterie's", () => {
    const kit = connected();
    kit.closed();
    kit.connect();
    kit.submit("a", SYNC);
    expect(kit.frame(GOODBYE_FRAME).slice(0, 2)).toEqual(["a CONNECTION_LOSS", "abort"]);
  });
});
