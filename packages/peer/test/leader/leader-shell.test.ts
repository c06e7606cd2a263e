import { createStateMachine } from "@coterie/core";
import { createSessionId, type PeerId, type SessionId, type Zxid } from "@coterie/interface";
import { expect, it } from "vitest";
import { LeaderShell } from "../../src/leader/leader-shell.ts";
import { LEADER_REQUESTS_MAX } from "../../src/limits.ts";
import type { ClientWrite, PeerRequest } from "../../src/request/peer-request.ts";
import { RequestCodec } from "../../src/request/request-codec.ts";
import { StallingClock } from "../support/stalling-clock.ts";

const SELF = 1 as PeerId;
const OTHER = 2 as PeerId;
const ACL = [{ perms: 31, scheme: "world", id: "anyone" }];
const TICK_MS = 100;

/** A leader's shell whose txns are applied when the test says so; consensus is a number of free places. */
class Leadership {
  readonly clock = new StallingClock();
  readonly machine = createStateMachine();
  readonly codec = new RequestCodec();
  readonly warnings: string[] = [];
  room = 100;
  shell = this.createShell();
  private zxid = 0;

  createShell(): LeaderShell {
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (_: object, message: string) => void this.warnings.push(message),
      error: () => undefined,
    };
    return new LeaderShell({
      self: SELF,
      zab: { nextZxid: () => (this.room > 0 ? ((this.zxid + 1) as Zxid) : null), proposalRoom: () => this.room },
      machine: this.machine,
      codec: this.codec,
      clock: this.clock,
      logger,
      tickMs: TICK_MS,
      prepareTurnMaxMs: 1_000,
    });
  }

  /** What one turn proposes, applied; in words. */
  turn(): string[] {
    while (this.shell.work());
    return (this.shell.nextTxns() ?? []).map((txn) => {
      this.zxid += 1;
      const applied = this.machine.apply(this.zxid as Zxid, txn);
      this.shell.applied(applied);
      const { outcome, header } = applied;
      return `${outcome.kind === "error" ? outcome.code : outcome.kind} ${header.cxid}`;
    });
  }

  open(from: PeerId, token: number, attachment: number, timeoutMs = 1_000): SessionId {
    this.give(from, { kind: "open", token, attachment, timeoutMs, verifier: Uint8Array.of(1) });
    expect(this.turn()).toEqual([`createSession ${token}`]);
    return createSessionId(from, this.zxid as Zxid);
  }

  give(from: PeerId, ...requests: readonly PeerRequest[]): void {
    if (from !== SELF)
      this.shell.enqueue(
        from,
        requests.map((request) => this.codec.encode(request)),
      );
    else for (const request of requests) expect(this.shell.enqueueOwn(request)).toBe(true);
  }
}

function write(sessionId: SessionId, attachment: number, cxid: number, what: ClientWrite): PeerRequest {
  return { kind: "client", sessionId, attachment, cxid, identities: [], write: what };
}

function createOf(path: string, flags = 0): ClientWrite {
  return { kind: "create2", path, data: new Uint8Array(0), acl: ACL, flags };
}

it("makes one txn of each request, in order, whoever serves the session", () => {
  const leadership = new Leadership();
  const session = leadership.open(OTHER, -5, 7);
  const own = leadership.open(SELF, -6, 8);
  leadership.give(OTHER, write(session, 7, 0, createOf("/a")), write(session, 7, 1, createOf("/a")));
  leadership.give(SELF, write(own, 8, 0, { kind: "delete", path: "/a", version: 3 }));
  leadership.give(
    OTHER,
    write(session, 7, 2, { kind: "closeSession", id: session }),
    write(session, 7, 3, createOf("/b")),
  );
  expect(leadership.turn()).toEqual([
    "create 0",
    "NODE_EXISTS 1",
    "BAD_VERSION 0",
    "closeSession 2",
    "SESSION_EXPIRED 3",
  ]);
  expect(leadership.turn()).toEqual([]);
});

it("a session belongs to whoever attached it last: what came through an earlier connection has no txn from then on", () => {
  const leadership = new Leadership();
  const session = leadership.open(OTHER, -5, 7);
  leadership.give(
    OTHER,
    write(session, 7, 0, createOf("/a")),
    { kind: "attach", token: -9, sessionId: session, attachment: 8, timeoutMs: 1_000, isResumed: false },
    write(session, 7, 1, createOf("/b")),
    write(session, 8, 0, createOf("/c")),
  );
  expect(leadership.turn()).toEqual(["create 0", "multi -9", "create 0"]);
  leadership.give(OTHER, write(session, 7, 2, createOf("/d")));
  expect(leadership.turn()).toEqual([]);
  leadership.give(SELF, {
    kind: "attach",
    token: -3,
    sessionId: 99n as SessionId,
    attachment: 9,
    timeoutMs: 1_000,
    isResumed: false,
  });
  expect(leadership.turn()).toEqual(["SESSION_EXPIRED -3"]);
});

it("keeps what there is no room for, and its order", () => {
  const leadership = new Leadership();
  const session = leadership.open(SELF, -5, 7);
  for (let cxid = 0; cxid < 5; cxid++) leadership.give(SELF, write(session, 7, cxid, createOf(`/${cxid}`)));
  leadership.room = 2;
  expect(leadership.turn()).toEqual(["create 0", "create 1"]);
  leadership.room = 0;
  expect(leadership.turn()).toEqual([]);
  expect(leadership.shell.queuedCount).toBe(3);
  leadership.room = 9;
  expect(leadership.turn()).toEqual(["create 2", "create 3", "create 4"]);
});

it("takes so many requests of its own peer and no more, until some have become txns", () => {
  const leadership = new Leadership();
  const session = leadership.open(SELF, -5, 7);
  const one = write(session, 7, 0, { kind: "delete", path: "/none", version: -1 });
  let taken = 0;
  while (leadership.shell.enqueueOwn(one)) taken += 1;
  expect(taken).toBe(LEADER_REQUESTS_MAX);
  leadership.room = 1;
  expect(leadership.turn()).toEqual(["NO_NODE 0"]);
  expect([leadership.shell.enqueueOwn(one), leadership.shell.enqueueOwn(one)]).toEqual([true, false]);
});

it("drops what is no request or no report, says so, and takes what stands beside it", () => {
  const leadership = new Leadership();
  const session = leadership.open(OTHER, -5, 7);
  leadership.shell.enqueue(OTHER, [Uint8Array.of(9), leadership.codec.encode(write(session, 7, 0, createOf("/a")))]);
  leadership.shell.touched(OTHER, [Uint8Array.of(9)]);
  expect(leadership.turn()).toEqual(["create 0"]);
  expect(leadership.warnings).toHaveLength(2);
});

it("expires a session that nobody touches, and deletes what it owned; not one that is touched here or at a learner", () => {
  const leadership = new Leadership();
  const silent = leadership.open(OTHER, -5, 7);
  const here = leadership.open(SELF, -6, 8);
  leadership.give(OTHER, write(silent, 7, 0, createOf("/ephemeral", 1)));
  expect(leadership.turn()).toEqual(["create 0"]);
  for (let tick = 0; tick < 30; tick++) {
    leadership.clock.advance(TICK_MS);
    leadership.shell.touch(here);
    leadership.shell.tick();
    const txns = leadership.turn();
    if (txns.length === 0) continue;
    expect(txns).toEqual(["closeSession 0"]);
    expect(tick).toBeGreaterThanOrEqual(9);
    expect(tick).toBeLessThanOrEqual(11);
  }
  expect([...leadership.machine.sessions()].map(({ id }) => id)).toEqual([here]);
  expect(leadership.machine.statistics.znodeCount).toBe(createStateMachine().statistics.znodeCount);
});

it("a new leader grants every session its full timeout, and prepares nothing before it knows them all", () => {
  const leadership = new Leadership();
  const session = leadership.open(OTHER, -5, 7);
  leadership.clock.advance(950);
  leadership.shell = leadership.createShell();
  leadership.give(
    SELF,
    { kind: "attach", token: -9, sessionId: session, attachment: 8, timeoutMs: 1_000, isResumed: false },
    write(session, 8, 0, createOf("/a")),
  );
  expect(leadership.shell.nextTxns()).toBeNull();
  expect(leadership.turn()).toEqual(["multi -9", "create 0"]);
  leadership.clock.advance(950);
  leadership.shell.tick();
  expect(leadership.turn()).toEqual([]);
  leadership.clock.advance(300);
  leadership.shell.tick();
  expect(leadership.turn()).toEqual(["closeSession 0"]);
});

it("deletes containers that have become empty, about once a second", () => {
  const leadership = new Leadership();
  const session = leadership.open(SELF, -5, 7, 100_000);
  const container: ClientWrite = { kind: "createContainer", path: "/box", data: null, acl: ACL, flags: 4 };
  leadership.give(
    SELF,
    write(session, 7, 0, container),
    write(session, 7, 1, createOf("/box/a")),
    write(session, 7, 2, { kind: "delete", path: "/box/a", version: -1 }),
  );
  expect(leadership.turn()).toEqual(["create 0", "create 1", "delete 2"]);
  leadership.clock.advance(900);
  leadership.shell.tick();
  expect(leadership.turn()).toEqual([]);
  leadership.clock.advance(200);
  leadership.shell.tick();
  expect(leadership.turn()).toEqual(["delete 0"]);
});
