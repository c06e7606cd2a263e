import type { RoleView } from "@coterie/consensus";
import { type AuthId, type CoreStateMachine, createStateMachine, type WriteRequest } from "@coterie/core";
import {
  type Epoch,
  CoterieError,
  type PeerId,
  SESSION_NONE,
  type SessionId,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import type { ZabView } from "@coterie/consensus";
import type { Engine, EngineHandler } from "../../src/engine/engine.ts";
import type { PeerRequest } from "../../src/request/peer-request.ts";

export const LOOKING: RoleView = { state: "looking", isServing: false, epoch: 0 as Epoch, leader: null };
export const NEXT_LEADING: RoleView = { state: "leading", isServing: true, epoch: 2 as Epoch, leader: 1 as PeerId };
export const LEADING: RoleView = { state: "leading", isServing: true, epoch: 1 as Epoch, leader: 1 as PeerId };

interface FakeEngineOptions {
  readonly machine?: CoreStateMachine;
  /** Calls its argument in a turn of its own; without it turns are run by `run`. */
  readonly schedule?: (turn: () => void) => void;
}

/**
 * An engine of one peer that leads and commits what it is asked at the end of each turn: the real state machine, and no
 * consensus, log or time. What it was asked for can be held back, refused or dropped.
 */
export class FakeEngine implements Engine {
  machine: CoreStateMachine;
  role: RoleView = LOOKING;
  handler: EngineHandler | null = null;
  /** Asked for and not committed. */
  requests: PeerRequest[] = [];
  confirms: { readonly id: number; readonly target: "proposed" | "committed" }[] = [];
  readonly touched: SessionId[] = [];
  turnCount = 0;
  /** Another turn is asked for. */
  isAwake = false;
  holdsRequests = false;
  holdsConfirms = false;
  wallMs = 1_000_000;
  private readonly schedule: ((turn: () => void) => void) | null;
  private readonly owners = new Map<SessionId, number>();
  private history: readonly PeerRequest[] = [];

  constructor({ machine = createStateMachine(), schedule }: FakeEngineOptions = {}) {
    this.machine = machine;
    this.schedule = schedule ?? null;
  }

  view(): ZabView {
    throw new Error("nobody looks at the view of a fake");
  }

  wake(): void {
    if (this.isAwake) return;
    this.isAwake = true;
    this.schedule?.(() => this.turn());
  }

  request(request: PeerRequest): void {
    this.requests.push(request);
    this.wake();
  }

  touch(id: SessionId): void {
    this.touched.push(id);
  }

  confirm(id: number, target: "proposed" | "committed"): void {
    this.confirms.push({ id, target });
    this.wake();
  }

  become(role: RoleView): void {
    const before = this.role;
    this.role = role;
    this.handler?.roleChanged(role, before);
    this.wake();
  }

  /**
   * What is asked for now and has not been committed never will be, but for the first `inHistory`, which the next leader has in its
   * history. What waits for a quorum is refused, a moment earlier or later.
   */
  loseLeader(inHistory = 0): void {
    const history = this.requests.slice(0, inHistory);
    const confirms = this.confirms.map(({ id }) => id);
    this.requests = [];
    this.confirms = [];
    this.handler?.confirmRefused(confirms);
    this.become(LOOKING);
    this.history = history;
  }

  /** Its history is applied before it serves, and it knows of no session who serves it. */
  findLeader(role: RoleView = NEXT_LEADING): void {
    for (const request of this.history) this.prepare(request);
    this.history = [];
    this.owners.clear();
    this.become(role);
  }

  refuseRequests(): void {
    const refused = this.requests;
    this.requests = [];
    this.handler?.requestsRefused(refused);
    this.wake();
  }

  refuseConfirms(): void {
    const refused = this.confirms;
    this.confirms = [];
    this.handler?.confirmRefused(refused.map(({ id }) => id));
    this.wake();
  }

  expire(id: SessionId): void {
    this.commit({ kind: "closeSession", id }, SESSION_NONE, 0, []);
    this.wake();
  }

  /** Somebody else takes the session. */
  attachElsewhere(id: SessionId): void {
    this.owners.set(id, -1);
    this.commit({ kind: "multi", ops: [] }, id, -2_147_483_648, []);
    this.wake();
  }

  /** As by the leader's own hand. */
  write(write: WriteRequest): void {
    this.commit(write, SESSION_NONE, 0, []);
    this.wake();
  }

  replaceMachine(machine: CoreStateMachine): void {
    this.machine = machine;
    this.handler?.restored();
    this.wake();
  }

  stop(): void {
    this.handler?.stopped(new CoterieError("PEER_STOPPED"));
  }

  /** Turns until nothing is left to do. */
  run(): void {
    for (let turns = 0; this.isAwake; turns++) {
      if (turns > 10_000) throw new Error("the turns do not end");
      this.turn();
    }
  }

  turn(): void {
    this.isAwake = false;
    this.turnCount += 1;
    const { handler } = this;
    if (handler === null) return;
    handler.turnEnding();
    if (!this.holdsRequests) this.commitAll();
    if (!this.holdsConfirms && this.confirms.length > 0) {
      const confirmed = this.confirms;
      this.confirms = [];
      handler.confirmed(confirmed.map(({ id }) => id));
    }
    handler.turnEnded();
  }

  commitAll(): void {
    const { requests } = this;
    this.requests = [];
    for (const request of requests) this.prepare(request);
  }

  private prepare(request: PeerRequest): void {
    switch (request.kind) {
      case "open": {
        const { timeoutMs, verifier, token, attachment } = request;
        const peerId = 1 as PeerId;
        return this.commit({ kind: "createSession", peerId, timeoutMs, verifier }, SESSION_NONE, token, [], attachment);
      }
      case "attach": {
        const { sessionId, token, attachment, isResumed } = request;
        const isThere = this.machine.session(sessionId) !== undefined;
        if (isThere && isResumed && (this.owners.get(sessionId) ?? attachment) !== attachment) {
          return this.commit({ kind: "refuse", code: "SESSION_MOVED" }, sessionId, token, []);
        }
        if (isThere) this.owners.set(sessionId, attachment);
        return this.commit(
          isThere ? { kind: "multi", ops: [] } : { kind: "refuse", code: "SESSION_EXPIRED" },
          sessionId,
          token,
          [],
        );
      }
      case "client": {
        const { sessionId, cxid, identities, attachment, write } = request;
        const isOwner = write.kind === "closeSession" || this.owners.get(sessionId) === attachment;
        return this.commit(isOwner ? write : { kind: "refuse", code: "SESSION_MOVED" }, sessionId, cxid, identities);
      }
    }
  }

  private commit(
    write: WriteRequest,
    sessionId: SessionId,
    cxid: number,
    identities: readonly AuthId[],
    attachment = 0,
  ): void {
    const zxid = this.nextZxid();
    const timeMs = this.wallMs as WallTimeMs;
    const applied = this.machine.apply(
      zxid,
      this.machine.prepare(write, { zxid, timeMs, sessionId, cxid, identities }),
    );
    if (applied.outcome.kind === "createSession") this.owners.set(applied.outcome.id, attachment);
    this.handler?.applied(applied);
  }

  /** 1 for the first, as in a ZooKeeper that has no ensemble. */
  private nextZxid(): Zxid {
    return (this.machine.lastAppliedZxid + 1) as Zxid;
  }
}
