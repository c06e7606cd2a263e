import {
  type Attachment,
  type AuthId,
  createReadBarrier,
  type Outcome,
  type ReadBarrier,
  type WatcherId,
} from "@coterie/core";
import { assert, type CoterieError, type ErrorCode, SESSION_NONE, type SessionId, type Zxid } from "@coterie/interface";
import { type RequestBody, type ResponseBody, type WatcherEvent, ZXID_UNPROVEN } from "@coterie/protocol";
import { LINEARIZABLE_ASKED, LINEARIZABLE_CONFIRMED } from "@coterie/session";
import { CONNECTION_REQUESTS_MAX_BYTES, READS_BEFORE_WRITE_MAX } from "../limits.ts";
import { Account } from "./account.ts";
import type { AskedHere, AskedWrite, Answered, Fence, ReplyZxid, Waiting } from "./asked.ts";
import { answeredAtOnce, isAnsweredHere, refused, succeeded } from "./answered.ts";
import { authenticate, sizeOfIdentities } from "./identities.ts";
import { type HeldPing, Life } from "./life.ts";
import { bodyOf, codeOf, type WriteBody } from "./outcome-reply.ts";
import { ReadyReads } from "./ready-reads.ts";
import { sizeOfRequest } from "./request-size.ts";
import type { ServedContext, ServedStart } from "./served-context.ts";
import type { Served, ServedEnd, ServedSink } from "./serving.ts";
import type { LastReply, Traffic } from "./traffic.ts";

/** Cxids are the non-negative 32-bit integers; negative ones name handshakes. */
const CXID_SPAN = 2 ** 31;

/** One connection: the order of its requests and replies, its watches, and what it has proved to be. */
export class ServedConnection implements Served {
  readonly attachment: Attachment;
  /** Names its attachments in the stream of txns. */
  readonly token: number;
  readonly timeoutMs: number;
  sessionId: SessionId = SESSION_NONE;
  identities: readonly AuthId[];
  /** From `connect` to the end. */
  watcher: WatcherId | null = null;
  /** Null as long as it goes on. */
  end: ServedEnd | null = null;
  endReason: CoterieError | null = null;
  /** The client itself has gone: it hears nothing any more. */
  isDropped = false;
  /** Told something in this turn. */
  isTold = false;
  readonly sink: ServedSink;
  readonly traffic: Traffic;
  readonly lastReply: LastReply;
  readonly context: ServedContext;
  readonly life: Life;
  readonly password: Uint8Array;
  readonly barrier: ReadBarrier<AskedWrite, AskedHere>;
  /** Behind a fence, or behind too much. Everything, before `connect`. */
  private waiting: Waiting[] = [];
  /** No txn is in their way; answered in one go, at the end of the turn or when something else comes, if the client has room. */
  readonly ready: ReadyReads = new ReadyReads(this);
  readonly account: Account;
  /** They go to the leader with each write. */
  private identitiesSizeBytes: number;
  private fence: Fence | null = null;
  private cxid = 0;
  private isConnected = false;
  private isProceeding = false;
  /** An answer was given, or waits in its place, behind which nothing is taken up. */
  private isEnding = false;
  /** `submit` has returned false. */
  private isStopped = false;

  constructor(context: ServedContext, sink: ServedSink, start: ServedStart) {
    this.context = context;
    this.sink = sink;
    this.attachment = start.attachment;
    this.token = start.token;
    this.timeoutMs = start.timeoutMs;
    this.password = start.password;
    this.identities = start.identities;
    this.life = new Life(this, context.nowMs);
    this.barrier = createReadBarrier({ requestsMax: context.requestsMax });
    this.identitiesSizeBytes = sizeOfIdentities(start.identities);
    this.account = new Account(context.traffic);
    this.traffic = this.account.traffic;
    this.lastReply = this.account.lastReply;
  }

  submit(tag: number, body: RequestBody): boolean {
    if (this.end !== null) return true;
    const isPing = body.kind === "ping";
    const sizeBytes = isPing ? 0 : sizeOfRequest(body);
    if (!this.received(isPing ? null : sizeBytes + this.identitiesSizeBytes)) return true;
    const atMs = this.context.nowMs;
    if (isPing && this.isConnected && !this.isEnding) this.life.ping({ tag, atMs });
    // A sync asks at once: what was asked before the answer to what stands before it is as good.
    else if (body.kind === "sync" && this.isConnected && !this.context.isSuspended)
      this.take({ kind: "fence", fence: this.fenceOf(tag, atMs, body.path) });
    else if (this.mustWait || this.isHeldBack(body)) this.waiting.push({ kind: "request", tag, atMs, body, sizeBytes });
    else this.takeRequest(tag, atMs, body, sizeBytes);
    return this.hasRoom();
  }

  refuse(tag: number, code: ErrorCode, zxid: ReplyZxid, isLast: boolean, body: ResponseBody | null = null): boolean {
    if (this.end !== null || !this.received(0)) return true;
    const { nowMs: atMs } = this.context;
    const answered = { kind: "answered", operation: "refused", tag, atMs, zxid, code, body, isLast } as const;
    this.take({ kind: "answered", answered });
    return this.hasRoom();
  }

  /** Nothing waits here, and nothing is on its way: a read may be answered before it is submitted. */
  get isIdle(): boolean {
    return !this.mustWait && this.barrier.size + this.ready.length === 0;
  }

  identify(identities: readonly AuthId[]): void {
    if (this.end === null) this.take({ kind: "identities", identities });
  }

  goOn(): void {
    if (this.ready.length === 0) return;
    this.ready.answer();
    this.goOnBehind();
  }

  drop(): void {
    if (this.end !== null) return;
    this.isDropped = true;
    this.finish("closed", null);
  }

  /** The session is there and this connection owns it. */
  connect(id: SessionId): void {
    const { context, timeoutMs, password } = this;
    this.sessionId = id;
    this.isConnected = true;
    this.watcher = context.machine.openWatcher(this.identities);
    context.engine.touch(id, timeoutMs);
    this.account.replied("connect", 0, context.machine.lastAppliedZxid, context.nowMs, context.nowMs);
    context.told(this);
    this.sink.connected({ id, timeoutMs, password });
    this.goOnBehind();
  }

  /** A txn of this session, that of a handshake excepted. Gives when it was asked for, if that was here. */
  applied(cxid: number, outcome: Outcome, zxid: Zxid): number | null {
    const write = this.barrier.nextWrite;
    // Whoever served the session before may still have it closed (semantics 5.3), under a number that is in use here, too.
    if (outcome.kind === "closeSession" && write?.body.kind !== "closeSession") return null;
    if (write === null || write.cxid !== cxid) {
      // What an earlier connection of this session had asked for is refused behind the attachment of this one.
      assert(outcome.kind === "error" || outcome.kind === "closeSession", "a session's txns are those it waits for");
      return null;
    }
    const code = codeOf(outcome);
    if (code === "SESSION_MOVED") {
      this.finish("moved", null);
      return null;
    }
    this.tell(write.body.kind, write, zxid, code, code === null ? bodyOf(write.body, outcome) : null);
    if (outcome.kind === "closeSession") {
      this.finish("closed", null);
      return write.atMs;
    }
    this.context.writesUnderWay.remove(write.sizeBytes);
    const reads = this.barrier.applied(write);
    if (this.barrier.nextWrite === null) this.ready.take(reads);
    else this.ready.answerNow(reads);
    this.goOnBehind();
    return write.atMs;
  }

  confirmationSettled(): void {
    this.goOnBehind();
  }

  pingAnswered(ping: HeldPing, isProven: boolean): void {
    this.tell("ping", ping, isProven ? this.context.machine.lastAppliedZxid : ZXID_UNPROVEN, null, { kind: "ping" });
  }

  notify(event: WatcherEvent, zxid: number): void {
    this.account.notified();
    this.context.told(this);
    this.sink.notified(event, zxid);
  }

  /** Takes up what waits, up to the next fence, or to where too much is on its way. */
  proceed(): void {
    if (this.isProceeding) return;
    this.isProceeding = true;
    while (this.waiting.length > 0 && !this.isHeldUp) {
      const next = this.waiting[0]!;
      if (next.kind === "request" && this.isHeldBack(next.body)) break;
      this.waiting.shift();
      this.takeUp(next);
    }
    this.isProceeding = false;
  }

  /**
   * Another leader is there, and everything that the former one has brought about is applied: what is not answered was in vain,
   * and is asked again, in order, behind the attachment.
   */
  askAgain(): void {
    for (const write of this.barrier.writes()) this.send(write);
    const fences = this.waiting.flatMap((waiting) => (waiting.kind === "fence" ? [waiting.fence] : []));
    if (this.fence !== null) fences.unshift(this.fence);
    for (const fence of fences) fence.confirmation = this.context.confirmations.join(fence.confirmation.target, this);
  }

  finish(end: ServedEnd, reason: CoterieError | null): void {
    if (this.end !== null) return;
    this.end = end;
    this.endReason = reason;
    const { writesUnderWay } = this.context;
    writesUnderWay.forget(this);
    for (const { sizeBytes } of this.barrier.writes()) writesUnderWay.remove(sizeBytes);
    this.barrier.abandon();
    this.waiting = [];
    this.ready.clear();
    this.fence = null;
    this.life.end();
    this.account.ended();
    this.context.ended(this);
  }

  /** Something was answered: a fence may stand behind nothing now, and more may be taken up. */
  private goOnBehind(): void {
    this.lowerFence();
    if (this.waiting.length > 0) this.context.mayProceed(this);
  }

  private get isHeldUp(): boolean {
    return !this.isConnected || this.fence !== null || this.isEnding || this.end !== null || this.barrier.isFull;
  }

  private get mustWait(): boolean {
    return this.waiting.length > 0 || this.isProceeding || this.isHeldUp;
  }

  /**
   * What goes to the leader waits for one, and for room there; and a write for reads that must not see it. What is behind it then
   * waits, too.
   */
  private isHeldBack(body: RequestBody): boolean {
    if (isAnsweredHere(body)) return false;
    if (this.context.isSuspended) return true;
    if (body.kind === "sync") return false;
    this.ready.answer();
    if (this.ready.length > 0 || this.barrier.readCount > READS_BEFORE_WRITE_MAX) return true;
    return !this.context.writesUnderWay.hasRoomFor(this);
  }

  private get load(): number {
    return this.waiting.length + this.barrier.size + this.ready.length + this.life.pingCount;
  }

  private hasRoom(): boolean {
    if (this.load >= this.context.requestsMax || this.account.outstandingBytes >= CONNECTION_REQUESTS_MAX_BYTES)
      this.isStopped = true;
    return !this.isStopped || this.end !== null;
  }

  /** `sizeBytes` is null for a ping. False if nothing is answered any more: the session may have expired, and nobody can tell. */
  private received(sizeBytes: number | null): boolean {
    this.account.received(sizeBytes);
    if (!this.isConnected) return true;
    this.context.engine.touch(this.sessionId, this.timeoutMs);
    const isAlive = this.life.heard(this.context.nowMs);
    if (!isAlive) this.finish("abandoned", null);
    return isAlive;
  }

  private take(waiting: Waiting): void {
    if (this.mustWait) this.waiting.push(waiting);
    else this.takeUp(waiting);
  }

  private takeUp(waiting: Waiting): void {
    switch (waiting.kind) {
      case "request":
        return this.takeRequest(waiting.tag, waiting.atMs, waiting.body, waiting.sizeBytes);
      case "fence":
        this.ready.answer();
        this.fence = waiting.fence;
        return this.lowerFence();
      case "answered":
        return this.answerInOrder(waiting.answered);
      case "identities":
        return this.identified(waiting.identities);
    }
  }

  private takeRequest(tag: number, atMs: number, body: RequestBody, sizeBytes: number): void {
    switch (body.kind) {
      case "getData":
      case "exists":
      case "getChildren":
      case "getChildren2":
      case "getACL":
      case "getAllChildrenNumber":
      case "getEphemerals":
      case "multiRead":
        return this.askHere({ kind: "read", tag, atMs, body, identities: this.identities });
      case "addWatch":
      case "checkWatches":
      case "removeWatches":
      case "setWatches":
      case "setWatches2":
        return this.askHere({ kind: "watch", tag, atMs, body, identities: this.identities });
      case "ping":
        return this.life.ping({ tag, atMs });
      case "whoAmI":
      case "sasl":
      case "check":
        return this.answerInOrder(answeredAtOnce(tag, atMs, body, this.identities));
      case "auth": {
        const identities = authenticate(body, this.identities, this.context.superDigest);
        if (identities === null) return this.answerInOrder(refused(tag, atMs, "auth", "AUTH_FAILED", 0));
        this.identified(identities);
        return this.answerInOrder(succeeded(tag, atMs, 0, { kind: "auth" }));
      }
      case "sync":
        return this.takeUp({ kind: "fence", fence: this.fenceOf(tag, atMs, body.path) });
      case "closeSession":
        return this.forward(tag, atMs, { kind: "closeSession" }, sizeBytes);
      default:
        return this.forward(tag, atMs, body, sizeBytes);
    }
  }

  private forward(tag: number, atMs: number, body: WriteBody, bodySizeBytes: number): void {
    const { cxid, identities } = this;
    const { machine, writesUnderWay } = this.context;
    if (body.kind !== "closeSession" && machine.isTxnTooLarge(body, identities)) {
      return this.askHere({ ...refused(tag, atMs, body.kind, "BAD_ARGUMENTS", "last"), isLast: false });
    }
    this.cxid = (cxid + 1) % CXID_SPAN;
    const sizeBytes = bodySizeBytes + this.identitiesSizeBytes;
    const asked: AskedWrite = { tag, atMs, cxid, body, identities, sizeBytes };
    const admission = this.barrier.enqueueWrite(asked);
    assert(admission === "queued", "requests are taken up only where there is room");
    writesUnderWay.add(sizeBytes);
    this.send(asked);
  }

  private send({ cxid, body, identities }: AskedWrite): void {
    const { sessionId, attachment } = this;
    const write = body.kind === "closeSession" ? ({ kind: "closeSession", id: sessionId } as const) : body;
    this.context.engine.request({ kind: "client", sessionId, attachment, cxid, identities, write });
  }

  private fenceOf(tag: number, atMs: number, asked: string): Fence {
    const isLinearizable = asked === LINEARIZABLE_ASKED;
    const confirmation = this.context.confirmations.join(isLinearizable ? "committed" : "proposed", this);
    return { tag, atMs, path: isLinearizable ? LINEARIZABLE_CONFIRMED : asked, confirmation };
  }

  /** If everything before it is answered, and so is the question. */
  private lowerFence(): void {
    const { fence } = this;
    if (fence === null || this.barrier.size + this.ready.length > 0 || fence.confirmation.state === "open") return;
    this.fence = null;
    const zxid = this.context.machine.lastAppliedZxid;
    if (fence.confirmation.state === "refused") return this.tell("sync", fence, zxid, "CONNECTION_LOSS", null);
    this.tell("sync", fence, zxid, null, { kind: "sync", path: fence.path });
  }

  private identified(identities: readonly AuthId[]): void {
    this.identities = identities;
    this.identitiesSizeBytes = sizeOfIdentities(identities);
    if (this.watcher !== null) this.context.machine.identifyWatcher(this.watcher, identities);
  }

  private askHere(asked: AskedHere): void {
    const admission = this.barrier.enqueueRead(asked);
    assert(admission !== "full", "requests are taken up only where there is room");
    if (admission === "later") return;
    this.ready.push(asked);
    if (this.ready.length === 1) this.context.readsReady(this);
  }

  private answerInOrder(answered: Answered): void {
    if (answered.isLast) this.isEnding = true;
    this.askHere(answered);
  }

  tell(
    operation: string,
    asked: { readonly tag: number; readonly atMs: number },
    zxid: number,
    code: ErrorCode | null,
    body: ResponseBody | null,
  ): void {
    const { account, context } = this;
    account.answered(operation, asked.tag, zxid, asked.atMs, context.nowMs);
    context.told(this);
    this.sink.replied(asked.tag, zxid, code, body);
    if (!this.isStopped || this.load > context.requestsMax / 2) return;
    if (account.outstandingBytes > CONNECTION_REQUESTS_MAX_BYTES / 2) return;
    this.isStopped = false;
    this.sink.submitAgain();
  }
}
