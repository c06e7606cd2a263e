import { createZab, type Input, type RoleView, type Zab } from "@coterie/consensus";
import type { Hello, Message } from "@coterie/consensus";
import type { LogBatch, LogPosition, LogReading, PeerId, RecoveredLog, SessionId, Zxid } from "@coterie/interface";
import type { ClientMessage } from "../client/client-message.ts";
import type { DiskUser, SimDisk } from "../disk/sim-disk.ts";
import type { StoredPages } from "../disk/stored-pages.ts";
import type { Dice } from "../world/dice.ts";
import type { EventTarget, SimEvent } from "../world/event-queue.ts";
import { carryOut } from "./carry-out.ts";
import { checkDigest } from "./check-digest.ts";
import { Deliveries } from "./deliveries.ts";
import { describeEffect, describeInput, kindCode } from "./describe.ts";
import { Housekeeping } from "./housekeeping.ts";
import { LeaderShell } from "./leader-shell.ts";
import { OwnCheckpoint } from "./own-checkpoint.ts";
import type { PeerHost } from "./peer-host.ts";
import { Replica } from "./replica.ts";
import { Sessions } from "./sessions.ts";
import { Silence } from "./silence.ts";

const TURN = 0;
const TICK = 1;
const APPLY = 2;
const CHECKPOINT = 3;
const HOUSEKEEPING = 4;

/** Inputs that one input may lead to, and effects of one: far more than any limit allows; more have no end. */
const INPUTS_PER_TURN_MAX = 100_000;

/** What waits for the next turn of the event loop. */
type Arrival = Input | ClientMessage | { readonly kind: "disk-stored"; readonly batch: LogBatch };

/** What a life belongs to. */
export interface LifeOwner {
  readonly id: PeerId;
  readonly disk: SimDisk;
  /** How much faster its clock runs than the world's, as a factor. */
  readonly clockRate: number;
  readonly wallOffsetMs: number;
  lifeEnded(life: Life, cause: "crashed" | "stopped"): void;
}

/** One peer from its start to its end: the shell around its consensus and its state machine. */
export class Life implements EventTarget, DiskUser {
  readonly host: PeerHost;
  readonly owner: LifeOwner;
  readonly id: PeerId;
  readonly number: number;
  readonly disk: SimDisk;
  readonly dice: Dice;
  readonly replica: Replica;
  readonly zab: Zab;
  readonly sessions: Sessions;
  readonly checkpoint: OwnCheckpoint;
  readonly house: Housekeeping;
  readonly deliveries: Deliveries;
  leader: LeaderShell | null = null;
  /** Of a leader that serves. */
  silence: Silence | null = null;
  role: RoleView;
  isEnded = false;
  stalledUntilUs = 0;
  /** The world ends this life at this many effects from now; 0 for never. */
  effectsLeft = 0;
  /** Checkpoints for learners: asked for, and open. */
  readonly opening: Set<number> = new Set();
  readonly readers: Map<number, StoredPages> = new Map();
  /** Who is at the other end of each link, as far as this peer has heard. */
  private readonly linkEnds = new Map<number, PeerId>();
  private arrivals: Arrival[] = [];
  private readonly soon: Input[] = [];
  private isStepping = false;
  private isTurnScheduled = false;
  private isTickDue = false;
  private lastTurnUs = 0;

  constructor(host: PeerHost, owner: LifeOwner, number: number, found: RecoveredLog, dice: Dice) {
    this.host = host;
    this.owner = owner;
    this.id = owner.id;
    this.number = number;
    this.disk = owner.disk;
    this.dice = dice;
    this.replica = new Replica(host, owner.id, number);
    this.replica.recover(found, this.disk.database);
    const { timing, limits } = host.options;
    const applied = this.replica.position.zxid;
    const config = found.kind === "blank" ? null : this.replica.config(this.disk.database);
    const zabRandom = dice.stream.fork(`zab-${number}`);
    this.zab = createZab(
      { self: this.id, voters: host.voters, timing, limits, random: zabRandom },
      { log: found, applied, config },
    );
    this.role = this.zab.view().role;
    this.sessions = new Sessions(this);
    this.checkpoint = new OwnCheckpoint(this);
    this.house = new Housekeeping(this);
    this.deliveries = new Deliveries(this, APPLY);
  }

  get monotonicMs(): number {
    return this.host.nowUs / 1000;
  }

  get wallMs(): number {
    return Math.max(0, Math.floor(this.host.nowUs / 1000) + 1_700_000_000_000 + this.owner.wallOffsetMs);
  }

  get isServing(): boolean {
    return this.role.isServing;
  }

  begin(): void {
    this.scheduleTick();
    this.house.schedule(HOUSEKEEPING);
  }

  /** What comes in waits for the turn: all input of a turn, then the tick, then its end (R8). */
  arrive(arrival: Arrival): void {
    if (this.isEnded) return;
    this.arrivals.push(arrival);
    this.ensureTurn();
  }

  linkOpened(link: number, hello: Hello): void {
    this.arrive({ kind: "link-opened", link, hello });
  }

  linkClosed(link: number): void {
    this.arrive({ kind: "link-closed", link });
  }

  messageReceived(link: number, message: Message): void {
    this.arrive({ kind: "message", link, message });
  }

  stored(batch: LogBatch): void {
    this.arrive({ kind: "disk-stored", batch });
  }

  synced(batch: LogBatch): void {
    this.host.observe({ kind: "synced", peer: this.id, life: this.number, batch, disk: this.disk.image });
  }

  logRead(reading: number, result: LogReading): void {
    this.arrive({ kind: "log-read", reading, result });
  }

  pagesAdded(isOwn: boolean): void {
    if (isOwn) this.checkpoint.pagesAdded();
    else this.arrive({ kind: "pages-added" });
  }

  checkpointOpened(transfer: number, found: StoredPages | null): void {
    // It may have been given up meanwhile.
    if (this.opening.delete(transfer) && found !== null) this.readers.set(transfer, found);
    this.arrive({ kind: "checkpoint-opened", transfer, checkpoint: found?.stored ?? null });
  }

  pagesRead(transfer: number, pages: readonly Uint8Array[] | null): void {
    if (pages === null) {
      this.host.probe("checkpoint page unreadable");
      this.checkpoint.pagesDamaged();
    }
    if (this.readers.has(transfer)) this.arrive({ kind: "pages-read", transfer, pages });
  }

  purged(base: LogPosition): void {
    this.host.probe("log purged");
    this.arrive({ kind: "purged", base });
  }

  diskFailed(code: string): void {
    if (this.host.trace.isReadable) this.host.trace.line(this.host.nowUs, `${this.id} stops: ${code}`);
    this.end("stopped");
  }

  end(cause: "crashed" | "stopped"): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.owner.lifeEnded(this, cause);
  }

  stall(untilUs: number): void {
    this.stalledUntilUs = Math.max(this.stalledUntilUs, untilUs);
    this.host.disturbed(untilUs);
  }

  handle(event: SimEvent): void {
    if (this.isEnded) return;
    switch (event.kind) {
      case TURN:
        return this.runTurn();
      case TICK:
        this.isTickDue = true;
        this.ensureTurn();
        return this.scheduleTick();
      case APPLY:
        return this.deliveries.run();
      case CHECKPOINT:
        return this.checkpoint.step();
      case HOUSEKEEPING:
        this.house.keep();
        return this.house.schedule(HOUSEKEEPING);
    }
  }

  /** Hands in an input, behind those that wait already, and carries out what comes of it. */
  step(input: Input): void {
    this.soon.push(input);
    if (this.isStepping) return;
    this.isStepping = true;
    try {
      this.drain();
    } finally {
      this.isStepping = false;
    }
  }

  stepCheckpointLater(): void {
    this.host.queue.push(this.host.nowUs + 1 + this.dice.below(1000), this, CHECKPOINT, null, null);
  }

  takeRole(role: RoleView): void {
    const before = this.role;
    this.role = role;
    this.host.observe({ kind: "role", peer: this.id, life: this.number, role });
    const isOther = before.state !== role.state || before.epoch !== role.epoch || before.leader !== role.leader;
    if (before.isServing && (!role.isServing || isOther)) this.sessions.abandonAll();
    const leads = role.state === "leading" && role.isServing;
    if (this.leader !== null && (!leads || isOther)) {
      this.leader = null;
      this.replica.machine.discardPrepared();
    }
    if (!leads) this.silence = null;
    else if (this.silence === null || isOther)
      this.silence = new Silence(this.monotonicMs, this.host.options.timing.tickMs);
    if (leads && this.leader === null) this.leader = new LeaderShell(this);
  }

  /** Something of the session has reached this peer, which counts if it leads. */
  hear(session: SessionId): void {
    this.silence?.hear(session, this.monotonicMs);
  }

  /** What has been asked for and is not done: of the leader, of its quorum, of the disk for learners, of the state machine. */
  get pending(): Readonly<Record<"requests" | "confirms" | "transfers" | "deliveries", number>> {
    const { leader, sessions, opening, readers, deliveries } = this;
    return {
      requests: leader?.queuedCount ?? 0,
      confirms: sessions.confirmsCount,
      transfers: opening.size + readers.size,
      deliveries: deliveries.count,
    };
  }

  /** @throws Violation if the state machine's digest is not that of its state */
  auditState(): void {
    if (!this.checkpoint.isIdle) return;
    checkDigest(this.id, this.replica.machine);
    this.host.probe("digest made anew");
  }

  private drain(): void {
    const { soon, host } = this;
    for (let inputs = 0; ; inputs++) {
      if (inputs > INPUTS_PER_TURN_MAX) throw new Error(`peer ${this.id}: a turn without an end`);
      const input = soon.shift() ?? this.leader?.nextProposal() ?? null;
      if (input === null || this.isEnded) {
        soon.length = 0;
        return;
      }
      if (input.kind === "propose") this.observeProposal(input.txns);
      const effects = this.zab.step(input);
      host.trace.mix(kindCode(input.kind) * 64 + effects.length);
      if (host.trace.isReadable) host.trace.line(host.nowUs, `${this.id} < ${describeInput(input)}`);
      for (const effect of effects) {
        if (this.effectsLeft > 0 && --this.effectsLeft === 0) return this.end("crashed");
        host.trace.mix(kindCode(effect.kind));
        if (host.trace.isReadable) host.trace.line(host.nowUs, `${this.id} > ${describeEffect(effect)}`);
        carryOut(this, effect);
        if (this.isEnded) return;
      }
    }
  }

  private observeProposal(txns: readonly Uint8Array[]): void {
    const first = this.zab.nextZxid()!;
    const entries = txns.map((bytes, index) => ({ zxid: (first + index) as Zxid, bytes }));
    this.host.observe({ kind: "proposed", peer: this.id, life: this.number, epoch: this.role.epoch, entries });
  }

  private ensureTurn(): void {
    if (this.isTurnScheduled) return;
    this.isTurnScheduled = true;
    const { turnMaxUs } = this.host.options.peer;
    const atUs = this.host.nowUs + (turnMaxUs === 0 ? 0 : this.dice.below(turnMaxUs));
    this.host.queue.push(Math.max(atUs, this.stalledUntilUs), this, TURN, null, null);
  }

  private runTurn(): void {
    this.isTurnScheduled = false;
    if (this.stalledUntilUs > this.host.nowUs) return this.ensureTurn();
    if (this.isTickFirst()) this.tick();
    if (this.isEnded) return;
    const { arrivals } = this;
    this.arrivals = [];
    for (const arrival of arrivals) {
      if (this.isEnded) return;
      this.take(arrival);
    }
    if (this.isEnded) return;
    if (this.isTickDue) this.tick();
    if (!this.isEnded) this.step({ kind: "turn-ended" });
  }

  /**
   * A shell takes what has come in before the tick (R8), but timers fire before sockets are read, and a shell
   * cannot always know that there is more: most of all when its event loop has just stood still.
   */
  private isTickFirst(): boolean {
    const hasStalled = this.stalledUntilUs > this.lastTurnUs;
    this.lastTurnUs = this.host.nowUs;
    if (!this.isTickDue) return false;
    if (hasStalled) return this.dice.chance(0.5);
    const { tickFirstPercent } = this.host.options.peer;
    return tickFirstPercent > 0 && this.dice.below(100) < tickFirstPercent;
  }

  private tick(): void {
    this.isTickDue = false;
    this.step({ kind: "tick" });
    this.sessions.tick();
    this.silence?.tick(this.monotonicMs);
    this.leader?.tick();
  }

  private take(arrival: Arrival): void {
    switch (arrival.kind) {
      case "client-connect":
      case "client-request":
      case "client-ping":
      case "client-gone":
        return this.sessions.message(arrival);
      case "disk-stored":
        this.step({ kind: "stored" });
        return this.isEnded ? undefined : this.checkpoint.stored(arrival.batch);
      case "message": {
        const from = this.linkEnds.get(arrival.link);
        if (from !== undefined) {
          const { message } = arrival;
          this.host.observe({ kind: "received", peer: this.id, life: this.number, from, message });
        }
        return this.step(arrival);
      }
      case "link-opened":
        this.linkEnds.set(arrival.link, arrival.hello.peer);
        return this.step(arrival);
      case "link-closed":
        this.linkEnds.delete(arrival.link);
        return this.step(arrival);
      default:
        return this.step(arrival);
    }
  }

  private scheduleTick(): void {
    const tickUs = Math.max(1, Math.round(this.host.options.timing.tickMs * 1000 * this.owner.clockRate));
    this.host.queue.push(this.host.nowUs + tickUs, this, TICK, null, null);
  }
}
