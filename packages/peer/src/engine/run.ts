import type { Effect, Input, RoleView, Zab, ZabTiming } from "@coterie/consensus";
import type { Applied, CoreStateMachine } from "@coterie/core";
import {
  type Clock,
  CoterieError,
  type LogBatch,
  type LogEntry,
  type LogStorage,
  type MonotonicMs,
  type PeerId,
  type SessionId,
  type Zxid,
} from "@coterie/interface";
import { LeaderShell } from "../leader/leader-shell.ts";
import { TICKS_TOGETHER_SERVING } from "../limits.ts";
import type { PeerLinks } from "../link/peer-links.ts";
import type { Logger, PeerLimits } from "../options.ts";
import type { PeerRequest } from "../request/peer-request.ts";
import { RequestCodec } from "../request/request-codec.ts";
import { carryOut } from "./carry-out.ts";
import { Confirmations } from "./confirmations.ts";
import { Deliveries, type DeliveriesHost } from "./deliveries.ts";
import type { Engine, EngineHandler } from "./engine.ts";
import type { Replica } from "./state/replica.ts";
import type { Restored } from "./state/restore-machine.ts";
import { Reports } from "./reports.ts";
import { StoreWork } from "./store/store-work.ts";
import { Ticker } from "./ticker.ts";
import { Touches } from "./touches.ts";

export interface RunParts {
  readonly self: PeerId;
  readonly zab: Zab;
  readonly replica: Replica;
  readonly storage: LogStorage;
  /** Null for a peer that is alone. */
  readonly links: PeerLinks | null;
  readonly handler: EngineHandler;
  readonly clock: Clock;
  readonly timing: ZabTiming;
  readonly limits: PeerLimits;
  readonly logger: Logger;
  stalled(durationMs: number): void;
  synced(durationMs: number): void;
  /** The whole peer has to stop (R5). Called once, outside of any call of the handler. */
  failed(reason: CoterieError): void;
}

/** What waits for the next turn of the event loop. */
export type Arrival =
  | Input
  | { readonly kind: "batch-stored"; readonly batch: LogBatch }
  | { readonly kind: "draft-grown"; readonly isOwn: boolean; readonly draft: number }
  | { readonly kind: "state-restored"; readonly restored: Restored };

/**
 * A peer at work, from its recovery to its end: feeds inputs one at a time, carries out their effects, one event-loop
 * turn one batch. Everything that it does, it does in a turn; whatever comes in meanwhile waits for the next one.
 */
export class Run implements Engine, DeliveriesHost {
  readonly parts: RunParts;
  readonly codec: RequestCodec = new RequestCodec();
  readonly deliveries: Deliveries;
  readonly confirmations: Confirmations;
  readonly store: StoreWork;
  readonly reports: Reports;
  leader: LeaderShell | null = null;
  role: RoleView;
  isEnded = false;
  private readonly touches: Touches;
  private readonly ticker: Ticker;
  private arrivals: Arrival[] = [];
  /** Inputs of this turn, in order; carried out as soon as no handler is under way. */
  private inputs: Input[] = [];
  /** This peer leads, and had no room for these. */
  private refused: PeerRequest[] = [];
  private isBegun = false;
  private isTurnScheduled = false;
  /** What is asked for now is taken in this turn. */
  private isTaking = false;
  /** Requests that consensus has handed out with the same step that made this peer lead. */
  private early: { readonly from: PeerId; readonly payloads: readonly Uint8Array[] }[] = [];
  /** Asked at the end of each turn, until it says true. */
  private goal: { readonly isReached: () => boolean; readonly reached: () => void } | null = null;

  constructor(parts: RunParts) {
    this.parts = parts;
    const { clock, timing, limits, handler, zab, logger } = parts;
    this.role = zab.view().role;
    this.deliveries = new Deliveries(this, limits.applyTurnMaxMs);
    this.confirmations = new Confirmations(handler);
    this.touches = new Touches();
    this.store = new StoreWork(this);
    this.reports = new Reports({ clock, logger, others: () => parts.links?.records ?? [] });
    this.ticker = new Ticker(clock, timing.tickMs, () => this.wake());
  }

  get machine(): CoreStateMachine {
    return this.parts.replica.machine;
  }

  view(): ReturnType<Zab["view"]> {
    return this.parts.zab.view();
  }

  /** What has come in before is taken in the first turn. */
  begin(): void {
    this.isBegun = true;
    this.parts.links?.dial();
    this.wake();
  }

  arrive(arrival: Arrival): void {
    if (this.isEnded) return;
    this.arrivals.push(arrival);
    this.wake();
  }

  wake(): void {
    if (this.isTurnScheduled || this.isEnded || !this.isBegun) return;
    this.isTurnScheduled = true;
    this.parts.clock.nextTurn(() => this.turn());
  }

  request(request: PeerRequest): void {
    if (this.isEnded) return;
    // What this peer asks itself needs neither bytes nor a queue of consensus: its own bound is as good.
    if (this.leader === null) this.inputs.push({ kind: "request", payload: this.codec.encode(request) });
    else if (!this.leader.enqueueOwn(request)) this.refused.push(request);
    if (!this.isTaking) this.wake();
  }

  touch(id: SessionId, timeoutMs: number): void {
    if (this.leader === null) this.touches.touch(id, timeoutMs);
    else this.leader.touch(id);
  }

  confirm(id: number, target: "proposed" | "committed"): void {
    if (this.isEnded) return;
    this.reportTouches();
    this.inputs.push({ kind: "confirm", id, target });
    if (!this.isTaking) this.wake();
  }

  input(input: Input): void {
    this.inputs.push(input);
  }

  nowMs(): MonotonicMs {
    return this.parts.clock.nowMs();
  }

  /** Resolves when `isReached`, looked at behind each turn, or when this run has ended. */
  async until(isReached: () => boolean): Promise<void> {
    if (this.isEnded) return;
    await new Promise<void>((reached) => {
      this.goal = { isReached, reached };
      this.wake();
    });
  }

  /** From here on nothing happens any more; what is under way at the store is its own affair. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.ticker.stop();
    this.leader = null;
    this.goal?.reached();
    this.goal = null;
    this.store.backups.end();
  }

  fail(error: unknown): void {
    if (this.isEnded) return;
    this.end();
    this.parts.failed(reasonOf(error));
  }

  takeRole(role: RoleView): void {
    const { handler, replica, zab, clock, logger, timing, limits, self } = this.parts;
    const before = this.role;
    this.role = role;
    const isOther = before.state !== role.state || before.epoch !== role.epoch || before.leader !== role.leader;
    const leads = role.state === "leading" && role.isServing;
    if (this.leader !== null && (!leads || isOther)) {
      this.leader = null;
      replica.machine.discardPrepared();
    }
    if (leads && this.leader === null) {
      this.leader = new LeaderShell({
        self,
        zab,
        machine: replica.machine,
        codec: this.codec,
        clock,
        logger,
        tickMs: timing.tickMs,
        prepareTurnMaxMs: limits.applyTurnMaxMs,
      });
      for (const { from, payloads } of this.early) this.leader.enqueue(from, payloads);
    }
    this.early = [];
    if (!role.isServing || isOther) {
      this.confirmations.clear();
      this.touches.clear();
    }
    this.ticker.setTogether(role.isServing ? TICKS_TOGETHER_SERVING : 1);
    logger.info({ ...role }, role.isServing ? "serving" : "not serving");
    handler.roleChanged(role, before);
  }

  apply(entry: LogEntry): void {
    const applied: Applied = this.parts.replica.apply(entry);
    this.leader?.applied(applied);
    if (applied.outcome.kind === "closeSession") this.touches.forget(applied.outcome.id);
    this.parts.handler.applied(applied);
  }

  applied(zxid: Zxid): void {
    this.inputs.push({ kind: "applied", zxid });
    this.drain();
    if (!this.isEnded) this.confirmations.applied(zxid);
  }

  /** For the leader; which consensus may name a moment later. */
  enqueue(from: PeerId, payloads: readonly Uint8Array[]): void {
    if (this.leader === null) this.early.push({ from, payloads });
    else this.leader.enqueue(from, payloads);
  }

  restore(): void {
    this.store.restore();
  }

  private turn(): void {
    this.isTurnScheduled = false;
    if (this.isEnded) return;
    try {
      this.takeTurn();
    } catch (error) {
      this.fail(error);
    }
    const { goal } = this;
    if (goal === null || this.isEnded || !goal.isReached()) return;
    this.goal = null;
    goal.reached();
  }

  private takeTurn(): void {
    const { handler, clock } = this.parts;
    const nowMs = clock.nowMs();
    this.isTaking = true;
    this.noticeStall(nowMs);
    this.drain();
    const { arrivals } = this;
    this.arrivals = [];
    for (const arrival of arrivals) {
      if (this.isEnded) return;
      this.take(arrival);
    }
    if (this.isEnded) return;
    this.tick(this.ticker.take(nowMs));
    if (!this.isEnded) this.deliveries.run();
    if (this.isEnded) return;
    this.confirmations.applied(this.parts.replica.position.zxid);
    this.store.work();
    handler.turnEnding();
    this.drain();
    this.lead();
    if (this.isEnded) return;
    this.inputs.push({ kind: "turn-ended" });
    this.drain();
    if (this.isEnded) return;
    this.isTaking = false;
    this.confirmations.applied(this.parts.replica.position.zxid);
    if (this.deliveries.isWaiting) this.wake();
    handler.turnEnded();
  }

  private noticeStall(nowMs: MonotonicMs): void {
    const stall = this.ticker.begin(nowMs);
    if (stall === null) return;
    // Before the touches that waited meanwhile are taken.
    if (stall.countedMs > 0) this.leader?.credit(stall.countedMs);
    this.parts.stalled(stall.durationMs);
  }

  private take(arrival: Arrival): void {
    switch (arrival.kind) {
      case "batch-stored":
        this.inputs.push({ kind: "stored" });
        this.drain();
        if (!this.isEnded) this.store.stored(arrival.batch);
        return;
      case "purged":
        this.inputs.push(arrival);
        this.drain();
        this.store.purged();
        return;
      case "draft-grown":
        if (!this.store.draftGrown(arrival.isOwn, arrival.draft)) return;
        this.inputs.push({ kind: "pages-added" });
        this.drain();
        return;
      case "state-restored":
        this.takeRestored(arrival.restored);
        return;
      default:
        this.inputs.push(arrival);
        this.drain();
    }
  }

  private takeRestored(restored: Restored): void {
    this.store.forgetOwn();
    this.parts.replica.become(restored);
    this.deliveries.restored();
    this.parts.handler.restored();
    this.applied(restored.position.zxid);
  }

  private tick(count: number): void {
    if (count === 0) return;
    for (let done = 0; done < count; done++) this.inputs.push({ kind: "tick" });
    this.reportTouches();
    this.drain();
    if (this.isEnded) return;
    this.leader?.tick();
    this.store.keep();
  }

  private reportTouches(): void {
    if (this.leader !== null) return;
    for (const payload of this.touches.reports()) this.inputs.push({ kind: "touch", payload });
  }

  /** The leader's own part of a turn: one proposal of all that waits. */
  private lead(): void {
    const { leader } = this;
    if (leader === null || this.isEnded) return;
    if (leader.work()) this.wake();
    const txns = leader.nextTxns();
    if (txns === null) return;
    this.inputs.push({ kind: "propose", txns });
    this.drain();
    if (leader.queuedCount > 0 && this.parts.zab.nextZxid() !== null) this.wake();
  }

  /** Hands in what waits, in order, and carries out what comes of it. Never called from within a handler. */
  private drain(): void {
    const { zab } = this.parts;
    for (let index = 0; index < this.inputs.length && !this.isEnded; index++) {
      const effects: readonly Effect[] = zab.step(this.inputs[index]!);
      for (const effect of effects) {
        carryOut(this, effect);
        if (this.isEnded) return;
      }
    }
    this.inputs.length = 0;
    if (this.refused.length === 0) return;
    const { refused } = this;
    this.refused = [];
    this.parts.handler.requestsRefused(refused);
    this.drain();
  }
}

function reasonOf(error: unknown): CoterieError {
  if (error instanceof CoterieError) return error;
  const isAssertion = error instanceof Error && "code" in error && error.code === "ASSERTION";
  const text = error instanceof Error ? error.message : String(error);
  return new CoterieError(isAssertion ? "ASSERTION" : "SYSTEM_ERROR", text, { cause: error });
}
