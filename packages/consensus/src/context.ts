import {
  assert,
  type Epoch,
  type HardState,
  type LogEntry,
  type LogReading,
  type PeerId,
  type Zxid,
  type ZxidRange,
} from "@coterie/interface";
import type { CloseReason, Effect, ReportCode, RoleView } from "./effect.ts";
import { TAG_CONFIG } from "./entry-tags.ts";
import type { Leading } from "./leader/leading.ts";
import type { Learning } from "./learner/learning.ts";
import { type Link, Links } from "./links.ts";
import { History } from "./log/history.ts";
import { StoreQueue } from "./log/store-queue.ts";
import type { Looking } from "./election/looking-role.ts";
import type { ConfirmTarget, Credential, Message, Standing } from "./message.ts";
import type { Recovery, ZabOptions } from "./options.ts";
import { checkVoters, decodeEnsembleConfig, type EnsembleConfig, voterSetDigest } from "./quorum/ensemble-config.ts";
import { createQuorum, type Quorum } from "./quorum/quorum.ts";
import { AckMarks } from "./standing/ack-marks.ts";
import { LOOK_AGAIN, type Transition } from "./transition.ts";

export type Role = Looking | Leading | Learning;

/** A read that waits for the end of the turn. */
export interface PendingConfirm {
  readonly id: number;
  readonly target: ConfirmTarget;
}

/** Whom this peer has promised its accepted epoch to. Known to one life only: a later one counts for nobody. */
export interface EpochPromise {
  readonly epoch: Epoch;
  readonly leader: PeerId;
  readonly incarnation: number;
}

type ReadingDone = (context: Context, result: LogReading) => void;

/** The state of one peer's consensus. The files of the roles hold the functions over it. */
export class Context {
  readonly options: ZabOptions;
  readonly self: PeerId;
  readonly incarnation: number;
  readonly voterSetDigest: number;
  /** As this peer means it to be; what is on disk is `store.durable`. Null while blank. */
  hardState: HardState | null;
  config: EnsembleConfig | null;
  quorum: Quorum;
  readonly history: History;
  readonly store: StoreQueue;
  readonly links: Links = new Links();
  readonly marks: AckMarks;
  /** Set when the Zab is made, before anything else happens. */
  role!: Role;
  roleTold: RoleView | null = null;
  round = 0;
  /** Blank voters that others were asked about. */
  inquiries = 0;
  ticks = 0;
  promise: EpochPromise | null = null;
  /** What this peer has resolved to become once the input is handled. */
  transition: Transition | null = null;
  /** Peers that were elected and did not lead: not voted for before this tick. */
  readonly shunned: Map<PeerId, number> = new Map<PeerId, number>();
  confirms: PendingConfirm[] = [];
  touches: Uint8Array[] = [];
  effects: Effect[] = [];
  /** Ends of what was delivered and is not applied yet. */
  deliveries: { readonly zxid: Zxid; readonly count: number }[] = [];
  isReadingForDelivery = false;
  /** Where the log on disk ends, and what is known there to be committed, once the batch under way is there. */
  diskEnd: Zxid;
  diskCommitted: Zxid;
  /** When other peers' marks were saved last. */
  notesTick = 0;
  private readings = new Map<number, ReadingDone>();
  private readingsBegun = 0;

  constructor(options: ZabOptions, recovery: Recovery) {
    const { log } = recovery;
    this.options = { ...options, voters: checkVoters(options.voters) };
    this.self = options.self;
    this.voterSetDigest = voterSetDigest(this.options.voters);
    this.hardState = log.kind === "open" ? log.hardState : null;
    this.incarnation = this.hardState?.incarnation ?? drawIncarnation(options);
    this.config = recovery.config === null ? null : decodeEnsembleConfig(recovery.config);
    this.quorum = createQuorum(this.config ?? this.options);
    const start = { zxid: 0 as Zxid, chainHash: 0 as LogEntry["chainHash"] };
    this.history = new History(
      log.kind === "open"
        ? { ...log, applied: recovery.applied }
        : { base: start, last: start, epochEnds: [], committed: 0 as Zxid, applied: 0 as Zxid, faults: [] },
    );
    this.diskEnd = this.history.last.zxid;
    this.diskCommitted = this.history.committed;
    this.store = new StoreQueue(this.hardState, options.limits);
    this.marks = new AckMarks(log.kind === "open" ? log.notes : new Uint8Array(0));
  }

  get standing(): Standing {
    if (this.hardState === null) return "blank";
    return this.hardState.isAmnesiac ? "amnesiac" : "sound";
  }

  get isVoter(): boolean {
    return this.quorum.isVoter(this.self);
  }

  get acceptedEpoch(): Epoch {
    return this.hardState?.acceptedEpoch ?? (0 as Epoch);
  }

  /** What this peer may say of itself: synced (R1). */
  get credential(): Credential {
    return { currentEpoch: this.store.durable?.currentEpoch ?? (0 as Epoch), lastZxid: this.history.synced };
  }

  setHardState(change: Partial<HardState>): void {
    assert(this.hardState !== null, "a blank peer has no hard state to change");
    this.hardState = { ...this.hardState, ...change };
    this.store.setHardState(this.hardState);
  }

  /** The first thing a blank peer ever stores. */
  createHardState(hardState: HardState): void {
    assert(this.hardState === null, "a store is created once");
    this.hardState = hardState;
    this.store.setHardState(hardState);
  }

  setConfig(bytes: Uint8Array): void {
    this.config = decodeEnsembleConfig(bytes);
    this.quorum = createQuorum(this.config);
  }

  appendToLog(entries: readonly LogEntry[]): void {
    if (entries.length === 0) return;
    this.history.append(entries);
    this.store.append(entries);
    for (const entry of entries) if (entry.tag === TAG_CONFIG) this.setConfig(entry.bytes);
  }

  /** This peer has no leader any more, or gives up being one. */
  lookAgain(): void {
    this.transition ??= LOOK_AGAIN;
  }

  send(link: Link, message: Message): void {
    this.effects.push({ kind: "send", links: [link.id], message });
  }

  sendAll(links: readonly number[], message: Message): void {
    if (links.length > 0) this.effects.push({ kind: "send", links, message });
  }

  report(code: ReportCode, details: string): void {
    this.effects.push({ kind: "report", code, details });
  }

  /** From here on nothing that comes over this link is heard. What its end means to the role is the caller's to do. */
  dropLink(link: Link, reason: CloseReason): void {
    if (this.links.close(link.id) === null) return;
    this.effects.push({ kind: "close-link", link: link.id, reason });
  }

  readLog(range: ZxidRange, sizeMaxBytes: number, done: ReadingDone): number {
    this.readingsBegun += 1;
    this.readings.set(this.readingsBegun, done);
    this.effects.push({ kind: "read-log", reading: this.readingsBegun, range, sizeMaxBytes });
    return this.readingsBegun;
  }

  finishReading(reading: number, result: LogReading): void {
    const done = this.readings.get(reading);
    this.readings.delete(reading);
    if (done !== undefined) done(this, result);
  }

  /** What was read for the role that ends is not wanted any more. */
  forgetReading(reading: number | null): void {
    if (reading !== null) this.readings.delete(reading);
  }
}

function drawIncarnation({ random }: ZabOptions): number {
  const source = random.fork("incarnation");
  // 53 bits, and never 0: no two lives of one peer id have the same, as far as chance can promise.
  return (source.uint32() & 0x1fffff) * 2 ** 32 + source.uint32() + 1;
}
