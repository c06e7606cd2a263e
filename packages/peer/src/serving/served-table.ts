import type { CoreStateMachine, WatcherId, WatchEvent } from "@coterie/core";
import { type Clock, type CoterieError, type SessionId, type Zxid, ZXID_NONE } from "@coterie/interface";
import { Elapsed } from "@coterie/platform";
import type { Engine } from "../engine/engine.ts";
import type { ResponseBody } from "@coterie/protocol";
import { READ_NOW_MAX } from "../limits.ts";
import { watcherEventOf, zxidOf } from "./answer-here.ts";
import { Confirmations } from "./confirmations.ts";
import type { Handshakes } from "./handshakes.ts";
import type { ServedConnection } from "./served-connection.ts";
import type { ServedContext } from "./served-context.ts";
import type { ServedEnd } from "./serving.ts";
import { Traffic } from "./traffic.ts";
import { WritesUnderWay } from "./writes-under-way.ts";

export interface ServedTableOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly handshakes: Handshakes;
  readonly superDigest: string | null;
  readonly requestsMax: number;
}

/** Bytes, or children, of an answer that takes as long as a small one. */
const BYTES_OF_READ = 4_096;
const CHILDREN_OF_READ = 16;

function weightOf(answer: ResponseBody): number {
  switch (answer.kind) {
    case "getData":
      return (answer.data?.length ?? 0) / BYTES_OF_READ;
    case "getChildren":
    case "getChildren2":
      return answer.children.length / CHILDREN_OF_READ;
    default:
      return 0;
  }
}

/** All connections of a peer, and which of them have something to do in this turn. */
export class ServedTable implements ServedContext {
  readonly engine: Engine;
  readonly confirmations: Confirmations;
  readonly traffic: Traffic = new Traffic();
  readonly writesUnderWay: WritesUnderWay<ServedConnection> = new WritesUnderWay((served) => this.mayProceed(served));
  readonly superDigest: string | null;
  readonly requestsMax: number;
  isSuspended = true;
  nowMs: number;
  /** Of this turn as well, with suspends of the machine, which the monotonic clock need not count. */
  elapsedMs: number;
  private readonly elapsed: Elapsed;
  private readonly clock: Clock;
  private readonly handshakes: Handshakes;
  /** Those with a session, and those whose handshake is under way. */
  private readonly all = new Set<ServedConnection>();
  private readonly bySession = new Map<SessionId, ServedConnection>();
  private readonly byWatcher = new Map<WatcherId, ServedConnection>();
  private readonly proceeding = new Set<ServedConnection>();
  /** Less than 0: what was read outside of a turn has taken long enough. */
  private readNowLeft = READ_NOW_MAX;
  private withReads: ServedConnection[] = [];
  private toFlush: ServedConnection[] = [];
  /** The last txn whose events were told: a restored state is ahead of it. */
  toldZxid: Zxid = ZXID_NONE;
  /** With what had been told when they ended. */
  private over: { readonly served: ServedConnection; readonly toldZxid: Zxid }[] = [];

  constructor({ engine, clock, handshakes, superDigest, requestsMax }: ServedTableOptions) {
    this.engine = engine;
    this.clock = clock;
    this.handshakes = handshakes;
    this.superDigest = superDigest;
    this.requestsMax = requestsMax;
    this.confirmations = new Confirmations(engine);
    this.nowMs = clock.nowMs();
    this.elapsed = new Elapsed(clock);
    this.elapsedMs = this.elapsed.nowMs();
  }

  get machine(): CoreStateMachine {
    return this.engine.machine;
  }

  get connectedCount(): number {
    return this.bySession.size;
  }

  connected(): IterableIterator<ServedConnection> {
    return this.bySession.values();
  }

  ofSession(id: SessionId): ServedConnection | undefined {
    return this.bySession.get(id);
  }

  ofWatcher(watcher: WatcherId): ServedConnection | undefined {
    return this.byWatcher.get(watcher);
  }

  look(): void {
    this.nowMs = this.clock.nowMs();
    this.elapsedMs = this.elapsed.at(this.nowMs);
  }

  /** Outside of a turn. */
  lookAtElapsed(): number {
    this.look();
    return this.elapsedMs;
  }

  /** Whether reads may be answered outside of a turn: who awaits one after the other would keep the event loop from turning. */
  get mayReadNow(): boolean {
    return this.readNowLeft > 0;
  }

  readNow(answer: ResponseBody | null): void {
    this.readNowLeft -= 1 + (answer === null ? 0 : weightOf(answer));
  }

  add(served: ServedConnection): void {
    this.all.add(served);
    served.traffic.receivedCount += 1;
    this.traffic.receivedCount += 1;
  }

  /** The session is this connection's: an older one has lost it. */
  connect(served: ServedConnection, id: SessionId): void {
    this.bySession.get(id)?.finish("moved", null);
    this.bySession.set(id, served);
    served.connect(id);
    if (served.watcher !== null) this.byWatcher.set(served.watcher, served);
  }

  notify(event: WatchEvent): void {
    const told = watcherEventOf(event);
    const zxid = zxidOf(event);
    for (const watcher of event.watchers) this.byWatcher.get(watcher)?.notify(told, zxid);
  }

  endAll(end: ServedEnd, reason: CoterieError | null): void {
    this.confirmations.clear();
    for (const served of this.all) served.finish(end, reason);
  }

  /** The leader is lost: what was asked of its quorum is asked again later. */
  suspend(): void {
    this.isSuspended = true;
    this.confirmations.clear();
    for (const served of this.bySession.values()) served.life.suspend();
  }

  /** What waits may go on. */
  resume(): void {
    this.isSuspended = false;
    for (const served of this.all) this.mayProceed(served);
  }

  /** Another machine has other watchers: those of the former mean nothing to it. */
  forgetWatchers(): void {
    for (const served of this.byWatcher.values()) served.watcher = null;
    this.byWatcher.clear();
  }

  readsReady(served: ServedConnection): void {
    this.withReads.push(served);
  }

  told(served: ServedConnection): void {
    if (served.isTold) return;
    served.isTold = true;
    this.toFlush.push(served);
  }

  mayProceed(served: ServedConnection): void {
    if (this.proceeding.size === 0) this.engine.wake();
    this.proceeding.add(served);
  }

  ended(served: ServedConnection): void {
    this.all.delete(served);
    this.handshakes.forget(served);
    this.over.push({ served, toldZxid: this.toldZxid });
    if (this.bySession.get(served.sessionId) === served) this.bySession.delete(served.sessionId);
    if (served.watcher === null) return;
    this.byWatcher.delete(served.watcher);
    this.machine.closeWatcher(served.watcher);
    served.watcher = null;
  }

  /** Takes up what waits where it may go on. */
  proceed(): void {
    for (const served of this.proceeding) {
      this.proceeding.delete(served);
      served.proceed();
    }
  }

  answerReads(): void {
    const { withReads } = this;
    this.withReads = [];
    for (const served of withReads) served.ready.answer();
  }

  /** The end of a turn: what was told is written out, and ends are told. */
  flush(): void {
    const { toFlush, over } = this;
    this.readNowLeft = READ_NOW_MAX;
    this.toFlush = [];
    this.over = [];
    for (const served of toFlush) {
      served.isTold = false;
      if (!served.isDropped) served.sink.flush();
    }
    for (const { served, toldZxid } of over) {
      const { sink, isDropped, end, endReason } = served;
      if (!isDropped && end !== null) sink.ended(end, endReason, toldZxid);
    }
  }
}
