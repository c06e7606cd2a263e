import {
  type Applied,
  type Attachment,
  ATTACHMENT_NONE,
  createTouchReport,
  nextAttachment,
  type ReadRequest,
  type WatchEvent,
  type WatcherId,
} from "@coterie/core";
import {
  formatZxid,
  type MonotonicMs,
  SESSION_NONE,
  type SessionId,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import type { ClientConnection } from "../client/client-connection.ts";
import { type ClientMessage, isWriteCall, type PeerMessage, type SimOperation } from "../client/client-message.ts";
import type { Call, OperationEnd, WatchNotice } from "../history/operation.ts";
import { resultOf, textOf, writeOf } from "./calls.ts";
import type { Life } from "./life.ts";
import { cxidOf, type SimRequest } from "./request-book.ts";
import { Served } from "./served.ts";
import { encodeTouches } from "./touch-codec.ts";

const TOUCHES_MAX = 1000;

const EVENTS: Readonly<Record<WatchEvent["kind"], WatchNotice["event"]>> = {
  NodeCreated: "created",
  NodeDeleted: "deleted",
  NodeDataChanged: "data-changed",
  NodeChildrenChanged: "children-changed",
};

type Ending = Omit<OperationEnd, "at">;

/** The sessions that one peer serves in one life. */
export class Sessions {
  private readonly life: Life;
  private readonly byConnection = new Map<ClientConnection, Served>();
  /** Those that are connected. */
  private readonly bySession = new Map<SessionId, Served>();
  /** By token, those that are not connected yet. */
  private readonly handshakes = new Map<number, Served>();
  private readonly byWatcher = new Map<WatcherId, Served>();
  private readonly touches = createTouchReport();
  private readonly confirms = new Map<number, Served>();
  private confirmed: { readonly served: Served; readonly zxid: Zxid }[] = [];
  private confirmIds = 0;
  private lastAttachment: Attachment = ATTACHMENT_NONE;

  constructor(life: Life) {
    this.life = life;
  }

  /** Questions to the leader that are not answered, or whose answer waits for the state machine. */
  get confirmsCount(): number {
    return this.confirms.size + this.confirmed.length;
  }

  message(message: ClientMessage): void {
    const served = this.byConnection.get(message.connection);
    switch (message.kind) {
      case "client-connect":
        return this.connect(message);
      case "client-gone":
        if (served !== undefined) this.drop(served);
        return;
      case "client-ping":
        if (served !== undefined) this.touch(served);
        return;
      case "client-request":
        if (served === undefined) return;
        this.touch(served);
        served.waiting.push(message.operation);
        return this.proceed(served);
    }
  }

  /** Once a tick: what the leader has to know of who is alive. */
  tick(): void {
    if (this.touches.size === 0 || this.life.leader !== null) return;
    this.life.step({ kind: "touch", payload: encodeTouches(this.touches.take(TOUCHES_MAX)) });
  }

  applied(applied: Applied): void {
    const { header, outcome, events, zxid } = applied;
    for (const event of events) this.notify(event, zxid);
    if (header.cxid < 0) this.attached(applied);
    else this.answer(applied);
    if (outcome.kind === "closeSession") {
      const served = this.bySession.get(outcome.id);
      if (served !== undefined) this.close(served, true);
      this.touches.forget(outcome.id);
    }
    this.answerConfirmed();
  }

  confirmedAt(ids: readonly number[], zxid: Zxid): void {
    for (const id of ids) {
      const served = this.confirms.get(id);
      this.confirms.delete(id);
      if (served !== undefined && !served.isClosed) this.confirmed.push({ served, zxid });
    }
    this.answerConfirmed();
  }

  refusedReads(ids: readonly number[]): void {
    for (const id of ids) {
      const served = this.confirms.get(id);
      this.confirms.delete(id);
      if (served === undefined || served.isClosed) continue;
      const operation = served.fence!;
      served.fence = null;
      this.reply(served, operation, refused("CONNECTION_LOSS"));
      this.proceed(served);
    }
  }

  /** The newest requests are not taken: what was not refused of their sessions has an unknown outcome. */
  refusedRequests(payloads: readonly Uint8Array[]): void {
    // The leader may refuse what an earlier life of this peer has sent.
    const isOwn = ({ served }: SimRequest): boolean =>
      served !== null && this.byConnection.get(served.connection) === served;
    const requests = payloads.map((payload) => this.life.host.book.ofPayload(payload)).filter(isOwn);
    for (const { kind, served, operation } of requests) {
      if (served === null || served.isClosed || operation === null) continue;
      if (kind === "open") refuseOpening(served.connection, operation);
      else this.reply(served, operation, refused("CONNECTION_LOSS"));
    }
    for (const { served } of requests) if (served !== null) this.close(served, false);
  }

  /** The leader is lost: every write has an unknown outcome, which clients read from the end of the connection. */
  abandonAll(): void {
    for (const served of this.byConnection.values()) this.close(served, false);
    this.confirms.clear();
    this.confirmed = [];
    this.touches.clear();
  }

  private connect({
    connection,
    sessionId,
    opening,
    lastZxid,
    timeoutMs,
  }: Extract<ClientMessage, { kind: "client-connect" }>): void {
    const { machine } = this.life.replica;
    const isGone = sessionId !== null && machine.session(sessionId) === undefined;
    // A client is not taken back in time; whether its session still exists, only a peer that is not behind can say.
    if (!this.life.isServing || machine.lastAppliedZxid < lastZxid || isGone) {
      const isExpired = this.life.isServing && machine.lastAppliedZxid >= lastZxid && isGone;
      if (opening !== null) refuseOpening(connection, opening);
      connection.toClient({ kind: "closed", isExpired });
      return;
    }
    this.lastAttachment = nextAttachment(this.life.id, this.lastAttachment, this.life.wallMs as WallTimeMs);
    const served = new Served(connection, this.lastAttachment, timeoutMs, machine.openWatcher([]));
    this.byConnection.set(connection, served);
    this.byWatcher.set(served.watcher, served);
    const { host, id: peer, number: life } = this.life;
    const { client } = connection.client;
    host.observe({ kind: "client-taken", peer, life, client, connection: connection.number, lastZxid });
    if (opening === null) return this.send(served, "attach", null, null, sessionId!);
    const verifier = new Uint8Array([opening.client]);
    this.send(served, "open", { kind: "createSession", peerId: this.life.id, timeoutMs, verifier }, opening);
  }

  /**
   * A session has been given to a connection, of this peer or of another: an older one here has it no more. What comes of the
   * session from here on in the stream of txns is of the connection that has it now.
   */
  private attached({ header, outcome, zxid }: Applied): void {
    if (outcome.kind === "multi") {
      const older = this.bySession.get(header.sessionId);
      if (older !== undefined) {
        this.life.host.probe("connection closed by a later attachment");
        this.close(older, false);
      }
    }
    const served = this.handshakes.get(header.cxid);
    if (served === undefined) return;
    this.handshakes.delete(header.cxid);
    if (outcome.kind === "error") return this.close(served, outcome.code === "SESSION_EXPIRED");
    this.welcome(served, outcome.kind === "createSession" ? outcome.id : header.sessionId, resultOf(outcome), zxid);
  }

  private welcome(served: Served, sessionId: SessionId, result: Ending["result"], zxid: Zxid): void {
    const opening = this.life.host.book.ofCxid(served.token)?.operation ?? null;
    served.sessionId = sessionId;
    served.isConnected = true;
    this.bySession.set(sessionId, served);
    // Its client could not be heard meanwhile.
    this.touch(served);
    if (opening !== null) this.reply(served, opening, { kind: "ok", code: null, zxid, result });
    this.tell(served, { kind: "connected" });
    this.proceed(served);
  }

  private touch(served: Served): void {
    if (served.sessionId === SESSION_NONE) return;
    const { leader } = this.life;
    this.life.hear(served.sessionId);
    if (leader === null) this.touches.touch(served.sessionId, served.timeoutMs);
    else leader.tracker.touch(served.sessionId, this.life.monotonicMs as MonotonicMs);
  }

  /** Takes up what waits, up to the next fence. */
  private proceed(served: Served): void {
    while (served.isConnected && served.fence === null && served.waiting.length > 0 && !served.isClosed) {
      const operation = served.waiting.shift()!;
      const { call } = operation;
      if (isWriteCall(call)) this.write(served, operation);
      else if (isFence(call)) this.raiseFence(served, operation);
      else if (served.barrier.enqueueRead(operation) === "now")
        this.reply(served, operation, this.look(served, operation));
    }
  }

  private write(served: Served, operation: SimOperation): void {
    const { call } = operation;
    const write =
      call.kind === "close-session" ? ({ kind: "closeSession", id: served.sessionId } as const) : writeOf(call);
    this.send(served, "write", write, operation);
  }

  private send(
    served: Served,
    kind: SimRequest["kind"],
    write: SimRequest["write"],
    operation: SimOperation | null,
    sessionId: SessionId = served.sessionId,
  ): void {
    const { attachment, timeoutMs } = served;
    const { book } = this.life.host;
    const request = book.add({ kind, sessionId, attachment, timeoutMs, write, operation, served });
    if (kind === "write") {
      served.barrier.enqueueWrite(request);
    } else {
      served.token = cxidOf(request);
      this.handshakes.set(served.token, served);
    }
    this.life.step({ kind: "request", payload: book.payloadOf(request) });
  }

  /** A write of a session that is served here is the first one of that session that waits, whatever its cxid. */
  private answer({ header, outcome, zxid }: Applied): void {
    const served = this.bySession.get(header.sessionId);
    const request = served?.barrier.nextWrite ?? null;
    if (served === undefined || request === null) return;
    const isClose = request.write?.kind === "closeSession";
    // A session may be closed through a connection that it has left, too.
    if (outcome.kind === "closeSession" && !isClose) return;
    const isRight = this.life.host.book.ofCxid(header.cxid) === request || isClose;
    if (!isRight) throw new Error(`peer ${this.life.id} takes ${formatZxid(zxid)} for the answer to another request`);
    const isError = outcome.kind === "error";
    const code = isError ? outcome.code : null;
    const result = isError ? null : resultOf(outcome);
    this.reply(served, request.operation!, { kind: isError ? "failed" : "ok", code, zxid, result });
    for (const read of served.barrier.applied(request)) this.reply(served, read, this.look(served, read));
    if (served.fence !== null && served.barrier.size === 0) this.confirm(served, served.fence);
    this.proceed(served);
  }

  /** Everything the session asked for before is answered before the question is put, and nothing overtakes it. */
  private raiseFence(served: Served, operation: SimOperation): void {
    served.fence = operation;
    if (served.barrier.size === 0) this.confirm(served, operation);
  }

  private confirm(served: Served, { call }: SimOperation): void {
    const id = ++this.confirmIds;
    this.confirms.set(id, served);
    this.life.step({ kind: "confirm", id, target: call.kind === "sync" ? "proposed" : "committed" });
  }

  private answerConfirmed(): void {
    if (this.confirmed.length === 0) return;
    const { zxid: appliedZxid } = this.life.replica.position;
    const ready = this.confirmed.filter(({ zxid }) => zxid <= appliedZxid);
    if (ready.length === 0) return;
    this.confirmed = this.confirmed.filter(({ zxid }) => zxid > appliedZxid);
    for (const { served } of ready) {
      if (served.isClosed) continue;
      const operation = served.fence!;
      served.fence = null;
      this.reply(served, operation, this.look(served, operation));
      this.proceed(served);
    }
  }

  private look(served: Served, { call }: SimOperation): Ending {
    const { machine } = this.life.replica;
    const zxid = machine.lastAppliedZxid;
    if (call.kind === "sync") return { kind: "ok", code: null, zxid, result: null };
    if (call.kind === "set-watches") return this.setWatches(served, call, zxid);
    if (call.kind !== "get" && call.kind !== "children") return refused("UNIMPLEMENTED");
    const request: ReadRequest =
      call.kind === "get"
        ? { kind: "getData", path: call.path, watch: call.watch }
        : { kind: "getChildren", path: call.path, watch: false };
    const answer = machine.read(request, { sessionId: served.sessionId, identities: [], watcher: served.watcher });
    if (answer.kind === "error") return { kind: "failed", code: answer.code, zxid, result: null };
    if (answer.kind === "getChildren") {
      return { kind: "ok", code: null, zxid, result: { kind: "children", names: [...answer.children] } };
    }
    if (answer.kind !== "getData") return refused("UNIMPLEMENTED");
    const { version, mzxid } = answer.stat;
    const data = textOf(answer.data);
    return { kind: "ok", code: null, zxid, result: { kind: "data", data, version, mzxid: mzxid as Zxid } };
  }

  /** What has changed while the client was away is told before the answer. */
  private setWatches(served: Served, call: Extract<Call, { kind: "set-watches" }>, zxid: Zxid): Ending {
    const { machine } = this.life.replica;
    const { paths, relativeZxid } = call;
    const request = { dataWatches: paths, existWatches: [], childWatches: [], relativeZxid };
    const { error, events } = machine.answerWatchRequest({ kind: "setWatches", ...request }, served.watcher);
    if (error !== null) return { kind: "failed", code: error, zxid, result: null };
    this.life.host.probe("watches set again");
    if (events.length > 0) this.life.host.probe("missed watch event told");
    for (const missed of events) this.notify(missed, zxid);
    return { kind: "ok", code: null, zxid, result: null };
  }

  private notify(event: WatchEvent, zxid: Zxid): void {
    for (const watcher of event.watchers) {
      const served = this.byWatcher.get(watcher);
      if (served === undefined) continue;
      this.tell(served, { kind: "notice", path: event.path, event: EVENTS[event.kind], zxid });
    }
  }

  private reply(served: Served, operation: SimOperation, end: Ending): void {
    if (!served.isClosed) this.tell(served, { kind: "reply", operation, end });
  }

  private tell({ connection }: Served, message: PeerMessage): void {
    const { host, id: peer, number: life } = this.life;
    const { client } = connection.client;
    host.observe({ kind: "client-answered", peer, life, client, connection: connection.number });
    connection.toClient(message);
  }

  private close(served: Served, isExpired: boolean): void {
    if (served.isClosed) return;
    served.connection.toClient({ kind: "closed", isExpired });
    this.drop(served);
  }

  private drop(served: Served): void {
    served.isClosed = true;
    served.barrier.abandon();
    this.byConnection.delete(served.connection);
    this.handshakes.delete(served.token);
    this.byWatcher.delete(served.watcher);
    if (this.bySession.get(served.sessionId) === served) this.bySession.delete(served.sessionId);
    this.life.replica.machine.closeWatcher(served.watcher);
  }
}

function isFence(call: Call): boolean {
  return call.kind === "sync" || (call.kind === "get" && call.isLinearizable);
}

function refused(code: string): Ending {
  return { kind: "refused", code, zxid: 0 as Zxid, result: null };
}

/** It has no effect, and never will. */
function refuseOpening(connection: ClientConnection, operation: SimOperation): void {
  connection.toClient({ kind: "reply", operation, end: refused("CONNECTION_LOSS") });
}
