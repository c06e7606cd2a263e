import {
  createSeededRandom,
  type Epoch,
  type HardState,
  type LogEntry,
  type LogFault,
  type PeerId,
  type StoredCheckpoint,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import {
  createZab,
  type Effect,
  type Hello,
  type Input,
  type Message,
  type Notification,
  type RoleView,
  TIMING_DEDICATED,
  type Voter,
  voterSetDigest,
  type Zab,
  ZAB_LIMITS_DEFAULT,
  type ZabLimits,
  type ZabTiming,
} from "../../src/index.ts";
import { formatEffect } from "./format-effect.ts";
import { formatZxid, zxid } from "./format-message.ts";
import { CLUSTER_ID, epochEndsOf, FOUNDING_ZXID, historyOf, plainVoters, positionOf, START } from "./history.ts";

/** What the peer's store holds when it starts. */
export interface LogSpec {
  /** Zxids after the founding entry, as `historyOf` takes them. */
  readonly entries?: readonly string[];
  readonly accepted?: number;
  readonly current?: number;
  /** "1.2"; the founding entry unless said. */
  readonly committed?: string;
  /** The log begins after this entry. */
  readonly base?: string;
  /** Pairs of zxids: what is above the first up to the second cannot be read. */
  readonly faults?: readonly (readonly [string, string])[];
  readonly isAmnesiac?: boolean;
  readonly notes?: Uint8Array;
  readonly checkpoint?: StoredCheckpoint;
  /** What the state machine has been brought to; all that is committed and can be read unless said. */
  readonly applied?: string;
}

export interface LonePeerOptions {
  readonly self?: number;
  readonly voters?: readonly number[] | readonly Voter[];
  /** "blank", or what is there. */
  readonly log?: "blank" | LogSpec;
  readonly limits?: Partial<ZabLimits>;
  readonly timing?: ZabTiming;
}

const LINKS_EACH = 100;

/** One peer's ZAB with nobody around it: the test says all that it hears, and sees all that it does, one line each. */
export class LonePeer {
  readonly id: PeerId;
  readonly voters: readonly Voter[];
  readonly zab: Zab;
  readonly history: readonly LogEntry[];
  role: RoleView | null = null;
  /** The last heartbeat round that it sent. */
  pingRound = 0;
  /** Its shell was told to stop it. */
  isStopped = false;
  /** Effects `add-pages` that the test has not answered, and where the state is to be restored. */
  pagesUnderWay = 0;
  restoring: Zxid | null = null;
  /** Of the last step. */
  effects: Effect[] = [];
  /** What stands in the store's log. */
  log: LogEntry[];
  /** The last checkpoint that it asked to open. */
  transfer = 0;
  /** The numbers of all readings that it asked for. */
  readonly readings: number[] = [];
  /** What the shell has not answered yet. */
  private waiting: Effect[] = [];
  private readonly links = new Map<number, number>();
  private readonly linksBegun = new Map<number, number>();

  constructor(options: LonePeerOptions = {}) {
    this.id = (options.self ?? 1) as PeerId;
    this.voters = votersOf(options.voters ?? [1, 2, 3]);
    const { log = {} } = options;
    this.history = log === "blank" ? [] : historyOf(this.voters, log.entries ?? []);
    this.log =
      log === "blank" ? [] : this.history.filter((each) => each.zxid > (log.base === undefined ? 0 : zxid(log.base)));
    const config = log === "blank" ? null : (this.history[0]?.bytes ?? null);
    const recovered = log === "blank" ? ({ kind: "blank" } as const) : this.recovered(log);
    const committed = recovered.kind === "blank" ? 0 : recovered.committed;
    const firstFault = recovered.kind === "blank" ? undefined : recovered.faults[0];
    const read = Math.min(committed, firstFault?.after.zxid ?? Infinity);
    const restored = recovered.kind === "blank" ? 0 : (recovered.checkpoint?.zxid ?? 0);
    const said = log === "blank" || log.applied === undefined ? null : zxid(log.applied);
    const applied = said ?? (Math.max(read, restored) as Zxid);
    this.zab = createZab(
      {
        self: this.id,
        voters: this.voters,
        timing: options.timing ?? TIMING_DEDICATED,
        limits: { ...ZAB_LIMITS_DEFAULT, ...options.limits },
        random: createSeededRandom(this.id),
      },
      { log: recovered, applied, config },
    );
  }

  private recovered(spec: LogSpec) {
    const base = spec.base === undefined ? START : this.entry(spec.base);
    const entries = this.history.filter((entry) => entry.zxid > base.zxid);
    const faults: LogFault[] = (spec.faults ?? []).map(([after, upTo]) => ({
      after: positionOf(this.entry(after)),
      upTo: positionOf(this.entry(upTo)),
    }));
    const hardState: HardState = {
      clusterId: CLUSTER_ID,
      peerId: this.id,
      incarnation: this.id * 1000,
      acceptedEpoch: (spec.accepted ?? spec.current ?? 0) as Epoch,
      currentEpoch: (spec.current ?? 0) as Epoch,
      isAmnesiac: spec.isAmnesiac ?? false,
    };
    return {
      kind: "open",
      hardState,
      notes: spec.notes ?? new Uint8Array(0),
      base: positionOf(base),
      last: positionOf(entries.at(-1) ?? base),
      epochEnds: epochEndsOf(entries).map(positionOf),
      committed: spec.committed === undefined ? (Math.max(base.zxid, FOUNDING_ZXID) as Zxid) : zxid(spec.committed),
      checkpoint: spec.checkpoint ?? null,
      faults,
      droppedTailCount: 0,
    } as const;
  }

  /** The entry "1.2" of the log with which the peer started. */
  entry(text: string): LogEntry {
    const entry = this.history.find((each) => each.zxid === zxid(text));
    if (entry === undefined) throw new Error(`the log has no entry ${text}`);
    return entry;
  }

  step(input: Input): string[] {
    const effects = this.zab.step(input);
    this.effects = effects;
    for (const effect of effects) {
      if (effect.kind === "role") this.role = effect.role;
      if (effect.kind === "stop") this.isStopped = true;
      if (effect.kind === "add-pages") this.pagesUnderWay += 1;
      if (effect.kind === "drop-pages") this.pagesUnderWay = 0;
      if (effect.kind === "restore") this.restoring = effect.zxid;
      if (effect.kind === "open-checkpoint") this.transfer = effect.transfer;
      if (effect.kind === "read-log") this.readings.push(effect.reading);
      if (effect.kind === "send" && effect.message.kind === "ping") this.pingRound = effect.message.round;
      if (effect.kind === "store" || effect.kind === "read-log" || effect.kind === "deliver") this.waiting.push(effect);
    }
    return effects.map((effect) => formatEffect(effect, (link) => String(Math.floor(link / LINKS_EACH))));
  }

  /** A link to `peer` opens. */
  open(peer: number, hello: Partial<Hello> = {}): string[] {
    const count = (this.linksBegun.get(peer) ?? 0) + 1;
    this.linksBegun.set(peer, count);
    const link = peer * LINKS_EACH + count;
    this.links.set(peer, link);
    const whole: Hello = {
      peer: peer as PeerId,
      clusterId: this.history.length === 0 ? null : CLUSTER_ID,
      incarnation: peer * 1000,
      voterSetDigest: voterSetDigest(this.voters),
      ...hello,
    };
    return this.step({ kind: "link-opened", link, hello: whole });
  }

  close(peer: number): string[] {
    return this.step({ kind: "link-closed", link: this.linkOf(peer) });
  }

  linkOf(peer: number): number {
    return this.links.get(peer) ?? 0;
  }

  hear(peer: number, message: Message): string[] {
    return this.step({ kind: "message", link: this.linkOf(peer), message });
  }

  /** All that comes of these, in order. */
  all(...lines: readonly string[][]): string[] {
    return lines.flat();
  }

  /** The batch that is under way is on the disk. */
  stored(): string[] {
    const index = this.waiting.findIndex((effect) => effect.kind === "store");
    const [effect] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (effect?.kind === "store") {
      const { truncateAfter = Infinity, append = [], checkpoint } = effect.batch;
      if (checkpoint?.kind === "incoming") this.log = [];
      this.log = [...this.log.filter((entry) => entry.zxid <= truncateAfter), ...append];
    }
    return this.step({ kind: "stored" });
  }

  /** The store and the state machine do what is asked of them, until nothing more is. */
  settle(): string[] {
    const lines: string[] = [];
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (next.kind === "store") {
        lines.push(...this.stored());
        continue;
      }
      this.waiting.shift();
      if (next.kind === "read-log") {
        const { after, upTo } = next.range;
        const entries = this.log.filter((entry) => entry.zxid > after && entry.zxid <= upTo);
        lines.push(...this.step({ kind: "log-read", reading: next.reading, result: { kind: "entries", entries } }));
      } else if (next.kind === "deliver") {
        lines.push(...this.step({ kind: "applied", zxid: next.entries.at(-1)?.zxid ?? ZXID_NONE }));
      }
    }
    return lines;
  }

  tick(count = 1): string[] {
    const lines: string[] = [];
    for (let each = 0; each < count; each++) lines.push(...this.step({ kind: "tick" }));
    return lines;
  }

  turn(): string[] {
    return this.step({ kind: "turn-ended" });
  }

  /** Turns end and the store answers until nothing more comes of it. */
  rest(): string[] {
    const lines: string[] = [];
    for (;;) {
      const more = [...this.settle(), ...this.turn()];
      if (more.length === 0) return lines;
      lines.push(...more);
    }
  }

  applied(text: string): string[] {
    return this.step({ kind: "applied", zxid: zxid(text) });
  }

  get epochs(): string {
    const { acceptedEpoch, currentEpoch } = this.zab.view();
    return `${acceptedEpoch}/${currentEpoch}`;
  }

  get committed(): string {
    return formatZxid(this.zab.view().committedZxid);
  }

  get last(): string {
    return formatZxid(this.zab.view().lastZxid);
  }

  get nextZxid(): string | null {
    const next = this.zab.nextZxid();
    return next === null ? null : formatZxid(next);
  }
}

function votersOf(voters: readonly number[] | readonly Voter[]): readonly Voter[] {
  return voters.flatMap((voter) => (typeof voter === "number" ? plainVoters([voter]) : [voter]));
}

/** What a sound voter that looks says. */
export function vote(
  spec: { readonly for: number | null; readonly at: string; readonly round?: number } & Partial<Notification>,
): Notification {
  const { for: candidate, at, round = 1, ...rest } = spec;
  return {
    kind: "notification",
    state: "looking",
    standing: "sound",
    clusterId: CLUSTER_ID,
    round,
    vote: candidate as PeerId | null,
    credential: credential(at),
    acceptedEpoch: credential(at).currentEpoch,
    fault: null,
    epoch: 0 as Epoch,
    isEstablished: false,
    takesOver: 0 as Epoch,
    ...rest,
  };
}

/** "1/1.2": the current epoch and the last zxid. */
export function credential(text: string): Notification["credential"] {
  const [epoch = "", last = ""] = text.split("/");
  return { currentEpoch: Number(epoch) as Epoch, lastZxid: zxid(last) };
}
