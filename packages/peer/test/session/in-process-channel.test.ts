import type { CoterieError } from "@coterie/interface";
import { type RequestBody, WATCHER_TYPES } from "@coterie/protocol";
import {
  type ChannelHandler,
  type ChannelReply,
  type ChannelState,
  LINEARIZABLE_ASKED,
  LINEARIZABLE_CONFIRMED,
  type SessionChannel,
  type WatchedPaths,
} from "@coterie/session";
import { describe, expect, it } from "vitest";
import { createInProcessChannel, type InProcessChannelOptions } from "../../src/session/in-process-channel.ts";
import { LEADING, LOOKING, NEXT_LEADING } from "../serving/fake-engine.ts";
import { create, get, ServingWorld } from "../serving/serving-world.ts";

/** A session's end of a channel: everything that it is told, in order. */
class TestSession implements ChannelHandler {
  readonly told: string[] = [];
  readonly replies: ChannelReply[] = [];
  readonly states: [ChannelState, CoterieError | null][] = [];
  readonly channel: SessionChannel;
  watched: WatchedPaths = { persistent: [], recursive: [] };
  throws = false;
  private readonly world: ServingWorld;
  private count = 0;

  constructor(world: ServingWorld, options: Partial<InProcessChannelOptions> = {}) {
    this.world = world;
    this.channel = createInProcessChannel(world.serving, { clock: world.clock, sessionTimeoutMs: 9_000, ...options });
    this.channel.open(this);
  }

  stateChanged(state: ChannelState, reason: CoterieError | null): void {
    this.states.push([state, reason]);
    this.told.push(state);
    if (this.throws) throw new Error("a listener throws");
  }

  watchEvent(event: { readonly path: string; readonly eventType: number }, zxid: number): void {
    this.told.push(`${event.eventType} ${event.path} @${zxid}`);
  }

  watches(): WatchedPaths {
    this.told.push("watches?");
    return this.watched;
  }

  watchesRenewed(): void {
    this.told.push("renewed");
  }

  submit(body: RequestBody): void {
    const number = ++this.count;
    const take = (reply: ChannelReply): void => {
      this.replies.push(reply);
      this.told.push(`${number} ${reply.code ?? "ok"}`);
    };
    if (body.kind === "auth") this.channel.authenticate(body, take);
    else this.channel.submit({ body, settle: take });
  }

  settle(): void {
    settle(this.world);
  }
}

function settle({ engine, clock }: ServingWorld): void {
  for (let turns = -1; turns !== engine.turnCount;) {
    turns = engine.turnCount;
    engine.run();
    clock.settle();
  }
}

function connected(options: Partial<InProcessChannelOptions> = {}): { world: ServingWorld; session: TestSession } {
  const world = new ServingWorld();
  const session = new TestSession(world, options);
  settle(world);
  session.told.length = 0;
  return { world, session };
}

describe("a session in the process", () => {
  it("connects, and what was asked before goes first", () => {
    const world = new ServingWorld();
    const session = new TestSession(world);
    session.submit(create("/a"));
    session.submit(get("/a"));
    expect([session.told, session.channel.state, session.channel.timeoutMs]).toEqual([[], "connecting", 0]);
    session.settle();
    expect(session.told).toEqual(["connected", "1 ok", "2 ok"]);
    expect([session.channel.state, session.channel.timeoutMs]).toEqual(["connected", 9_000]);
    expect(world.engine.machine.session(session.channel.sessionId)).toBeDefined();
  });

  it("tells nothing inside a call", () => {
    const { session } = connected({ queuedMax: 1 });
    session.submit(get("/"));
    session.submit(get("/"));
    session.channel.close();
    session.submit(get("/"));
    expect(session.told).toEqual([]);
    session.settle();
    expect(session.told.toSorted()).toEqual(["1 ok", "2 THROTTLED_OP", "3 CONNECTION_LOSS", "closed"]);
  });

  it("answers thousands of calls of one turn in order", () => {
    const { session } = connected();
    for (let index = 0; index < 3_000; index++) session.submit(index % 3 === 0 ? create("/n-", 2) : get("/"));
    session.settle();
    expect(session.told).toEqual(Array.from({ length: 3_000 }, (_, index) => `${index + 1} ok`));
  });

  it("gives data that nobody changes any more", () => {
    const { session } = connected();
    session.submit(create("/a"));
    session.submit(get("/a"));
    session.settle();
    const body = session.replies[1]!.body as { data: Uint8Array };
    for (let round = 0; round < 50; round++) {
      session.submit({ kind: "setData", path: "/a", data: new Uint8Array([9]), version: -1 });
    }
    session.settle();
    expect([...body.data]).toEqual([7]);
    session.submit({ kind: "multiRead", ops: [{ kind: "getData", path: "/a", watch: false }] });
    session.settle();
    expect(session.replies.at(-1)!.body).toMatchObject({ results: [{ kind: "getData", data: new Uint8Array([9]) }] });
  });

  it("tells an event before the reply to what caused it", () => {
    const { session } = connected();
    session.submit({ kind: "addWatch", path: "/a", mode: 0 });
    session.submit(create("/a"));
    session.settle();
    expect(session.told).toEqual(["1 ok", `1 /a @${session.replies[1]!.zxid}`, "2 ok"]);
  });

  it("confirms linearizable reads, and then knows how old its state may be", () => {
    const { world, session } = connected();
    expect(session.channel.staleMs()).toBeNull();
    session.submit({ kind: "sync", path: LINEARIZABLE_ASKED });
    session.submit(get("/"));
    session.settle();
    expect(session.replies[0]!.body).toEqual({ kind: "sync", path: LINEARIZABLE_CONFIRMED });
    world.clock.advance(7);
    expect(session.channel.staleMs()).toBe(7);
    expect(session.channel.supports).toEqual({ kind: "in-process", linearizable: true, bounded: true });
    world.engine.become(LOOKING);
    expect(session.channel.staleMs()).toBeNull();
  });

  it("pings three times in each timeout", () => {
    const { world } = connected();
    const before = world.engine.touched.length;
    for (let ms = 0; ms < 9_000; ms += 1_000) {
      world.clock.advance(1_000);
      settle(world);
    }
    expect(world.engine.touched.length - before).toBe(3);
  });

  it("does not let a handler that throws stop the peer", () => {
    const logged: string[] = [];
    const log = (_details: object, message: string): void => void logged.push(message);
    const { world, session } = connected({ logger: { debug: log, info: log, warn: log, error: log } });
    session.throws = true;
    session.submit(get("/"));
    world.loseLeader();
    settle(world);
    expect(logged).toEqual(["a session's handler has thrown"]);
    expect(session.told).toEqual(["1 ok", "suspended"]);
  });
});

describe("while the peer does not serve", () => {
  it("loses what is in flight, in order, and goes on with what was asked afterwards", () => {
    const { world, session } = connected();
    world.engine.holdsRequests = true;
    session.submit(create("/a"));
    session.submit(get("/a"));
    session.settle();
    world.loseLeader();
    settle(world);
    expect(session.told).toEqual(["1 CONNECTION_LOSS", "2 CONNECTION_LOSS", "suspended"]);
    expect(session.states.at(-1)![1]?.code).toBe("CONNECTION_LOSS");
    session.submit(create("/b"));
    session.settle();
    const id = session.channel.sessionId;
    world.engine.holdsRequests = false;
    world.engine.become(LEADING);
    settle(world);
    expect(session.told.slice(3)).toEqual(["connected", "watches?", "3 ok"]);
    expect(session.channel.sessionId).toBe(id);
    expect(world.changes).toEqual(["opened"]);
  });

  it("reads from memory, behind nothing but what came before", () => {
    const { world, session } = connected();
    session.submit(create("/a"));
    session.settle();
    world.loseLeader();
    settle(world);
    session.told.length = 0;
    session.submit(get("/a"));
    session.submit(get("/missing"));
    session.submit({ kind: "sync", path: "/" });
    session.submit(get("/a"));
    session.settle();
    expect(session.told).toEqual(["2 ok", "3 NO_NODE"]);
    world.engine.become(LEADING);
    settle(world);
    expect(session.told.filter((told) => /^\d/.test(told))).toEqual(["2 ok", "3 NO_NODE", "4 ok", "5 ok"]);
  });

  it("reads nothing from memory that its watches have not told: it waits until they are renewed", () => {
    const { world, session } = connected();
    session.watched = { persistent: [], recursive: ["/"] };
    const other = world.connect();
    world.engine.holdsRequests = true;
    world.act(() => other.served!.submit(1, create("/new")));
    world.loseLeader(1);
    settle(world);
    session.told.length = 0;
    world.engine.holdsRequests = false;
    session.submit(get("/new"));
    world.engine.findLeader();
    settle(world);
    expect(session.told).toEqual(["connected", "watches?", "renewed", "1 ok"]);
  });

  it("reads nothing of a state that another peer's checkpoint has brought, for the same reason", () => {
    const { world, session } = connected();
    session.watched = { persistent: [], recursive: ["/"] };
    const ahead = new ServingWorld();
    for (let count = 0; count < 3; count++) ahead.engine.write({ kind: "setData", path: "/", data: null, version: -1 });
    ahead.engine.run();
    expect(ahead.engine.machine.lastAppliedZxid).toBeGreaterThan(world.engine.machine.lastAppliedZxid);
    world.engine.become(LOOKING);
    world.engine.replaceMachine(ahead.engine.machine);
    settle(world);
    session.submit(get("/"));
    session.settle();
    expect(session.told.slice(-1)).toEqual(["suspended"]);
  });

  it("reads nothing of what came while it was away if its connection ends before its watches are renewed", () => {
    const { world, session } = connected();
    session.watched = { persistent: [], recursive: ["/"] };
    world.loseLeader();
    settle(world);
    world.engine.write({ kind: "setData", path: "/", data: null, version: -1 });
    world.engine.become(NEXT_LEADING);
    while (world.serving.connectedCount === 0) world.engine.turn();
    world.serving.table.endAll("abandoned", null);
    world.engine.become(LOOKING);
    session.told.length = 0;
    settle(world);
    session.submit(get("/"));
    settle(world);
    expect(session.told).toEqual(["suspended"]);
    world.engine.become(NEXT_LEADING);
    settle(world);
    expect(session.told).toEqual(["suspended", "connected", "watches?", "renewed", "1 ok"]);
  });

  it("arms no watch from memory", () => {
    const { world, session } = connected();
    world.loseLeader();
    settle(world);
    session.told.length = 0;
    session.submit(get("/", true));
    session.settle();
    expect(session.told).toEqual([]);
  });

  it("registers watches anew before anything else, and says so", () => {
    const { world, session } = connected();
    session.watched = { persistent: ["/a"], recursive: ["/r"] };
    world.loseLeader();
    settle(world);
    session.submit(create("/a"));
    session.submit({ kind: "checkWatches", path: "/r", watcherType: WATCHER_TYPES.PersistentRecursive });
    world.engine.become(LEADING);
    settle(world);
    const { zxid } = session.replies[0]!;
    expect(session.told).toEqual(["suspended", "connected", "watches?", "renewed", `1 /a @${zxid}`, "1 ok", "2 ok"]);
  });

  it("shows its credentials again", () => {
    const { world, session } = connected();
    const auth = new TextEncoder().encode("bob:pw");
    session.submit({ kind: "auth", authType: 0, scheme: "digest", auth });
    session.submit({ kind: "create", path: "/a", data: null, acl: [{ perms: 31, scheme: "auth", id: "" }], flags: 0 });
    session.settle();
    world.loseLeader();
    settle(world);
    // Also in the reads from memory.
    session.submit(get("/a"));
    session.settle();
    world.engine.become(LEADING);
    settle(world);
    session.submit(get("/a"));
    session.settle();
    expect(session.told.filter((told) => /^\d/.test(told))).toEqual(["1 ok", "2 ok", "3 ok", "4 ok"]);
  });

  it("shows each credential once, however often it was given", () => {
    const { world, session } = connected();
    const texts = ["bob:pw", "bob:pw", "eve:pw", "bob:pw"];
    for (const text of texts) {
      session.submit({ kind: "auth", authType: 0, scheme: "digest", auth: new TextEncoder().encode(text) });
    }
    session.settle();
    world.loseLeader();
    settle(world);
    const before = world.serving.traffic.receivedCount;
    world.engine.become(LEADING);
    settle(world);
    // The connection itself, and two credentials.
    expect(world.serving.traffic.receivedCount - before).toBe(3);
  });

  it("comes back after a credential that was refused, without it", () => {
    const { session } = connected();
    session.submit({ kind: "auth", authType: 0, scheme: "no-such", auth: null });
    session.submit(get("/"));
    session.settle();
    session.submit(get("/"));
    session.settle();
    expect(session.told).toEqual(["1 AUTH_FAILED", "2 CONNECTION_LOSS", "suspended", "connected", "watches?", "3 ok"]);
  });

  it("tries again later and later where the leader refuses it", () => {
    const { world, session } = connected();
    world.engine.holdsRequests = true;
    session.submit(create("/a"));
    session.settle();
    let refusals = 0;
    for (let ms = 0; ms < 2_000; ms += 10) {
      if (world.engine.requests.length > 0) {
        refusals += 1;
        world.engine.refuseRequests();
      }
      settle(world);
      world.clock.advance(10);
    }
    // At 0, 0, 50, 150, 350, 750 and 1,550 ms, about.
    expect(refusals).toBeGreaterThan(4);
    expect(refusals).toBeLessThan(10);
  });
});

describe("the end of a session", () => {
  it("closes behind everything that was asked", () => {
    const { world, session } = connected();
    session.submit(create("/e", 1));
    session.channel.close();
    session.settle();
    expect(session.told).toEqual(["1 ok", "closed"]);
    expect(world.engine.machine.session(session.channel.sessionId)).toBeUndefined();
    expect(session.channel.state).toBe("closed");
  });

  it("is over in time when nobody answers the close", () => {
    const { world, session } = connected();
    world.engine.holdsRequests = true;
    session.channel.close();
    session.settle();
    expect(session.channel.state).toBe("connected");
    world.clock.advance(9_000);
    settle(world);
    expect(session.channel.state).toBe("closed");
    expect(world.serving.connectedCount).toBe(0);
  });

  it("is over at once where there is no connection", () => {
    const { world, session } = connected();
    world.loseLeader();
    settle(world);
    session.submit(create("/a"));
    session.channel.close();
    session.settle();
    expect(session.told).toEqual(["suspended", "1 CONNECTION_LOSS", "closed"]);
  });

  it("is over although its first connection comes about behind the close: nobody pings that session", () => {
    const world = new ServingWorld();
    world.engine.holdsRequests = true;
    const session = new TestSession(world);
    settle(world);
    world.engine.loseLeader(1);
    session.channel.close();
    world.engine.findLeader();
    session.settle();
    expect([session.told, session.channel.state]).toEqual([["closed"], "closed"]);
    expect(world.engine.machine.statistics.sessionCount).toBe(1);
    expect(world.serving.connectedCount).toBe(0);
    world.clock.advance(9_000);
    expect(world.engine.isAwake).toBe(false);
  });

  it("leaves without ending the session", () => {
    const { world, session } = connected();
    session.submit(create("/a", 1));
    session.settle();
    session.submit(create("/b", 1));
    session.channel.detach();
    session.settle();
    expect(session.told).toEqual(["1 ok", "2 CONNECTION_LOSS", "closed"]);
    expect(world.engine.machine.session(session.channel.sessionId)).toBeDefined();
    expect(world.serving.connectedCount).toBe(0);
    expect(world.engine.machine.statistics.watcherCount).toBe(0);
  });

  it("is lost when it has expired", () => {
    const { world, session } = connected();
    world.engine.holdsRequests = true;
    session.submit(create("/a"));
    session.settle();
    world.engine.expire(session.channel.sessionId);
    settle(world);
    expect(session.told).toEqual(["1 CONNECTION_LOSS", "lost"]);
    expect(session.states.at(-1)![1]?.code).toBe("SESSION_EXPIRED");
    session.submit(get("/"));
    session.settle();
    expect(session.told.at(-1)).toBe("2 CONNECTION_LOSS");
  });

  it("is lost when the peer has stopped, also before it was connected", () => {
    const { world, session } = connected();
    world.engine.become(LOOKING);
    const waiting = new TestSession(world);
    waiting.submit(get("/"));
    settle(world);
    world.engine.stop();
    settle(world);
    expect(session.told.at(-1)).toBe("lost");
    expect(session.states.at(-1)![1]?.code).toBe("PEER_STOPPED");
    expect(waiting.told).toEqual(["1 CONNECTION_LOSS", "lost"]);
    const late = new TestSession(world);
    settle(world);
    expect(late.told).toEqual(["lost"]);
  });

  it("leaves no timer behind", () => {
    const { world, session } = connected();
    session.channel.close();
    session.settle();
    const { turnCount } = world.engine;
    world.clock.advance(100_000);
    settle(world);
    expect(world.engine.turnCount).toBe(turnCount);
  });
});
