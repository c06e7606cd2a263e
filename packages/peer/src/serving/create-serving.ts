import type { RoleView } from "@coterie/consensus";
import { type Applied, negotiateTimeout, type SessionTimeoutBounds } from "@coterie/core";
import {
  type Clock,
  type CoterieError,
  type PeerId,
  type Random,
  SESSION_NONE,
  type SessionId,
  type Timer,
  type Zxid,
} from "@coterie/interface";
import type { Engine, EngineHandler } from "../engine/engine.ts";
import type { PeerRequest } from "../request/peer-request.ts";
import type { ArrivalSource } from "./arrival-source.ts";
import { type Handshake, Handshakes } from "./handshakes.ts";
import { createPassword, isPasswordOf, verifierOf } from "./password.ts";
import { ServedConnection } from "./served-connection.ts";
import { ServedTable } from "./served-table.ts";
import type { ConnectionRequest, ServedSink, Serving } from "./serving.ts";
import type { Traffic } from "./traffic.ts";

export interface ServingOptions {
  readonly peerId: PeerId;
  readonly clock: Clock;
  /** Passwords are drawn from it. */
  readonly random: Random;
  /** Between which bounds timeouts are negotiated. */
  readonly timeouts: SessionTimeoutBounds;
  /** Requests of one session that wait: `Served.submit` then says false. Default: 1,000. */
  readonly sessionRequestsMax?: number;
  /** Handshakes under way. One more is not taken, as if the peer did not serve. Default: 10,000. */
  readonly handshakesMax?: number;
  /** `user:base64(sha1)` of who may do everything. Default: nobody. */
  readonly superDigest?: string | null;
  /** A write was answered, so long after it had come. Does not throw. */
  readonly writeAnswered?: (durationMs: number) => void;
  /** A session was opened through this peer; or one that it serves was closed, or has expired. */
  readonly sessionChanged?: (kind: "opened" | "closed" | "expired", id: SessionId) => void;
}

const SESSION_REQUESTS_MAX = 1_000;
const HANDSHAKES_MAX = 10_000;
/** Of a session's id, below the peer's. */
const SESSION_ZXID_BITS = 56;

/**
 * How long connections wait for another leader: then they are ended, so that their clients look for another peer. Well below what
 * a client gives its connection, two thirds of a session's timeout (client-protocol 2.2).
 */
export const LEADER_CHANGE_MAX_MS = 2_000;

/**
 * The sessions that a peer serves. It is the engine's handler, and hands out the turn's order to those who bring
 * connections: they say `arrived` whenever something has come, and hand it in when they are asked.
 */
export class PeerServing implements Serving, EngineHandler {
  /** By session and by watcher, for those who describe connections. */
  readonly table: ServedTable;
  private readonly engine: Engine;
  private readonly options: ServingOptions;
  private readonly handshakes: Handshakes;
  private readonly sources = new Set<ArrivalSource>();
  private readonly withArrivals = new Set<ArrivalSource>();
  private serves = false;
  /** Of the leader that was lost last. */
  private lostEpoch: RoleView["epoch"] | null = null;
  private graceTimer: Timer | null = null;
  /** What was not taken, or not confirmed: until the end of the turn, since a loss of the leader may be behind it. */
  private refused: PeerRequest[] = [];
  private unconfirmed: number[] = [];
  private stopReason: CoterieError | null = null;

  constructor(engine: Engine, options: ServingOptions) {
    this.engine = engine;
    this.options = options;
    const { clock, superDigest = null, sessionRequestsMax: requestsMax = SESSION_REQUESTS_MAX } = options;
    const handshakes = new Handshakes(options.peerId, clock, options.random);
    this.handshakes = handshakes;
    this.table = new ServedTable({ engine, clock, handshakes, superDigest, requestsMax });
  }

  /** Whether `connect` may succeed now. */
  get isServing(): boolean {
    return this.serves && this.stopReason === null;
  }

  /** Why the peer has stopped; null if it has not. */
  get stoppedBy(): CoterieError | null {
    return this.stopReason;
  }

  get role(): RoleView {
    return this.engine.role;
  }

  /** Requests, replies and how long they took, over all connections. */
  get traffic(): Traffic {
    return this.table.traffic;
  }

  /** Sessions that exist, wherever they are served, and those that are being opened here. */
  get sessionCount(): number {
    return this.engine.machine.sessionCount + this.handshakes.openingCount;
  }

  get connectedCount(): number {
    return this.table.connectedCount;
  }

  /** An upper bound of how far this peer's state is behind what was committed; null if nobody ever asked. */
  staleMs(): number | null {
    const { confirmedAtMs } = this.table.confirmations;
    return confirmedAtMs === null ? null : Math.max(0, this.options.clock.nowMs() - confirmedAtMs);
  }

  /** Who brings connections. The function takes it away again. */
  addSource(source: ArrivalSource): () => void {
    this.sources.add(source);
    return () => {
      this.sources.delete(source);
      this.withArrivals.delete(source);
    };
  }

  /** Something has come in there: it is taken in a turn soon. */
  arrived(source: ArrivalSource): void {
    if (this.withArrivals.size === 0) this.engine.wake();
    this.withArrivals.add(source);
  }

  connect(request: ConnectionRequest, sink: ServedSink): ServedConnection | null {
    const { handshakesMax = HANDSHAKES_MAX, random, timeouts } = this.options;
    if (!this.isServing || this.handshakes.size >= handshakesMax) return null;
    const { session, identities } = request;
    const served = new ServedConnection(this.table, sink, {
      attachment: this.handshakes.nextAttachment(),
      token: this.handshakes.nextToken(),
      timeoutMs: negotiateTimeout(request.timeoutMs, timeouts),
      password: session === null ? createPassword(random) : session.password.slice(),
      identities,
    });
    this.table.add(served);
    if (request.lastZxidSeen > this.engine.machine.lastAppliedZxid) served.finish("behind", null);
    else this.shake(this.handshakes.begin(served, session?.id ?? null));
    return served;
  }

  /** The client holds the session to be lost, and drops its connection: if the session is still there, it is closed. */
  giveUp(served: ServedConnection): void {
    const { sessionId, attachment, end } = served;
    if (end !== null || sessionId === SESSION_NONE || !this.isServing) return;
    const write = { kind: "closeSession", id: sessionId } as const;
    served.drop();
    this.engine.request({ kind: "client", sessionId, attachment, cxid: 0, identities: [], write });
  }

  /**
   * Connections outlive a change of the leader (docs/decisions/0016). What was on its way to the former one stands in the history
   * with which the next epoch begins, and is answered as that is applied; or it never will: then it is asked again. If the peer
   * comes back to the leader that it has lost, no epoch has ended, and a connection with something on its way does.
   */
  roleChanged(role: RoleView, before: RoleView): void {
    const served = this.serves;
    this.serves = role.isServing;
    const goesOn = role.isServing && role.epoch === before.epoch && role.leader === before.leader;
    if (goesOn && served) return;
    if (served) this.loseLeader(before.epoch);
    if (this.isServing) this.findLeader(role.epoch);
  }

  applied(applied: Applied): void {
    const { header, outcome, events, zxid } = applied;
    const { table } = this;
    for (const event of events) table.notify(event);
    table.toldZxid = zxid;
    if (header.cxid < 0) {
      this.handshakeApplied(applied);
    } else if (header.sessionId !== SESSION_NONE) {
      const served = table.ofSession(header.sessionId);
      if (served !== undefined) {
        table.look();
        const askedAtMs = served.applied(header.cxid, outcome, zxid);
        if (askedAtMs !== null) this.options.writeAnswered?.(table.nowMs - askedAtMs);
        if (served.end === "closed") this.options.sessionChanged?.("closed", header.sessionId);
      }
    }
    if (outcome.kind === "closeSession") this.end(table.ofSession(outcome.id), "expired");
  }

  requestsRefused(requests: readonly PeerRequest[]): void {
    for (const request of requests) this.refused.push(request);
    // Whether the leader is lost as well is known in the next turn.
    this.engine.wake();
  }

  confirmed(ids: readonly number[]): void {
    this.table.look();
    this.table.confirmations.settle(ids, "confirmed");
  }

  confirmRefused(ids: readonly number[]): void {
    for (const id of ids) this.unconfirmed.push(id);
    this.engine.wake();
  }

  restored(): void {
    this.table.forgetWatchers();
    this.table.endAll("abandoned", null);
  }

  turnEnding(): void {
    const { table, withArrivals } = this;
    table.look();
    this.endRefused();
    table.proceed();
    for (const source of withArrivals) {
      withArrivals.delete(source);
      source.takeArrivals();
    }
    table.answerReads();
    table.confirmations.ask(table.nowMs);
  }

  turnEnded(): void {
    this.table.flush();
  }

  stopped(reason: CoterieError): void {
    this.stopReason = reason;
    this.graceTimer?.cancel();
    this.table.endAll("stopped", reason);
    this.table.flush();
    for (const source of this.sources) source.peerStopped(reason);
    this.sources.clear();
    this.withArrivals.clear();
  }

  private loseLeader(epoch: RoleView["epoch"]): void {
    this.lostEpoch = epoch;
    this.refused = [];
    this.unconfirmed = [];
    this.table.suspend();
    this.graceTimer?.cancel();
    this.graceTimer = this.options.clock.setTimer(LEADER_CHANGE_MAX_MS, () => {
      this.table.endAll("abandoned", null);
      // The ends are told at the end of a turn.
      this.engine.wake();
    });
  }

  private findLeader(epoch: RoleView["epoch"]): void {
    this.graceTimer?.cancel();
    this.graceTimer = null;
    // The same leader, in the same epoch, may yet propose what it was asked for before: its outcome is unknown.
    const mayComeTwice = epoch === this.lostEpoch;
    for (const handshake of this.handshakes.all()) {
      if (mayComeTwice && handshake.isAsked) handshake.served.finish("abandoned", null);
      else this.shake(handshake);
    }
    for (const served of this.table.connected()) {
      if (mayComeTwice && served.barrier.writes().length > 0) served.finish("abandoned", null);
      else this.reattach(served);
    }
    this.table.resume();
    for (const source of this.sources) this.arrived(source);
  }

  /** Under the same leader later requests of the session may have been taken: only the connection's end keeps the order. */
  private endRefused(): void {
    const { refused, unconfirmed, table } = this;
    if (refused.length + unconfirmed.length === 0) return;
    this.refused = [];
    this.unconfirmed = [];
    table.confirmations.settle(unconfirmed, "refused");
    for (const request of refused) {
      const served = request.kind === "open" ? undefined : table.ofSession(request.sessionId);
      if (served?.attachment === request.attachment) served.finish("abandoned", null);
      else if (request.kind !== "client") this.handshakes.of(request.token)?.served.finish("abandoned", null);
    }
  }

  /**
   * Asks the leader for the session of a handshake, if the password is right. A session that is newer than this peer's state
   * may well be there: then a quorum says first how far that state has to be.
   */
  private shake(handshake: Handshake, isCaughtUp = false): void {
    const { served, sessionId } = handshake;
    const { machine } = this.engine;
    if (sessionId === null) return this.ask(handshake);
    if (!isCaughtUp && isNewerThan(sessionId, machine.lastAppliedZxid)) {
      const confirmation = this.table.confirmations.join("committed", {
        confirmationSettled: () => {
          if (served.end !== null) return;
          if (confirmation.state === "confirmed") this.shake(handshake, true);
          else served.finish("abandoned", null);
        },
      });
    } else if (isPasswordOf(served.password, machine.session(sessionId)?.verifier)) {
      this.ask(handshake);
    } else {
      served.finish("expired", null);
    }
  }

  private ask(handshake: Handshake): void {
    const { served, sessionId } = handshake;
    const { token, attachment, timeoutMs } = served;
    handshake.isAsked = true;
    this.engine.request(
      sessionId === null
        ? { kind: "open", token, attachment, timeoutMs, verifier: verifierOf(served.password) }
        : { kind: "attach", token, sessionId, attachment, timeoutMs, isResumed: false },
    );
  }

  /** The next leader has to hear who serves the session, and then what it asks for. */
  private reattach(served: ServedConnection): void {
    const { token, sessionId, attachment, timeoutMs } = served;
    this.engine.request({ kind: "attach", token, sessionId, attachment, timeoutMs, isResumed: true });
    served.askAgain();
  }

  private handshakeApplied(applied: Applied): void {
    const { table } = this;
    const { header, outcome } = applied;
    const ended = this.handshakes.applied(applied);
    if (ended === null) {
      const served = table.ofSession(header.sessionId);
      const isItsOwn = served?.token === header.cxid;
      // Its own was asked for under more than one leader, and may come more than once; another connection's takes the session.
      if (isItsOwn && outcome.kind === "error")
        this.end(served, outcome.code === "SESSION_MOVED" ? "moved" : "expired");
      else if (!isItsOwn && outcome.kind === "multi") this.end(served, "moved");
      return;
    }
    if (ended.kind !== "attached") return this.end(ended.served, ended.kind);
    table.look();
    table.connect(ended.served, ended.id);
    if (header.sessionId === SESSION_NONE) this.options.sessionChanged?.("opened", ended.id);
  }

  private end(served: ServedConnection | undefined, end: "expired" | "moved"): void {
    if (served === undefined) return;
    if (end === "expired" && served.sessionId !== SESSION_NONE)
      this.options.sessionChanged?.("expired", served.sessionId);
    served.finish(end, null);
  }
}

/** The id holds the zxid of the session's create (`createSessionId`). */
function isNewerThan(id: SessionId, zxid: Zxid): boolean {
  return BigInt.asUintN(SESSION_ZXID_BITS, id) > BigInt(zxid);
}

export function createServing(engine: Engine, options: ServingOptions): PeerServing {
  return new PeerServing(engine, options);
}
