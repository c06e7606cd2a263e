import type { RequestBody } from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import { NEXT_LEADING } from "../serving/fake-engine.ts";
import { create, get } from "../serving/serving-world.ts";
import { LocalSession, TIMEOUT_MS } from "./local-session.ts";

/** Notes under which name it was answered. */
class Local extends LocalSession {
  submit(name: string, body: RequestBody): void {
    this.channel.submit({
      body,
      settle: ({ code }) => this.told.push(`${name} ${code ?? "ok"}, ${this.channel.state}`),
    });
  }

  advance(ms: number): void {
    for (let done = 0; done < ms; done += 100) {
      this.clock.advance(Math.min(100, ms - done));
      this.settle();
    }
  }
}

describe("a session in the process whose leader is not heard", () => {
  it("lives as long as its pings are answered", () => {
    const local = new Local();
    local.advance(10 * TIMEOUT_MS);
    expect([local.told, local.channel.state]).toEqual([[], "connected"]);
  });

  it("is lost a timeout after the last ping that the leader has heard of", () => {
    const local = new Local();
    local.advance(4_000);
    local.world.engine.holdsConfirms = true;
    // Reads prove nothing.
    for (let ms = 4_000; ms < 11_900; ms += 100) {
      local.submit("read", get("/"));
      local.advance(100);
    }
    expect([local.channel.state, new Set(local.told)]).toEqual(["connected", new Set(["read ok, connected"])]);
    local.told.length = 0;
    local.world.engine.holdsRequests = true;
    local.submit("write", create("/a"));
    local.advance(100);
    expect(local.told).toEqual(["write CONNECTION_LOSS, connected", "lost SESSION_EXPIRED"]);
    expect(local.world.serving.connectedCount).toBe(0);
  });

  it("is lost by then where it is suspended, too", () => {
    const local = new Local();
    local.advance(4_000);
    local.world.engine.loseLeader();
    local.advance(2_000);
    expect(local.told).toEqual(["suspended CONNECTION_LOSS"]);
    local.submit("write", create("/a"));
    local.advance(5_900);
    expect(local.told).toHaveLength(1);
    local.advance(100);
    expect(local.told.slice(1)).toEqual(["write CONNECTION_LOSS, suspended", "lost SESSION_EXPIRED"]);
  });

  it("pings as soon as there is a leader again", () => {
    const local = new Local();
    local.advance(5_900);
    local.world.engine.loseLeader();
    local.advance(1_900);
    const touched = local.world.engine.touched.length;
    local.world.engine.become(NEXT_LEADING);
    local.settle();
    expect(local.world.engine.touched.length).toBe(touched + 1);
    local.world.engine.holdsConfirms = true;
    local.advance(TIMEOUT_MS - 100);
    expect(local.told).toEqual([]);
    local.advance(100);
    expect(local.told).toEqual(["lost SESSION_EXPIRED"]);
  });

  it("leaves nothing behind: what is there of it after all is closed", () => {
    const local = new Local();
    local.submit("ephemeral", create("/e", 1));
    local.settle();
    local.world.engine.holdsConfirms = true;
    local.advance(TIMEOUT_MS);
    expect(local.told.at(-1)).toBe("lost SESSION_EXPIRED");
    expect(local.world.engine.machine.session(local.channel.sessionId)).toBeUndefined();
    const touched = local.world.engine.touched.length;
    local.advance(TIMEOUT_MS);
    expect(local.world.engine.touched.length).toBe(touched);
  });
});

describe("a session in the process that stood still", () => {
  it.each([
    ["its event loop", (local: Local) => local.clock.stall(TIMEOUT_MS)],
    ["its machine, uncounted by the monotonic clock", (local: Local) => local.clock.setWallAhead(TIMEOUT_MS)],
  ] as const)("with %s for longer than its timeout is lost before any call returns (LK-01, LK-02)", (_, stand) => {
    const local = new Local();
    local.world.engine.holdsRequests = true;
    local.submit("write", create("/a"));
    local.settle();
    stand(local);
    local.world.engine.holdsRequests = false;
    local.submit("read", get("/"));
    local.settle();
    expect(local.told).toEqual([
      "write CONNECTION_LOSS, connected",
      "read CONNECTION_LOSS, connected",
      "lost SESSION_EXPIRED",
    ]);
  });

  it("counts the answer to its ping that has come meanwhile (SE-07)", () => {
    const local = new Local();
    local.world.engine.holdsConfirms = true;
    local.advance(3_000);
    local.clock.stall(TIMEOUT_MS - 1_000);
    local.world.engine.holdsConfirms = false;
    local.world.engine.wake();
    local.world.engine.run();
    local.settle();
    expect([local.told, local.channel.state]).toEqual([[], "connected"]);
  });
});
