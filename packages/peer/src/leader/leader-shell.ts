import type { Zab } from "@coterie/consensus";
import { type Applied, type CoreStateMachine, createSessionTracker, type SessionTracker } from "@coterie/core";
import { type Clock, CoterieError, type PeerId, type SessionId, type Zxid } from "@coterie/interface";
import {
  EXPIRED_PER_TURN_MAX,
  LEADER_HOUSEKEEPING_REQUESTS_MAX,
  LEADER_REQUESTS_MAX,
  REAP_INTERVAL_MS,
  REAPED_PER_TURN_MAX,
  TRACKED_PER_TURN_MAX,
} from "../limits.ts";
import type { Logger } from "../options.ts";
import type { PeerRequest } from "../request/peer-request.ts";
import type { RequestCodec } from "../request/request-codec.ts";
import { decodeTouches } from "../request/touch-codec.ts";
import { prepareRequest } from "./prepare-request.ts";
import { RequestQueue } from "./request-queue.ts";

export interface LeaderShellOptions {
  readonly self: PeerId;
  readonly zab: Pick<Zab, "nextZxid" | "proposalRoom">;
  readonly machine: CoreStateMachine;
  readonly codec: RequestCodec;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of consensus: deadlines of sessions are rounded up to multiples of it. */
  readonly tickMs: number;
  /** How long preparing may take of one turn. */
  readonly prepareTurnMaxMs: number;
}

/** Bytes of txns. */
export interface ProposalSizes {
  readonly lastBytes: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

export interface SessionDeadline {
  readonly atMs: number;
  readonly ids: readonly SessionId[];
}

/** Requests between two looks at the clock. */
const PREPARED_PER_LOOK = 64;

/**
 * What one leadership has beside consensus: who is alive, and the requests that are to become txns. It is made when the
 * leader serves and dropped when it does so no longer; what waits then has no effect anywhere.
 */
export class LeaderShell {
  private readonly options: LeaderShellOptions;
  private readonly tracker: SessionTracker;
  private readonly queue = new RequestQueue();
  /** Sessions that the tracker does not know yet; null when it knows all. */
  private unknown: Iterator<{ readonly id: SessionId; readonly timeoutMs: number }> | null;
  private ownCount = 0;
  private readonly sizes = { lastBytes: -1, minBytes: -1, maxBytes: -1 };
  private reapAtMs: number;
  private isReaping = false;
  private isExpiring = false;

  constructor(options: LeaderShellOptions) {
    this.options = options;
    const nowMs = options.clock.nowMs();
    this.tracker = createSessionTracker({ tickMs: Math.max(1, Math.round(options.tickMs)), nowMs });
    this.unknown = options.machine.sessions();
    this.reapAtMs = nowMs + REAP_INTERVAL_MS;
  }

  /** Of the txns of this leadership; -1 before the first. */
  get proposalSizes(): ProposalSizes {
    return this.sizes;
  }

  /** When sessions expire if nothing is heard of them, by the wall clock, the first ones first. */
  sessionDeadlines(): SessionDeadline[] {
    const { clock } = this.options;
    const offsetMs = clock.wallTimeMs() - clock.nowMs();
    return this.tracker.deadlines().map(({ atMs, ids }) => ({ atMs: Math.round(atMs + offsetMs), ids }));
  }

  get queuedCount(): number {
    return this.queue.length;
  }

  /** What consensus has handed out: there was room for it. */
  enqueue(from: PeerId, payloads: readonly Uint8Array[]): void {
    const { codec, logger } = this.options;
    for (const payload of payloads) {
      try {
        this.queue.push({ from, request: codec.decode(payload) });
      } catch (error) {
        if (!(error instanceof CoterieError)) throw error;
        logger.warn({ peer: from, code: error.code }, error.message);
      }
    }
  }

  /** Of a session that this peer serves. False if too much waits: it is not taken. */
  enqueueOwn(request: PeerRequest): boolean {
    if (this.ownCount >= LEADER_REQUESTS_MAX) return false;
    this.ownCount += 1;
    this.queue.push({ from: this.options.self, request });
    return true;
  }

  /** A learner's reports. */
  touched(from: PeerId, payloads: readonly Uint8Array[]): void {
    const { clock, logger } = this.options;
    const nowMs = clock.nowMs();
    for (const payload of payloads) {
      try {
        this.tracker.touchAll(decodeTouches(payload), nowMs);
      } catch (error) {
        if (!(error instanceof CoterieError)) throw error;
        logger.warn({ peer: from, code: error.code }, error.message);
      }
    }
  }

  touch(id: SessionId): void {
    this.tracker.touch(id, this.options.clock.nowMs());
  }

  /** Nobody could be heard for as long (R8). */
  credit(durationMs: number): void {
    this.tracker.credit(durationMs);
  }

  applied({ outcome }: Applied): void {
    if (outcome.kind === "createSession") {
      this.tracker.opened(outcome.id, outcome.timeoutMs, this.options.clock.nowMs());
    } else if (outcome.kind === "closeSession") {
      this.tracker.closed(outcome.id);
    }
  }

  tick(): void {
    this.isExpiring = true;
    const nowMs = this.options.clock.nowMs();
    if (nowMs < this.reapAtMs) return;
    this.reapAtMs = nowMs + REAP_INTERVAL_MS;
    this.isReaping = true;
  }

  /** A turn's worth of what is done in slices. True if there is more of it. */
  work(): boolean {
    if (this.unknown !== null) this.track();
    if (this.unknown !== null) return true;
    if (this.queue.length >= LEADER_HOUSEKEEPING_REQUESTS_MAX) return false;
    if (this.isExpiring) this.expire();
    if (this.isReaping) this.reap();
    return this.isExpiring || this.isReaping;
  }

  /** As many of the waiting requests as there is room and time for, prepared; null if there is none. */
  nextTxns(): Uint8Array[] | null {
    const { zab, machine, clock, prepareTurnMaxMs } = this.options;
    if (this.queue.length === 0 || this.unknown !== null) return null;
    const first = zab.nextZxid();
    if (first === null) return null;
    const { tracker } = this;
    const nowMs = clock.nowMs();
    const room = { machine, tracker, nowMs, timeMs: clock.wallTimeMs() };
    const countMax = zab.proposalRoom();
    const txns: Uint8Array[] = [];
    for (let taken = 1; txns.length < countMax; taken++) {
      const queued = this.queue.shift();
      if (queued === undefined) break;
      if (queued.from === this.options.self) this.noteTaken(queued.request.kind);
      const txn = prepareRequest(room, queued, (first + txns.length) as Zxid);
      if (txn !== null) {
        txns.push(txn);
        this.noteSize(txn.length);
      }
      if (taken % PREPARED_PER_LOOK === 0 && clock.nowMs() - nowMs > prepareTurnMaxMs) break;
    }
    return txns.length > 0 ? txns : null;
  }

  private noteSize(sizeBytes: number): void {
    const { sizes } = this;
    sizes.lastBytes = sizeBytes;
    sizes.minBytes = sizes.minBytes < 0 ? sizeBytes : Math.min(sizes.minBytes, sizeBytes);
    sizes.maxBytes = Math.max(sizes.maxBytes, sizeBytes);
  }

  private noteTaken(kind: string): void {
    // What came through consensus was not counted, and what the leader asks of itself neither.
    if (kind !== "expire" && kind !== "reap" && this.ownCount > 0) this.ownCount -= 1;
  }

  private track(): void {
    const nowMs = this.options.clock.nowMs();
    for (let count = 0; count < TRACKED_PER_TURN_MAX; count++) {
      const next = this.unknown?.next();
      if (next === undefined || next.done === true) {
        this.unknown = null;
        return;
      }
      this.tracker.opened(next.value.id, next.value.timeoutMs, nowMs);
    }
  }

  /** Before its time. */
  expireNow(id: SessionId): void {
    this.tracker.closing(id);
    this.proposeExpired([id]);
  }

  private proposeExpired(ids: readonly SessionId[]): void {
    const { self } = this.options;
    for (const sessionId of ids) this.queue.push({ from: self, request: { kind: "expire", sessionId } });
  }

  private expire(): void {
    const expired = this.tracker.expired(this.options.clock.nowMs(), EXPIRED_PER_TURN_MAX);
    this.proposeExpired(expired);
    this.isExpiring = expired.length === EXPIRED_PER_TURN_MAX;
  }

  private reap(): void {
    const { clock, machine, self } = this.options;
    const paths = machine.dueForReaping(clock.wallTimeMs(), REAPED_PER_TURN_MAX);
    for (const path of paths) this.queue.push({ from: self, request: { kind: "reap", path } });
    this.isReaping = paths.length === REAPED_PER_TURN_MAX;
  }
}
