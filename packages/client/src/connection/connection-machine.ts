import { CoterieError, SESSION_NONE } from "@coterie/interface";
import {
  type AuthRequest,
  JuteReader,
  OPCODES,
  peekXid,
  readResponse,
  XID_AUTH,
  XID_GOODBYE,
  XID_NOTIFICATION,
  XID_PING,
  XID_PROBE,
} from "@coterie/protocol";
import type { ChannelCall, ChannelState } from "@coterie/session";
import type { Asker, ConnectionEffect } from "./effect.ts";
import { type Credentials, encodeConnectRequest, presented, readGreeting } from "./handshake.ts";
import { Identities } from "./identities.ts";
import type { ConnectionInput } from "./input.ts";
import type { ConnectionMachineOptions } from "./options.ts";
import type { Phase } from "./phase.ts";
import { noReply, replyOf } from "./read-reply.ts";
import {
  dialTooSlow,
  endedHere,
  expiredByServer,
  expiredHere,
  lostConnection,
  readOnlyNotice,
  refusedIdentity,
  serverLeaves,
  unexpected,
} from "./reasons.ts";
import { RequestEncoder } from "./request-encoder.ts";
import { type Answered, Requests } from "./requests.ts";
import { ServerList, type ServerTrouble } from "./server-list.ts";
import { Vigil } from "./vigil.ts";
import { watchBatches } from "./watch-batches.ts";

/**
 * One session's way over one connection after the other: state plus input gives effects. No clock, no timer, no I/O; calls are
 * synchronous and never re-entrant. Times are those of one monotonic clock, in milliseconds.
 */
export interface ConnectionMachine {
  /** Takes one input; gives what is to be done, in order. */
  step(input: ConnectionInput, nowMs: number): ConnectionEffect[];
  /** When to hand in "timer" at the latest; Infinity for never. */
  wakeAtMs(): number;
  /** Whether the last server that took the session is a peer of Coterie's; null before the first. */
  readonly isCoterie: boolean | null;
  troubles(): ServerTrouble[];
}

export function createConnectionMachine(options: ConnectionMachineOptions): ConnectionMachine {
  return new Machine(options);
}

class Machine implements ConnectionMachine {
  isCoterie: boolean | null = null;
  private readonly options: ConnectionMachineOptions;
  private readonly servers: ServerList;
  private readonly encoder = new RequestEncoder();
  private readonly identities: Identities;
  private readonly requests: Requests;
  private readonly vigil: Vigil;
  private readonly reader: JuteReader;
  private effects: ConnectionEffect[] = [];
  private phase: Phase = { kind: "pausing", untilMs: Infinity };
  private links = 0;
  private state: ChannelState = "connecting";
  private credentials: Credentials | null = null;
  private isReadOnly = false;
  private lastZxidSeen = 0;
  private isChoked = false;
  /** Null unless the session is being closed. */
  private closeAtMs: number | null = null;
  private endReason: CoterieError | null = null;

  constructor(options: ConnectionMachineOptions) {
    const { addresses, random, limits } = options;
    this.options = options;
    this.servers = new ServerList({ addresses, random, ...limits });
    this.identities = new Identities(this.encoder, limits.identitiesMax);
    this.requests = new Requests({ encoder: this.encoder, ...limits });
    this.vigil = new Vigil(options.isKept);
    this.reader = new JuteReader(new Uint8Array(), { fieldSizeMaxBytes: limits.replySizeMaxBytes });
  }

  step(input: ConnectionInput, nowMs: number): ConnectionEffect[] {
    this.effects = [];
    this.take(input, nowMs);
    return this.effects;
  }

  wakeAtMs(): number {
    const { phase } = this;
    if (phase.kind === "over") return Infinity;
    const untilMs = phase.kind === "serving" ? this.vigil.dueAtMs(this.isChoked) : phase.untilMs;
    return Math.min(untilMs, this.lostAtMs(), this.closeAtMs ?? Infinity);
  }

  troubles(): ServerTrouble[] {
    return this.servers.report();
  }

  private take(input: ConnectionInput, nowMs: number): void {
    switch (input.kind) {
      case "start":
        return this.dial(nowMs);
      case "submit":
        return this.submit(input.call);
      case "authenticate":
        return this.authenticate(input.request, input.call);
      case "timer":
        return this.look(nowMs);
      case "close":
        return this.close(nowMs);
      case "detach":
        return this.finish("closed", null);
      default:
        if (this.linkOfNow() === input.link) this.hear(input, nowMs);
    }
  }

  private hear(input: Extract<ConnectionInput, { link: number }>, nowMs: number): void {
    switch (input.kind) {
      case "opened":
        return this.greet(nowMs);
      case "frame":
        if (this.phase.kind === "serving") this.received(input.frame, nowMs);
        else this.greeted(input.frame, nowMs);
        return;
      case "closed":
        return this.lose(input.reason, nowMs, false);
      case "choked":
        this.isChoked = true;
        return;
      case "drained":
        this.isChoked = false;
        if (this.phase.kind === "serving") this.flush();
        return;
    }
  }

  // The way to a server.

  private dial(nowMs: number): void {
    const address = this.servers.next();
    const { connectTimeoutMinMs } = this.options.limits;
    this.links += 1;
    this.isChoked = false;
    const untilMs = nowMs + Math.max(this.timeoutMs() / this.servers.size, connectTimeoutMinMs);
    this.phase = { kind: "dialing", link: this.links, address, untilMs, sentMs: null };
    this.effects.push({ kind: "dial", link: this.links, address });
  }

  private greet(nowMs: number): void {
    if (this.phase.kind !== "dialing") return;
    this.phase.sentMs = nowMs;
    const asked = {
      lastZxidSeen: this.lastZxidSeen,
      timeoutMs: this.options.sessionTimeoutMs,
      mayBeReadOnly: this.options.mayBeReadOnly,
    };
    this.send(encodeConnectRequest(this.credentials, asked));
  }

  private greeted(frame: Uint8Array, nowMs: number): void {
    const { phase } = this;
    if (phase.kind !== "dialing") return;
    if (phase.sentMs === null) return this.lose(unexpected("a frame came before the connect request"), nowMs, true);
    const greeting = readGreeting(frame, this.credentials);
    if (greeting.kind === "broken") return this.lose(greeting.reason, nowMs, true);
    if (greeting.kind === "expired") return this.finish("lost", expiredByServer());
    const isFirst = this.credentials === null;
    const { credentials, timeoutMs, isReadOnly, isCoterie } = greeting;
    this.credentials = credentials;
    this.isReadOnly = isReadOnly;
    this.isCoterie = isCoterie;
    this.vigil.connected({ timeoutMs, askedMs: phase.sentMs, isCoterie }, nowMs);
    this.servers.serves(phase.address);
    this.phase = { kind: "serving", link: phase.link, address: phase.address, sinceMs: nowMs };
    for (const identity of this.identities.resend()) this.send(identity);
    if (!isFirst && !this.renewWatches(nowMs)) return;
    this.setState("connected", isReadOnly ? readOnlyNotice(phase.address) : null);
    if (this.closeAtMs !== null) this.requests.closeSession();
    this.flush();
  }

  /** False if that could not be done, and the connection was given up. */
  private renewWatches(nowMs: number): boolean {
    const batches = watchBatches(this.options.watches(), this.lastZxidSeen);
    for (const [index, batch] of batches.entries()) {
      const frame = this.requests.renew(batch, index === batches.length - 1);
      if (frame instanceof CoterieError) {
        this.lose(frame, nowMs, true);
        return false;
      }
      this.send(frame);
    }
    return true;
  }

  /** The connection, or the attempt at one, has come to nothing. */
  private lose(cause: CoterieError, nowMs: number, isOpen: boolean): void {
    const { phase } = this;
    if (phase.kind !== "dialing" && phase.kind !== "serving") return;
    const reason = lostConnection(phase.address, cause);
    if (phase.kind === "serving") {
      if (this.closeAtMs !== null) return this.finish("closed", null);
      this.servers.lost(phase.address, cause, nowMs - phase.sinceMs);
      this.requests.lose(reason, cause.code, this.effects);
      if (isOpen) this.effects.push({ kind: "abort", link: phase.link });
      this.setState("suspended", reason);
    } else {
      this.servers.failed(phase.address, cause);
      if (isOpen) this.effects.push({ kind: "abort", link: phase.link });
    }
    this.tryNext(nowMs);
  }

  /** The server has said that it goes: all that was lost is the way there. */
  private moveOn(nowMs: number): void {
    const { phase } = this;
    if (phase.kind !== "serving") return;
    const reason = serverLeaves(phase.address);
    this.servers.left(phase.address, reason, nowMs - phase.sinceMs);
    this.requests.takeBack(this.effects);
    this.effects.push({ kind: "close", link: phase.link });
    this.setState("suspended", reason);
    this.tryNext(nowMs);
  }

  private tryNext(nowMs: number): void {
    const pauseMs = this.servers.pauseMs(this.timeoutMs() / 4);
    if (pauseMs > 0) this.phase = { kind: "pausing", untilMs: nowMs + pauseMs };
    else this.dial(nowMs);
  }

  // What a server says.

  private received(frame: Uint8Array, nowMs: number): void {
    this.vigil.heard(nowMs);
    try {
      const xid = peekXid(frame);
      this.reader.reset(frame);
      if (xid === XID_NOTIFICATION) this.notified();
      else if (xid === XID_PING) this.vigil.pingAnswered(this.reader, nowMs);
      else if (xid === XID_PROBE && this.isCoterie === true) this.vigil.probeAnswered(this.reader, nowMs);
      else if (xid === XID_AUTH) this.authenticated();
      else if (xid === XID_GOODBYE && this.isCoterie === true) this.moveOn(nowMs);
      // After a stall: nobody must hear of an answer before hearing that the session may have expired meanwhile (LK-01).
      else if (nowMs >= this.lostAtMs()) this.finish("lost", expiredHere(this.vigil.timeoutMs));
      else this.answered(this.requests.answer(this.reader, xid, this.effects));
      if (this.phase.kind === "serving" && !this.isChoked) this.flush();
    } catch (error) {
      // Whatever it is that cannot be read: where the next answer begins is not known any more.
      this.lose(error instanceof CoterieError ? error : unexpected(String(error), error), nowMs, true);
    }
  }

  private notified(): void {
    const { body, zxid } = readResponse(this.reader, OPCODES.notification);
    if (body?.kind !== "notification") throw unexpected("a watch event is none");
    this.effects.push({ kind: "event", event: body, zxid });
  }

  private authenticated(): void {
    const answer = this.identities.answered(replyOf(readResponse(this.reader, OPCODES.auth)), this.effects);
    if (answer === "unexpected") throw unexpected("an identity was answered that was not shown");
    if (answer === "refused-anew") throw refusedIdentity();
  }

  private answered({ role, response }: Answered): void {
    // Neither events nor pings: what they tell of may not have been seen yet (client-protocol 2.2).
    if (response.zxid > this.lastZxidSeen) this.lastZxidSeen = response.zxid;
    const { err } = response;
    if (role === "close") return this.finish("closed", null);
    if (role === "call") return;
    if (err !== 0) throw unexpected(`it did not register the watches anew: error ${err}`);
    if (role === "last-renewal") this.effects.push({ kind: "watches-renewed" });
  }

  // What the session wants.

  private submit(call: ChannelCall): void {
    if (this.isEnding()) return this.refuse(call);
    this.requests.submit(call, this.effects);
    if (this.phase.kind === "serving" && !this.isChoked) this.flush();
  }

  private authenticate(request: AuthRequest, call: Asker): void {
    if (this.isEnding()) return this.refuse(call);
    const frame = this.identities.add(request, call, this.effects);
    if (frame === null || this.phase.kind !== "serving") return;
    this.identities.sent(frame);
    this.send(frame);
  }

  private isEnding(): boolean {
    return this.phase.kind === "over" || this.closeAtMs !== null;
  }

  private refuse(call: Asker): void {
    this.effects.push({ kind: "settle", call, reply: noReply("SESSION_EXPIRED", this.endReason ?? endedHere()) });
  }

  private close(nowMs: number): void {
    const { phase } = this;
    if (this.isEnding()) return;
    // A connect request that is on its way may have made a session, which would go on living.
    const isAsked = phase.kind === "dialing" && phase.sentMs !== null;
    if (this.credentials === null && !isAsked && this.requests.waitingCount === 0) return this.finish("closed", null);
    this.closeAtMs = nowMs + this.options.limits.closeTimeoutMs;
    if (phase.kind !== "serving") return;
    this.requests.closeSession();
    if (!this.isChoked) this.flush();
  }

  // Time.

  private look(nowMs: number): void {
    const { phase } = this;
    if (phase.kind === "over") return;
    if (nowMs >= this.lostAtMs()) return this.finish("lost", expiredHere(this.vigil.timeoutMs));
    if (this.closeAtMs !== null && nowMs >= this.closeAtMs) return this.finish("closed", null);
    if (phase.kind === "pausing" && nowMs >= phase.untilMs) return this.dial(nowMs);
    if (phase.kind === "dialing" && nowMs >= phase.untilMs) return this.lose(dialTooSlow(), nowMs, true);
    if (phase.kind !== "serving") return;
    const wanted = this.vigil.look(this.isChoked, phase.sinceMs, nowMs);
    if (wanted instanceof CoterieError) return this.lose(wanted, nowMs, true);
    for (const frame of wanted) this.send(frame);
  }

  /** When the session may have expired. One that only a read-only server knows has no such time. */
  private lostAtMs(): number {
    return presented(this.credentials) === null ? Infinity : this.vigil.lostAtMs(this.phase.kind === "serving");
  }

  /** Granted, or else asked for. */
  private timeoutMs(): number {
    return this.vigil.timeoutMs > 0 ? this.vigil.timeoutMs : this.options.sessionTimeoutMs;
  }

  private flush(): void {
    this.requests.flush((frame) => this.send(frame), this.effects);
  }

  private send(frame: Uint8Array): void {
    this.effects.push({ kind: "send", link: this.links, frame });
  }

  private linkOfNow(): number | null {
    return this.phase.kind === "dialing" || this.phase.kind === "serving" ? this.phase.link : null;
  }

  /** For ever. Nothing that was asked stays without an answer. */
  private finish(state: "lost" | "closed", reason: CoterieError | null): void {
    if (this.phase.kind === "over") return;
    const link = this.linkOfNow();
    this.phase = { kind: "over" };
    this.endReason = reason;
    const told = reason ?? endedHere();
    this.requests.lose(told, told.code, this.effects);
    this.identities.giveUp(told, this.effects);
    if (link !== null) this.effects.push({ kind: state === "closed" ? "close" : "abort", link });
    this.setState(state, reason);
  }

  private setState(state: ChannelState, reason: CoterieError | null): void {
    if (this.state === state) return;
    this.state = state;
    this.effects.push({
      kind: "state",
      state,
      reason,
      sessionId: this.credentials?.id ?? SESSION_NONE,
      timeoutMs: this.vigil.timeoutMs,
      server: state === "connected" && this.phase.kind === "serving" ? this.phase.address : null,
      isReadOnly: state === "connected" && this.isReadOnly,
    });
  }
}
