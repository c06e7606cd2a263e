import { CoterieError, createSeededRandom, type ErrorCode } from "@coterie/interface";
import type { RequestBody } from "@coterie/protocol";
import type { ChannelReply, WatchedPaths } from "@coterie/session";
import { type ConnectionMachine, createConnectionMachine } from "../../src/connection/connection-machine.ts";
import type { ConnectionEffect } from "../../src/connection/effect.ts";
import type { ConnectionInput } from "../../src/connection/input.ts";
import { CLIENT_LIMITS, type ClientLimits } from "../../src/limits.ts";
import { connectFrame, readConnect, readSent } from "./frames.ts";

export interface Told {
  readonly name: string;
  readonly code: ErrorCode | null;
}

export interface MachineKitOptions {
  readonly addresses?: readonly string[];
  readonly limits?: Partial<ClientLimits>;
  readonly mayBeReadOnly?: boolean;
  readonly isKept?: boolean;
  readonly watched?: WatchedPaths;
}

/** A machine, the time, and its effects in words. */
export class MachineKit {
  nowMs = 1_000;
  link = 0;
  dialled: string[] = [];
  /** Every frame that was sent on the link of now. */
  sent: Uint8Array[] = [];
  replies: { name: string; reply: ChannelReply }[] = [];
  watched: WatchedPaths;
  /** What was submitted, by name. */
  readonly calls = new Map<string, NamedCall>();
  readonly machine: ConnectionMachine;

  constructor(options: MachineKitOptions = {}) {
    this.watched = options.watched ?? { persistent: [], recursive: [] };
    this.machine = createConnectionMachine({
      addresses: options.addresses ?? ["one:2181"],
      sessionTimeoutMs: 12_000,
      mayBeReadOnly: options.mayBeReadOnly ?? false,
      isKept: options.isKept ?? false,
      limits: { ...CLIENT_LIMITS, ...options.limits },
      random: createSeededRandom(1),
      watches: () => this.watched,
    });
  }

  /** One input; its effects in words. */
  step(input: ConnectionInput): string[] {
    return this.machine.step(input, this.nowMs).map((effect) => this.wordsOf(effect));
  }

  /** Opens the link of now, whose server takes the session. */
  connect(response: Parameters<typeof connectFrame>[0] = {}): string[] {
    this.step({ kind: "opened", link: this.link });
    return this.frame(connectFrame(response));
  }

  frame(frame: Uint8Array): string[] {
    return this.step({ kind: "frame", link: this.link, frame });
  }

  closed(code: ErrorCode = "CONNECTION_CLOSED"): string[] {
    return this.step({ kind: "closed", link: this.link, reason: new CoterieError(code, "gone") });
  }

  submit(name: string, body: RequestBody): string[] {
    const call = new NamedCall(this, name, body);
    this.calls.set(name, call);
    return this.step({ kind: "submit", call });
  }

  authenticate(name: string): string[] {
    const request = { kind: "auth" as const, authType: 0, scheme: "digest", auth: new TextEncoder().encode(name) };
    return this.step({ kind: "authenticate", request, call: new NamedCall(this, name, request) });
  }

  /** Lets the time come at which the machine wants to be woken. */
  wake(): string[] {
    this.nowMs = this.machine.wakeAtMs();
    return this.step({ kind: "timer" });
  }

  at(nowMs: number): string[] {
    this.nowMs = nowMs;
    return this.step({ kind: "timer" });
  }

  private wordsOf(effect: ConnectionEffect): string {
    switch (effect.kind) {
      case "dial":
        this.link = effect.link;
        this.dialled.push(effect.address);
        this.sent = [];
        return `dial ${effect.address}`;
      case "send":
        this.sent.push(effect.frame);
        return `send ${this.sent.length === 1 ? connectWords(effect.frame) : requestWords(effect.frame)}`;
      case "close":
      case "abort":
        return effect.kind;
      case "settle":
        effect.call.settle(effect.reply);
        return `${(effect.call as NamedCall).name} ${effect.reply.code ?? "ok"}`;
      case "event":
        return `event ${effect.event.eventType} ${effect.event.path} ${effect.zxid}`;
      case "watches-renewed":
        return effect.kind;
      case "state":
        return effect.reason === null ? effect.state : `${effect.state} ${effect.reason.code}`;
    }
  }
}

/** Like the calls of sessions it needs its `this`. */
class NamedCall {
  isOpen = true;
  isSent = false;
  readonly kit: MachineKit;
  readonly name: string;
  readonly body: RequestBody;

  constructor(kit: MachineKit, name: string, body: RequestBody) {
    this.kit = kit;
    this.name = name;
    this.body = body;
  }

  sent(): void {
    this.isSent = true;
  }

  settle(reply: ChannelReply): void {
    this.kit.replies.push({ name: this.name, reply });
  }
}

function connectWords(frame: Uint8Array): string {
  const { sessionId, lastZxidSeen, timeoutMs, readOnly } = readConnect(frame);
  return `connect 0x${sessionId.toString(16)} zxid ${lastZxidSeen} ${timeoutMs} ms${readOnly === true ? " read-only" : ""}`;
}

function requestWords(frame: Uint8Array): string {
  const { xid, body } = readSent(frame);
  return `${xid} ${body.kind}`;
}
