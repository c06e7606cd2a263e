import type { AuthId } from "@coterie/core";
import {
  assert,
  type Clock,
  CoterieError,
  type ErrorCode,
  SESSION_NONE,
  type SessionId,
  type Timer,
  type Zxid,
} from "@coterie/interface";
import { type AuthRequest, type RequestBody, type ResponseBody, ZXID_UNPROVEN } from "@coterie/protocol";
import type {
  ChannelCall,
  ChannelHandler,
  ChannelReply,
  ChannelState,
  SessionChannel,
  SessionSupports,
} from "@coterie/session";
import type { Logger } from "../options.ts";
import type { ArrivalSource } from "../serving/arrival-source.ts";
import type { PeerServing } from "../serving/create-serving.ts";
import type { ServedConnection } from "../serving/served-connection.ts";
import type { ServedEnd, ServedSession, ServedSink } from "../serving/serving.ts";
import { BackOff } from "./back-off.ts";
import { ReplyCopies } from "./copy-reply.ts";
import { Credentials } from "./credentials.ts";
import { Pulse } from "./pulse.ts";
import { readFromMemory } from "./read-from-memory.ts";
import { Outbox } from "./outbox.ts";

export interface InProcessChannelOptions {
  readonly clock: Clock;
  /** Asked for; it is negotiated. */
  readonly sessionTimeoutMs: number;
  /** Calls that wait to be handed in; one more is answered THROTTLED_OP. Default: 65,536. */
  readonly queuedMax?: number;
  /** Default: silent. */
  readonly logger?: Logger;
}

const QUEUED_MAX = 65_536;
const SUPPORTS: SessionSupports = Object.freeze({ kind: "in-process", linearizable: true, bounded: true });
/** Pings are answered in an order of their own. */
const PING_TAG = -1;
const TAG_SPAN = 2 ** 31;

/** A call, or one of the channel's own requests, whose answer nobody waits for. */
interface Queued {
  readonly body: RequestBody;
  readonly call: Omit<ChannelCall, "body"> | null;
}

/**
 * A session in the peer's own process: requests go to its serving as they are, nothing is encoded, and nothing is sent to
 * read. It pings for itself, so that the session lives as long as the event loop turns, and attaches again when the peer serves
 * again. While it is suspended, reads that are first in its order are answered from memory, as old as that is.
 */
export class InProcessChannel implements SessionChannel, ArrivalSource {
  readonly supports: SessionSupports = SUPPORTS;
  private readonly serving: PeerServing;
  private readonly options: InProcessChannelOptions;
  private readonly outbox: Outbox;
  private readonly backOff: BackOff;
  private readonly sink: ServedSink;
  /** What it is; `outbox.state` is what was told. */
  private phase: ChannelState = "connecting";
  private session: ServedSession | null = null;
  private served: ServedConnection | null = null;
  /** Not handed in. */
  private queue: Queued[] = [];
  /** Handed in and not answered, in order, with their tags. */
  private inFlight: { readonly tag: number; readonly queued: Queued }[] = [];
  private lastTag = 0;
  /** Serving takes no more for now. */
  private isFull = false;
  /** Credentials that were taken are shown again on every later connection. */
  private readonly credentials = new Credentials();
  private identities: readonly AuthId[] = [];
  /** What comes first on a new connection is not handed in yet. */
  private isFresh = false;
  /** Watches have been lost with a former connection, and are not renewed. */
  private mustRenew = false;
  /** What is newer its watches have not told. */
  private toldZxid = 0;
  private isClosing = false;
  private readonly copies = new ReplyCopies();
  private readonly pulse: Pulse;
  /** When the present connection was asked for. */
  private askedMs = 0;
  private closeTimer: Timer | null = null;
  private removeSource: () => void = () => undefined;

  constructor(serving: PeerServing, options: InProcessChannelOptions) {
    this.serving = serving;
    this.options = options;
    this.outbox = new Outbox(options.clock, options.logger ?? null);
    this.backOff = new BackOff(options.clock, () => serving.arrived(this));
    const { table } = serving;
    this.pulse = new Pulse(options.clock, {
      elapsedMs: () => table.lookAtElapsed(),
      pingDue: () => serving.arrived(this),
      endDue: () => this.loseIfOver(table.lookAtElapsed()),
    });
    this.sink = {
      isFull: false,
      isOver: false,
      connected: (session) => this.connected(session),
      replied: (tag, zxid, code, body) => this.replied(tag, zxid, code, body),
      notified: (event, zxid) => {
        if (!this.isOver) this.outbox.add({ kind: "event", event, zxid });
      },
      submitAgain: () => this.submitAgain(),
      flush: () => this.outbox.deliver(),
      ended: (end, reason, toldZxid) => this.servedEnded(end, reason, toldZxid),
    };
  }

  get sessionId(): SessionId {
    return this.session?.id ?? SESSION_NONE;
  }

  get timeoutMs(): number {
    return this.session?.timeoutMs ?? 0;
  }

  get state(): ChannelState {
    return this.outbox.state;
  }

  open(handler: ChannelHandler): void {
    assert(this.outbox.handler === null, "a channel is opened once");
    this.outbox.handler = handler;
    if (this.isOver) return;
    const { stoppedBy } = this.serving;
    if (stoppedBy !== null) return this.finish("lost", stoppedBy);
    this.removeSource = this.serving.addSource(this);
    this.serving.arrived(this);
  }

  submit(call: ChannelCall): void {
    this.enqueue({ body: call.body, call });
  }

  readNow(body: RequestBody): ChannelReply | null {
    const { served, serving, outbox } = this;
    if (this.phase !== "connected" || served === null || this.isFresh || this.isClosing) return null;
    if (this.queue.length > 0 || this.inFlight.length > 0 || !outbox.isEmpty) return null;
    const { table } = serving;
    // After a stall nobody hears of an answer before hearing that the session may have expired (LK-01): submitting finds that out.
    if (!served.isIdle || !table.mayReadNow || this.pulse.isOver(table.lookAtElapsed())) return null;
    const reply = readFromMemory(table.machine, body, this.sessionId, served.identities, this.copies);
    if (reply !== null) {
      table.readNow(reply.body);
      served.account.readNow(body.kind, reply.zxid, table.nowMs);
    }
    return reply;
  }

  authenticate(request: AuthRequest, settle: (reply: ChannelReply) => void): void {
    this.enqueue({ body: request, call: { settle } });
  }

  staleMs(): number | null {
    return this.serving.isServing ? this.serving.staleMs() : null;
  }

  close(): void {
    if (this.isOver || this.isClosing) return;
    if (this.phase !== "connected") return this.finish("closed", null);
    this.isClosing = true;
    this.queue.push({ body: { kind: "closeSession" }, call: null });
    this.serving.arrived(this);
    // If no answer comes, the session expires by itself in as long.
    this.closeTimer = this.options.clock.setTimer(this.timeoutMs, () => this.finish("closed", null));
  }

  detach(): void {
    if (!this.isOver) this.finish("closed", null);
  }

  takeArrivals(): void {
    this.loseIfOver(this.serving.table.elapsedMs);
    if (this.isOver) return this.leave();
    if (this.served === null && this.serving.isServing && this.backOff.isOver) this.connect();
    // One that has ended is told so at the end of the turn: what comes meanwhile waits for the next.
    if (this.phase === "connected" && this.served?.end === null) this.handInAll();
    else if (this.phase === "suspended") this.readFromMemory();
  }

  peerStopped(reason: CoterieError): void {
    if (!this.isOver) this.finish("lost", reason);
  }

  private get isOver(): boolean {
    return this.phase === "lost" || this.phase === "closed";
  }

  private enqueue(queued: Queued): void {
    const { queuedMax = QUEUED_MAX } = this.options;
    if (this.isOver || this.isClosing) {
      const closed = new CoterieError("CONNECTION_LOSS", "the session is closed");
      return this.settleSoon(queued, "CONNECTION_LOSS", closed);
    }
    if (this.queue.length >= queuedMax) {
      const reason = new CoterieError("THROTTLED_OP", `${queuedMax} calls of this session wait already`);
      return this.settleSoon(queued, "THROTTLED_OP", reason);
    }
    this.queue.push(queued);
    // What keeps reads from being answered from memory may be over by now.
    if (this.queue.length === 1 || this.phase === "suspended") this.serving.arrived(this);
  }

  private settleSoon(queued: Queued, code: ErrorCode, reason: CoterieError): void {
    this.settle(queued, { zxid: 0, code, body: null, reason });
    this.outbox.deliverSoon();
  }

  private settle({ call }: Queued, reply: ChannelReply): void {
    if (call !== null) this.outbox.add({ kind: "reply", call, reply });
  }

  private connect(): void {
    const { session } = this;
    const { sessionTimeoutMs: timeoutMs } = this.options;
    this.askedMs = this.serving.table.elapsedMs;
    this.served = this.serving.connect({ session, timeoutMs, lastZxidSeen: 0, identities: [] }, this.sink);
    if (this.served === null) this.backOff.failed();
  }

  private handInAll(): void {
    if (this.isFresh) this.handInFirst();
    const { isSuspended, elapsedMs } = this.serving.table;
    if (!isSuspended && this.pulse.takePing(elapsedMs)) this.served!.submit(PING_TAG, { kind: "ping" });
    const { queue } = this;
    let taken = 0;
    while (taken < queue.length && !this.isFull && this.served !== null) this.handIn(queue[taken++]!);
    this.queue = taken === queue.length ? [] : queue.slice(taken);
  }

  /** Before anything else of a new connection. */
  private handInFirst(): void {
    this.isFresh = false;
    // The session hears that it is connected before it is asked for its watches.
    this.outbox.deliver();
    for (const body of this.credentials.all()) this.handIn({ body, call: null });
    if (!this.mustRenew) return;
    const { persistent, recursive } = this.outbox.handler!.watches();
    this.mustRenew = persistent.length + recursive.length > 0;
    if (!this.mustRenew) return;
    const body: RequestBody = {
      kind: "setWatches2",
      relativeZxid: 0,
      dataWatches: [],
      existWatches: [],
      childWatches: [],
      persistentWatches: persistent,
      persistentRecursiveWatches: recursive,
    };
    this.handIn({ body, call: { settle: () => this.outbox.handler?.watchesRenewed() } });
  }

  private handIn(queued: Queued): void {
    const { call } = queued;
    if (call?.isOpen === false) return;
    call?.sent?.();
    const tag = (this.lastTag + 1) % TAG_SPAN;
    this.lastTag = tag;
    this.inFlight.push({ tag, queued });
    this.isFull = !this.served!.submit(tag, queued.body);
  }

  private readFromMemory(): void {
    const { queue } = this;
    const { machine } = this.serving.table;
    // No read shows what is new before the watches have told it: it waits for the connection, on which they are renewed first.
    if (machine.lastAppliedZxid > this.toldZxid) return this.outbox.deliver();
    let taken = 0;
    for (; taken < queue.length; taken++) {
      const queued = queue[taken]!;
      if (queued.call?.isOpen === false) continue;
      const reply = readFromMemory(machine, queued.body, this.sessionId, this.identities, this.copies);
      if (reply === null) break;
      this.settle(queued, reply);
    }
    if (taken > 0) this.queue = queue.slice(taken);
    this.outbox.deliver();
  }

  private connected(session: ServedSession): void {
    // It is about to be dropped, and the session to expire: nobody pings it.
    if (this.isOver) return;
    this.session = session;
    this.isFresh = true;
    this.isFull = false;
    this.backOff.succeeded();
    this.become("connected", null);
    this.pulse.begin(session.timeoutMs, this.askedMs);
    this.serving.arrived(this);
  }

  private replied(tag: number, zxid: number, code: ErrorCode | null, body: ResponseBody | null): void {
    if (this.isOver) return;
    if (tag === PING_TAG) return this.pulse.answered(zxid !== ZXID_UNPROVEN);
    this.loseIfOver(this.serving.table.elapsedMs);
    if (this.isOver) return;
    const answered = this.inFlight.shift();
    assert(answered?.tag === tag, "requests are answered in their order");
    const { queued } = answered;
    if (queued.body.kind === "setWatches2") this.mustRenew = false;
    if (queued.body.kind === "auth" && code === null && queued.call !== null) this.credentials.add(queued.body);
    if (queued.call !== null) this.settle(queued, { zxid, code, body: body === null ? null : this.copies.copy(body) });
  }

  private submitAgain(): void {
    this.isFull = false;
    this.serving.arrived(this);
  }

  private servedEnded(end: ServedEnd, reason: CoterieError | null, toldZxid: Zxid): void {
    if (this.isOver) return;
    if (this.phase === "connected" && !this.mustRenew) this.toldZxid = toldZxid;
    this.identities = this.served?.identities ?? [];
    this.served = null;
    if (end === "closed" || this.isClosing) this.finish("closed", null);
    else if (end === "expired") this.finish("lost", new CoterieError("SESSION_EXPIRED"));
    else if (end === "stopped") this.finish("lost", reason ?? new CoterieError("PEER_STOPPED"));
    else this.suspend(new CoterieError("CONNECTION_LOSS", SUSPENDED_BY[end]));
    this.outbox.deliver();
  }

  private suspend(reason: CoterieError): void {
    this.pulse.pause();
    this.loseInFlight(reason);
    this.mustRenew ||= this.session !== null;
    if (this.phase === "connected") this.become("suspended", reason);
    this.backOff.failed();
  }

  private loseInFlight(reason: CoterieError): void {
    const { inFlight } = this;
    this.inFlight = [];
    // What the channel had asked for itself is asked again on the next connection.
    for (const { queued } of inFlight) {
      if (queued.body.kind !== "setWatches2") this.settle(queued, lost(reason));
    }
  }

  private finish(state: "lost" | "closed", reason: CoterieError | null): void {
    if (this.isOver) return;
    const why = reason ?? new CoterieError("CONNECTION_LOSS", "the session is closed");
    this.loseInFlight(why);
    for (const queued of this.queue) this.settle(queued, lost(why));
    this.queue = [];
    this.become(state, reason);
    this.pulse.stop();
    this.closeTimer?.cancel();
    this.backOff.cancel();
    this.outbox.deliverSoon();
    // A connection is dropped where arrivals are taken.
    if (this.served === null) this.removeSource();
    else this.serving.arrived(this);
  }

  /** By its own reckoning: the leader may have expired it, and could not say so. */
  private loseIfOver(nowMs: number): void {
    if (this.isOver || this.session === null || !this.pulse.isOver(nowMs)) return;
    if (this.isClosing) return this.finish("closed", null);
    const text = `the session's timeout of ${this.timeoutMs} ms has passed since the leader last heard of it`;
    this.finish("lost", new CoterieError("SESSION_EXPIRED", text));
  }

  private leave(): void {
    if (this.served !== null && this.phase === "lost") this.serving.giveUp(this.served);
    this.served?.drop();
    this.served = null;
    this.removeSource();
  }

  private become(state: ChannelState, reason: CoterieError | null): void {
    this.phase = state;
    this.outbox.add({ kind: "state", state, reason });
  }
}

const SUSPENDED_BY: Readonly<Record<Exclude<ServedEnd, "closed" | "expired" | "stopped">, string>> = {
  abandoned: "the peer has lost its leader, or its leader could take no more",
  moved: "the session was taken up somewhere else",
  refused: "the connection was refused",
  behind: "the peer is behind what the session has seen",
};

function lost(reason: CoterieError): ChannelReply {
  return { zxid: 0, code: "CONNECTION_LOSS", body: null, reason };
}

export function createInProcessChannel(serving: PeerServing, options: InProcessChannelOptions): SessionChannel {
  return new InProcessChannel(serving, options);
}
