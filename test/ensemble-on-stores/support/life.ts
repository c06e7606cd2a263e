import {
  createZab,
  type Input,
  type Message,
  type Report,
  type RoleView,
  TIMING_DEDICATED,
  type Voter,
  type Zab,
  type ZabLimits,
} from "@coterie/consensus";
import type { Applied, StateCheckpointSummary, WriteRequest } from "@coterie/core";
import {
  type CheckpointReader,
  type LogBatch,
  type LogStorage,
  type PeerId,
  positionOf,
  type Random,
  type RecoveredLog,
  SESSION_NONE,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import { carryOut, isForeign } from "./carry-out.ts";
import type { Replica } from "./replica.ts";

/** What a peer needs of whoever drives it. */
export interface LifeHost {
  readonly voters: readonly Voter[];
  readonly limits: ZabLimits;
  send(from: Life, link: number, message: Message): void;
  closeLink(link: number): void;
  /** Work that takes its time. It is done in order, one after the other over all peers; then its input is handed in. */
  later(life: Life, work: () => Promise<Input | null>): void;
  requestAt(index: number): WriteRequest;
  applied(life: Life, applied: Applied): void;
  reported(life: Life, report: Report): void;
}

/** One peer from the opening of its store to its end: the shell around consensus, state machine and store. */
export class Life {
  readonly host: LifeHost;
  readonly id: PeerId;
  readonly storage: LogStorage;
  readonly found: RecoveredLog;
  readonly replica: Replica;
  readonly zab: Zab;
  readonly readers: Map<number, CheckpointReader> = new Map();
  /** Of a leader: indexes of requests that wait to be prepared. */
  readonly queued: number[] = [];
  role: RoleView;
  isEnded = false;
  /** Something has happened in this turn. */
  isDirty = false;
  /** How far another peer's checkpoint has come. */
  readonly installed: ("pages" | "marking" | "marked" | "restored")[] = [];
  installedBytes = 0;
  private ownCheckpoint: StateCheckpointSummary | null = null;
  private readonly inputs: Input[] = [];
  private isStepping = false;

  constructor(host: LifeHost, id: PeerId, storage: LogStorage, found: RecoveredLog, replica: Replica, random: Random) {
    this.host = host;
    this.id = id;
    this.storage = storage;
    this.found = found;
    this.replica = replica;
    const { voters, limits } = host;
    const recovery = { log: found, applied: replica.position.zxid, config: replica.config };
    this.zab = createZab({ self: id, voters, timing: TIMING_DEDICATED, limits, random }, recovery);
    this.role = this.zab.view().role;
  }

  /** Hands in an input, behind those that wait already, and carries out what comes of it. */
  take(input: Input): void {
    this.isDirty = input.kind !== "turn-ended";
    this.inputs.push(input);
    if (this.isStepping) return;
    this.isStepping = true;
    for (let next = this.nextInput(); next !== null; next = this.nextInput()) {
      for (const effect of this.zab.step(next)) carryOut(this, effect);
    }
    this.isStepping = false;
  }

  private nextInput(): Input | null {
    return this.isEnded ? null : (this.inputs.shift() ?? this.nextProposal());
  }

  /** As many of the waiting requests as there is room for. */
  private nextProposal(): Input | null {
    const first = this.zab.nextZxid();
    if (first === null || this.queued.length === 0) return null;
    this.isDirty = true;
    const indexes = this.queued.splice(0, this.zab.proposalRoom());
    return { kind: "propose", txns: indexes.map((index, offset) => this.prepare(index, (first + offset) as Zxid)) };
  }

  private prepare(index: number, zxid: Zxid): Uint8Array {
    const context = { zxid, timeMs: index as WallTimeMs, sessionId: SESSION_NONE, cxid: index, identities: [] };
    return this.replica.machine.prepare(this.host.requestAt(index), context);
  }

  takeRole(role: RoleView): void {
    const isOther = role.state !== this.role.state || role.epoch !== this.role.epoch;
    this.role = role;
    if (!isOther) return;
    this.queued.length = 0;
    this.replica.machine.discardPrepared();
  }

  /** A checkpoint of the state as it is; its mark goes into the next batch. */
  async takeCheckpoint(): Promise<void> {
    if (!this.zab.view().mayCheckpoint) throw new Error(`peer ${this.id} may not take a checkpoint now`);
    const writer = this.replica.machine.checkpoints.begin();
    const at = positionOf(this.replica.position);
    for (;;) {
      const step = writer.step();
      if (step.kind === "page") await this.storage.addPages([step.bytes]);
      if (step.kind !== "done") continue;
      const { kind, digest, pageCount } = step.summary;
      this.ownCheckpoint = step.summary;
      return this.take({ kind: "checkpoint-taken", mark: { ...at, kind, digest, pageCount } });
    }
  }

  /** A batch is durable. */
  stored(batch: LogBatch): void {
    const { checkpoint } = batch;
    if (isForeign(batch)) this.installed.push("marked");
    const isOwn = checkpoint?.kind === "full" || checkpoint?.kind === "delta";
    if (!isOwn || this.ownCheckpoint === null) return;
    this.replica.machine.checkpoints.confirm(this.ownCheckpoint);
    this.ownCheckpoint = null;
  }

  /** Lets go of the log, as far as the checkpoint stands for it and nobody needs it. */
  async purge(): Promise<void> {
    const reader = await this.storage.openCheckpoint();
    const { mayCheckpoint, purgeableZxid } = this.zab.view();
    if (reader === null || !mayCheckpoint) throw new Error(`peer ${this.id} may not purge its log now`);
    const upTo = Math.min(reader.checkpoint.zxid, purgeableZxid) as Zxid;
    await reader.close();
    this.take({ kind: "purged", base: await this.storage.purge(upTo) });
  }
}
