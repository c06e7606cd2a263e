import type { ChannelReply, ChannelState, SessionChannel } from "@coterie/session";
import { describe, expect, it } from "vitest";
import { READ_NOW_MAX } from "../../src/limits.ts";
import { create, get } from "../serving/serving-world.ts";
import { LocalSession, TIMEOUT_MS } from "./local-session.ts";

/** Notes with each thing that it is told whether it could read then. */
class Local extends LocalSession {
  protected override wordsOf(state: ChannelState): string {
    return `${state}, ${this.codeNow("/")}`;
  }

  protected override wordsOfEvent(path: string): string {
    return `event ${path}, ${this.codeNow(path)}`;
  }

  now(path: string): ChannelReply | null {
    return this.channel.readNow!(get(path));
  }

  codeNow(path: string): string {
    const reply = this.now(path);
    return reply === null ? "not now" : (reply.code ?? "ok");
  }

  submit(...bodies: Parameters<SessionChannel["submit"]>[0]["body"][]): void {
    for (const body of bodies) this.channel.submit({ body, settle: ({ code }) => this.told.push(code ?? "ok") });
  }
}

describe("a read in the process with nothing before it", () => {
  it("is answered at once, from the state as it is", () => {
    const local = new Local();
    local.submit(create("/a"));
    local.settle();
    const { turnCount } = local.world.engine;
    expect(local.now("/a")).toMatchObject({ code: null, zxid: local.world.engine.machine.lastAppliedZxid });
    expect(local.now("/missing")).toMatchObject({ code: "NO_NODE", body: null });
    expect(local.world.engine.turnCount).toBe(turnCount);
  });

  it("is counted as one that was asked and answered", () => {
    const local = new Local();
    const { traffic } = local.world.serving.table;
    const [received, sent] = [traffic.receivedCount, traffic.sentCount];
    expect([local.codeNow("/"), local.codeNow("/missing")]).toEqual(["ok", "NO_NODE"]);
    expect([traffic.receivedCount - received, traffic.sentCount - sent, traffic.outstandingCount]).toEqual([2, 2, 0]);
  });

  it("has data of its own, which nobody changes", () => {
    const local = new Local();
    local.submit(create("/a"), { kind: "setData", path: "/a", data: Uint8Array.of(1, 2), version: -1 });
    local.settle();
    const [one, other] = [local.now("/a")!.body, local.now("/a")!.body];
    if (one?.kind !== "getData" || other?.kind !== "getData") throw new Error("no data was read");
    other.data!.fill(9);
    local.submit({ kind: "setData", path: "/a", data: Uint8Array.of(7, 7), version: -1 });
    local.settle();
    expect(one.data).toEqual(Uint8Array.of(1, 2));
  });

  it("leaves a watch, and what is no read, to be submitted", () => {
    const local = new Local();
    expect(local.channel.readNow!(get("/", true))).toBeNull();
    expect(local.channel.readNow!(create("/a"))).toBeNull();
    expect(local.channel.readNow!({ kind: "sync", path: "/" })).toBeNull();
  });
});

describe("a read in the process that is not answered at once", () => {
  it("stands behind what was asked before", () => {
    const local = new Local();
    local.submit(create("/a"));
    expect(local.codeNow("/a")).toBe("not now");
    local.world.engine.holdsRequests = true;
    local.settle();
    expect(local.codeNow("/a")).toBe("not now");
    local.world.engine.holdsRequests = false;
    local.world.engine.wake();
    local.settle();
    expect([local.told, local.codeNow("/a")]).toEqual([["ok"], "ok"]);
  });

  it("stands behind the events of what it would see", () => {
    const local = new Local();
    local.submit({ kind: "addWatch", path: "/a", mode: 0 }, create("/a"));
    local.settle();
    expect(local.told).toEqual(["ok", "event /a, not now", "ok"]);
    expect(local.codeNow("/a")).toBe("ok");
  });

  it("comes when the session may be lost: that is told first (LK-01, LK-02)", () => {
    for (const stand of [
      (local: Local) => local.clock.stall(TIMEOUT_MS),
      (local: Local) => local.clock.setWallAhead(TIMEOUT_MS),
    ]) {
      const local = new Local();
      local.world.engine.holdsConfirms = true;
      stand(local);
      expect(local.codeNow("/")).toBe("not now");
      local.submit(get("/"));
      local.settle();
      expect([local.told, local.codeNow("/")]).toEqual([["CONNECTION_LOSS", "lost, not now"], "not now"]);
    }
  });

  it("comes behind so many that the event loop has to turn, however large they are", () => {
    const local = new Local();
    local.submit(create("/large"), { kind: "setData", path: "/large", data: new Uint8Array(400_000), version: -1 });
    local.settle();
    const untilTurn = (path: string): number => {
      for (let count = 0; ; count++) {
        if (local.now(path) === null) return count;
        if (count > 2 * READ_NOW_MAX) return count;
      }
    };
    expect(untilTurn("/")).toBe(READ_NOW_MAX);
    local.submit(get("/"));
    local.settle();
    expect(untilTurn("/large")).toBeLessThan(READ_NOW_MAX / 50);
    local.submit(get("/"));
    local.settle();
    expect(untilTurn("/")).toBe(READ_NOW_MAX);
  });

  it("comes when the session is closed, or has left", () => {
    const local = new Local();
    local.channel.close();
    expect(local.codeNow("/")).toBe("not now");
    local.settle();
    expect([local.channel.state, local.codeNow("/")]).toEqual(["closed", "not now"]);
  });
});
