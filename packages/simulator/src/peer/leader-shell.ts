import { createSessionTracker, type SessionTracker } from "@coterie/core";
import {
  createSessionId,
  formatSessionId,
  type PeerId,
  SESSION_NONE,
  type SessionId,
  type MonotonicMs,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import type { Input } from "@coterie/consensus";
import { hearingMaxUs, noticingMaxUs } from "../world/calm.ts";
import type { Life } from "./life.ts";
import { cxidOf, type SimRequest } from "./request-book.ts";
import { decodeTouches } from "./touch-codec.ts";

const EXPIRED_PER_TICK_MAX = 64;

interface Queued {
  readonly from: PeerId;
  readonly request: SimRequest;
}

/** What a leader's shell does: it knows who is alive, and makes txns of requests. */
export class LeaderShell {
  readonly tracker: SessionTracker;
  private readonly life: Life;
  private queued: Queued[] = [];
  private lastTickMs: number;

  /** What the sessions have been given for times in which nobody could be heard. */
  creditedMs = 0;

  constructor(life: Life) {
    this.life = life;
    this.lastTickMs = life.monotonicMs;
    const { tickMs } = life.host.options.timing;
    this.tracker = createSessionTracker({
      tickMs,
      sessions: life.replica.machine.sessions(),
      nowMs: life.monotonicMs as MonotonicMs,
    });
  }

  get queuedCount(): number {
    return this.queued.length;
  }

  enqueue(from: PeerId, payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) this.queued.push({ from, request: this.life.host.book.ofPayload(payload) });
  }

  touched(payloads: readonly Uint8Array[]): void {
    const nowMs = this.life.monotonicMs as MonotonicMs;
    for (const payload of payloads) {
      const touches = decodeTouches(payload);
      for (const { id } of touches) this.life.hear(id);
      this.tracker.touchAll(touches, nowMs);
    }
  }

  tick(): void {
    const { life, tracker } = this;
    const nowMs = life.monotonicMs;
    const { tickMs } = life.host.options.timing;
    const gapMs = nowMs - this.lastTickMs;
    this.lastTickMs = nowMs;
    // Nobody could be heard while the event loop stood still (R8).
    if (gapMs > 3 * tickMs) {
      tracker.credit(gapMs);
      this.creditedMs += gapMs;
    }
    const expired = tracker.expired(nowMs as MonotonicMs, EXPIRED_PER_TICK_MAX);
    for (const id of expired) {
      life.host.probe("session expired");
      this.observeExpiry(id);
      const request = life.host.book.add({
        kind: "expire",
        sessionId: SESSION_NONE,
        attachment: 0 as SimRequest["attachment"],
        timeoutMs: 0,
        write: { kind: "closeSession", id },
        operation: null,
        served: null,
      });
      this.queued.push({ from: life.id, request });
    }
  }

  private observeExpiry(id: SessionId): void {
    const { life } = this;
    const { host } = life;
    host.observe({
      kind: "session-expired",
      peer: life.id,
      life: life.number,
      sessionId: formatSessionId(id),
      silentMs: life.silence?.of(id, life.monotonicMs) ?? 0,
      timeoutMs: host.options.workload.sessionTimeoutTicks * host.options.timing.tickMs,
      keptMs: (host.keptUs(id, life.role) - noticingMaxUs(host.options)) / 1000,
      hearingMaxMs: hearingMaxUs(host.options) / 1000,
    });
  }

  /** As many of the waiting requests as there is room for, as one proposal; null if there is none. */
  nextProposal(): Extract<Input, { kind: "propose" }> | null {
    const { zab } = this.life;
    while (this.queued.length > 0) {
      const first = zab.nextZxid();
      const room = first === null ? 0 : zab.proposalRoom();
      if (first === null || room === 0) return null;
      const txns: Uint8Array[] = [];
      let taken = 0;
      while (taken < this.queued.length && txns.length < room) {
        const bytes = this.prepare(this.queued[taken++]!, (first + txns.length) as Zxid);
        if (bytes !== null) txns.push(bytes);
      }
      this.queued.splice(0, taken);
      if (txns.length > 0) return { kind: "propose", txns };
    }
    return null;
  }

  /** Null if the request asks for no txn. */
  private prepare({ request }: Queued, zxid: Zxid): Uint8Array | null {
    const { life, tracker } = this;
    const nowMs = life.monotonicMs as MonotonicMs;
    const { sessionId, attachment, timeoutMs, kind } = request;
    const context = { zxid, timeMs: life.wallMs as WallTimeMs, sessionId, cxid: cxidOf(request), identities: [] };
    const { machine } = life.replica;
    if (kind === "attach") {
      const refusal = tracker.attach(sessionId, attachment, timeoutMs, nowMs);
      if (refusal !== null) return machine.prepare({ kind: "refuse", code: refusal }, context);
      life.hear(sessionId);
      return machine.prepare({ kind: "multi", ops: [] }, context);
    }
    const write = request.write!;
    if (kind === "write" && write.kind !== "closeSession") {
      const refusal = tracker.checkOwner(sessionId, attachment);
      // Its connection ends with the attachment that has come in between. A txn would say nothing new, and whoever serves the
      // session now would have to tell it from the outcomes of the owner's requests.
      if (refusal === "SESSION_MOVED") return this.dropMoved();
      if (refusal !== null) return machine.prepare({ kind: "refuse", code: refusal }, context);
    }
    if (write.kind === "closeSession") tracker.closing(write.id);
    if (write.kind === "createSession") {
      const id = createSessionId(write.peerId, zxid);
      life.hear(id);
      tracker.opened(id, write.timeoutMs, nowMs);
      tracker.attach(id, attachment, write.timeoutMs, nowMs);
    }
    return machine.prepare(write, context);
  }

  private dropMoved(): null {
    this.life.host.probe("request of an earlier attachment");
    return null;
  }
}
