import type { RoleView } from "@coterie/consensus";
import { type Applied, negotiateTimeout, type SessionTimeoutBounds } from "@coterie/core";
import {
  assert,
  type Clock,
  type CoterieError,
  type PeerId,
  type Random,
  SESSION_NONE,
  type SessionId,
  type Timer,
} from "@coterie/interface";
import type { Engine, EngineHandler } from "../engine/engine.ts";
import type { PeerRequest } from "../request/peer-request.ts";
import type { ArrivalSource } from "./arrival-source.ts";
import { Handshakes } from "./handshakes.ts";
import { createPassword, isPasswordOf, verifierOf } from "./password.ts";
import { ServedConnection } from "./served-connection.ts";
import { ServedTable } from "./served-table.ts";
import type { ConnectionRequest, ServedEnd, ServedSink, Serving } from "./serving.ts";
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
  /** How many times the leader was lost. */
  private lossCount = 0;
  /** Of the leader that was lost last. */
  private lostEpoch: RoleView["epoch"] | null = null;
  private graceTimer: Timer | null = null;
  /** What was not taken, or not confirmed, and at which `lossCount`: a loss of the leader may be behind it. */
  private refused: { readonly request: PeerRequest; readonly lossCount: number }[] = [];
  private unconfirmed: { readonly id: number; readonly lossCount: number }[] = [];
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
      timeoutMs: negotiateTimeout(request.timeoutMs, timeouts),
      password: session === null ? createPassword(random) : session.password.slice(),
      identities,
    });
    this.table.add(served);
    const refusal = this.refusalOf(request);
    if (refusal !== null) served.finish(refusal, null);
    else this.begin(served, session?.id ?? null);
    return served;
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
    const { lossCount } = this;
    for (const request of requests) this.refused.push({ request, lossCount });
    // Whether the leader is lost as well is known in the next turn.
    this.engine.wake();
  }

  confirmed(ids: readonly number[]): void {
    this.table.look();
    this.table.confirmations.settle(ids, "confirmed");
  }

  confirmRefused(ids: readonly number[]): void {
    const { lossCount } = this;
    for (const id of ids) this.unconfirmed.push({ id, lossCount });
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
    this.lossCount += 1;
    this.lostEpoch = epoch;
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
    for (const { served, sessionId } of this.handshakes.all()) {
      if (mayComeTwice) served.finish("abandoned", null);
      else this.ask(served, sessionId);
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
    if (this.unconfirmed.length + this.refused.length === 0) return;
    const unconfirmed = this.unconfirmed.filter(({ lossCount }) => lossCount === this.lossCount);
    this.unconfirmed = [];
    if (unconfirmed.length > 0)
      this.table.confirmations.settle(
        unconfirmed.map(({ id }) => id),
        "refused",
      );
    const { refused } = this;
    this.refused = [];
    for (const { request, lossCount } of refused) {
      if (lossCount !== this.lossCount) continue;
      if (request.kind === "client") {
        const served = this.table.ofSession(request.sessionId);
        if (served?.attachment === request.attachment) served.finish("abandoned", null);
      } else {
        this.handshakes.refused(request)?.finish("abandoned", null);
      }
    }
  }

  /** Whether the session still exists only a peer that is not behind its client can say. */
  private refusalOf({ session, lastZxidSeen }: ConnectionRequest): ServedEnd | null {
    const { machine } = this.engine;
    if (lastZxidSeen > machine.lastAppliedZxid) return "behind";
    if (session === null) return null;
    return isPasswordOf(session.password, machine.session(session.id)?.verifier) ? null : "expired";
  }

  private begin(served: ServedConnection, sessionId: SessionId | null): void {
    this.handshakes.begin(served, sessionId);
    this.ask(served, sessionId);
  }

  /** Asks the leader for the session of a handshake. */
  private ask(served: ServedConnection, sessionId: SessionId | null): void {
    const { attachment, timeoutMs, token } = served;
    assert(token !== null, "a handshake has a token");
    this.engine.request(
      sessionId === null
        ? { kind: "open", token, attachment, timeoutMs, verifier: verifierOf(served.password) }
        : { kind: "attach", token, sessionId, attachment, timeoutMs, isResumed: served.sessionId === sessionId },
    );
  }

  /** The next leader has to hear who serves the session, and then what it asks for. */
  private reattach(served: ServedConnection): void {
    const { sessionId } = served;
    this.handshakes.begin(served, sessionId);
    this.ask(served, sessionId);
    served.askAgain();
  }

  private handshakeApplied(applied: Applied): void {
    const { table } = this;
    const { sessionId } = applied.header;
    const ended = this.handshakes.applied(applied);
    if (ended === null) {
      // Somebody else's, for a session that is served here.
      if (applied.outcome.kind === "multi") this.end(table.ofSession(sessionId), "moved");
      return;
    }
    const { served } = ended;
    if (ended.kind !== "attached") return this.end(served, ended.kind);
    const { id } = ended;
    // It has been there all the time, and belongs to it under this leader, too.
    if (served.sessionId === id) return;
    table.look();
    table.connect(served, id);
    if (sessionId === SESSION_NONE) this.options.sessionChanged?.("opened", id);
  }

  private end(served: ServedConnection | undefined, end: "expired" | "moved"): void {
    if (served === undefined) return;
    if (end === "expired" && served.sessionId !== SESSION_NONE)
      this.options.sessionChanged?.("expired", served.sessionId);
    served.finish(end, null);
  }
}

export function createServing(engine: Engine, options: ServingOptions): PeerServing {
  return new PeerServing(engine, options);
}
