import {
  CHAIN_HASH_NONE,
  createSeededRandom,
  type HardState,
  type LogBatch,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type LogReading,
  type PeerId,
  type StoredCheckpoint,
  type Zxid,
  ZXID_NONE,
  epochOf,
} from "@coterie/interface";
import {
  createZab,
  type Effect,
  type Input,
  type Message,
  type RoleView,
  TAG_CONFIG,
  TIMING_DEDICATED,
  type Voter,
  type Zab,
  ZAB_LIMITS_DEFAULT,
  type ZabLimits,
  type ZabTiming,
} from "../../src/index.ts";

/** A disk that does what it is told, at once or when it is released. */
export class TestDisk {
  hardState: HardState | null = null;
  notes: Uint8Array = new Uint8Array(0);
  base: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };
  entries: LogEntry[] = [];
  committed: Zxid = ZXID_NONE;
  checkpoint: StoredCheckpoint | null = null;
  pages: readonly Uint8Array[] = [];
  draft: Uint8Array[] = [];
  faults: LogFault[] = [];

  write(batch: LogBatch): void {
    if (batch.hardState !== undefined) this.hardState = batch.hardState;
    if (batch.notes !== undefined) this.notes = batch.notes;
    const mark = batch.checkpoint;
    if (mark !== undefined) {
      this.pages = this.draft;
      this.draft = [];
      this.checkpoint = { ...mark, baseSizeBytes: 0, deltasSizeBytes: 0 };
      if (mark.kind === "covering") {
        this.base = { zxid: mark.zxid, chainHash: mark.chainHash };
        this.entries = this.entries.filter((entry) => entry.zxid > mark.zxid);
        this.faults = this.faults
          .filter((fault) => fault.upTo.zxid > mark.zxid)
          .map((fault) => (fault.after.zxid < mark.zxid ? { after: this.base, upTo: fault.upTo } : fault));
        if (this.committed < mark.zxid) this.committed = mark.zxid;
      }
      if (mark.kind === "incoming") {
        this.base = { zxid: mark.zxid, chainHash: mark.chainHash };
        this.entries = [];
        this.faults = [];
        this.committed = mark.zxid;
      }
    }
    const after = batch.truncateAfter;
    if (after !== undefined) {
      if (after < this.committed) throw new Error("a truncation below what is committed");
      this.entries = this.entries.filter((entry) => entry.zxid <= after);
      this.faults = this.faults.filter((fault) => fault.after.zxid < after);
    }
    for (const entry of batch.repair ?? []) {
      this.faults = this.faults.flatMap((fault) => {
        if (fault.after.zxid >= entry.zxid || fault.upTo.zxid < entry.zxid) return [fault];
        return entry.zxid === fault.upTo.zxid ? [] : [{ after: entry, upTo: fault.upTo }];
      });
    }
    this.entries.push(...(batch.append ?? []));
    if (batch.committed !== undefined) this.committed = batch.committed;
  }

  read(after: Zxid, upTo: Zxid): LogReading {
    if (after < this.base.zxid) return { kind: "purged", base: this.base };
    const entries = this.entries.filter((entry) => entry.zxid > after && entry.zxid <= upTo);
    const fault = this.faults.find((each) => each.after.zxid < upTo && each.upTo.zxid > after);
    const readable = entries.filter((entry) => fault === undefined || entry.zxid <= fault.after.zxid);
    if (fault !== undefined && readable.length === 0) return { kind: "faulty", fault };
    return { kind: "entries", entries: readable };
  }

  get last(): LogPosition {
    return this.entries.at(-1) ?? this.base;
  }

  get epochEnds(): LogPosition[] {
    return this.entries.filter((entry, index) => {
      const next = this.entries[index + 1];
      return next === undefined || epochOf(next.zxid) !== epochOf(entry.zxid);
    });
  }
}

export interface TestPeer {
  readonly id: PeerId;
  readonly disk: TestDisk;
  zab: Zab;
  isUp: boolean;
  /** Effects `store` wait until `release`. */
  holdsDisk: boolean;
  pendingStore: LogBatch | null;
  role: RoleView | null;
  readonly applied: LogEntry[];
  /** Effects that the harness does not carry out, in order. */
  readonly heard: Effect[];
}

export interface EnsembleOptions {
  readonly voters?: readonly number[];
  readonly observers?: readonly number[];
  readonly timing?: ZabTiming;
  readonly limits?: Partial<ZabLimits>;
}

interface Frame {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly link: number;
  readonly message: Message;
}

/**
 * Peers that talk through queues which the test empties: nothing happens unless it is asked for. Requests are prepared
 * as they are; a txn's bytes are the request's.
 */
export class Ensemble {
  readonly peers: Map<number, TestPeer> = new Map<number, TestPeer>();
  readonly frames: Frame[] = [];
  /** "1>2": frames from 1 to 2 wait. */
  readonly held: Set<string> = new Set<string>();
  readonly cut: Set<string> = new Set<string>();
  readonly log: string[] = [];
  private readonly options: EnsembleOptions;
  private readonly links = new Map<string, number>();
  private linksBegun = 0;
  private isStepping = false;
  private readonly inputs: [TestPeer, Input][] = [];
  private readonly dirty = new Set<TestPeer>();

  constructor(options: EnsembleOptions = {}) {
    this.options = options;
    const ids = [...(options.voters ?? [1, 2, 3]), ...(options.observers ?? [])];
    for (const id of ids) this.add(id);
  }

  peer(id: number): TestPeer {
    const peer = this.peers.get(id);
    if (peer === undefined) throw new Error(`there is no peer ${id}`);
    return peer;
  }

  get voters(): readonly Voter[] {
    return (this.options.voters ?? [1, 2, 3]).map((peer) => ({ peer: peer as PeerId, weight: 1, group: 1 }));
  }

  start(id: number): void {
    const peer = this.peer(id);
    const { disk } = peer;
    disk.draft = [];
    const applied = Math.min(disk.committed, disk.faults[0]?.after.zxid ?? Infinity) as Zxid;
    const restored = disk.pages.flatMap(entriesOfPage);
    const config = [...restored, ...disk.entries].find((entry) => entry.tag === TAG_CONFIG)?.bytes ?? null;
    const from = disk.checkpoint?.zxid ?? ZXID_NONE;
    peer.applied.length = 0;
    peer.applied.push(...restored, ...disk.entries.filter((entry) => entry.zxid > from && entry.zxid <= applied));
    peer.zab = createZab(
      {
        self: peer.id,
        voters: this.voters,
        timing: this.options.timing ?? TIMING_DEDICATED,
        limits: { ...ZAB_LIMITS_DEFAULT, ...this.options.limits },
        random: createSeededRandom(id * 1000 + this.linksBegun),
      },
      {
        log:
          disk.hardState === null
            ? { kind: "blank" }
            : {
                kind: "open",
                hardState: disk.hardState,
                notes: disk.notes,
                base: disk.base,
                last: disk.last,
                committed: disk.committed,
                checkpoint: disk.checkpoint,
                faults: disk.faults,
                epochEnds: disk.epochEnds,
                droppedTailCount: 0,
              },
        applied,
        config,
      },
    );
    peer.isUp = true;
    peer.role = null;
    peer.pendingStore = null;
  }

  crash(id: number): void {
    const peer = this.peer(id);
    peer.isUp = false;
    peer.pendingStore = null;
    for (const other of this.peers.values()) this.disconnect(id, other.id);
  }

  /** A fresh link between two peers that are up, unless the way is cut. */
  connect(one: number, other: number): void {
    const [a, b] = [this.peer(one), this.peer(other)];
    if (!a.isUp || !b.isUp || this.cut.has(`${one}-${other}`) || this.cut.has(`${other}-${one}`)) return;
    if (this.links.has(`${one}>${other}`)) return;
    this.linksBegun += 1;
    this.links.set(`${one}>${other}`, this.linksBegun);
    this.links.set(`${other}>${one}`, this.linksBegun);
    const link = this.linksBegun;
    const [helloA, helloB] = [a.zab.hello(), b.zab.hello()];
    this.step(a, { kind: "link-opened", link, hello: helloB });
    this.step(b, { kind: "link-opened", link, hello: helloA });
  }

  connectAll(): void {
    for (const one of this.peers.keys())
      for (const other of this.peers.keys()) if (one < other) this.connect(one, other);
  }

  disconnect(one: number, other: number): void {
    const link = this.links.get(`${one}>${other}`);
    if (link === undefined) return;
    this.links.delete(`${one}>${other}`);
    this.links.delete(`${other}>${one}`);
    for (let index = this.frames.length - 1; index >= 0; index--) {
      if (this.frames[index]?.link === link) this.frames.splice(index, 1);
    }
    for (const id of [one, other]) if (this.peer(id).isUp) this.step(this.peer(id), { kind: "link-closed", link });
  }

  cutOff(one: number, other: number): void {
    this.cut.add(`${one}-${other}`);
    this.disconnect(one, other);
  }

  mend(): void {
    this.cut.clear();
    this.connectAll();
  }

  /** Inputs that effects cause wait until all effects of the step before are carried out. */
  step(peer: TestPeer, input: Input): void {
    this.inputs.push([peer, input]);
    if (this.isStepping) return;
    this.isStepping = true;
    for (let next = this.inputs.shift(); next !== undefined; next = this.inputs.shift()) {
      const [stepping, taken] = next;
      if (!stepping.isUp) continue;
      if (taken.kind !== "turn-ended") this.dirty.add(stepping);
      for (const effect of stepping.zab.step(taken)) this.run(stepping, effect);
    }
    this.isStepping = false;
  }

  /** Delivers frames, oldest first, until nothing moves; links that were closed are opened again. */
  settle(stepsMax = 100_000): void {
    for (let steps = 0; steps < stepsMax; steps++) {
      const index = this.frames.findIndex((frame) => !this.held.has(`${frame.from}>${frame.to}`));
      const frame = this.frames[index];
      if (frame !== undefined) {
        this.frames.splice(index, 1);
        this.step(this.peer(frame.to), { kind: "message", link: frame.link, message: frame.message });
      } else if (this.dirty.size === 0) {
        return;
      }
      if (frame === undefined || steps % 3 === 0) this.endTurns();
    }
    throw new Error("the ensemble does not come to rest");
  }

  tick(count = 1): void {
    for (let each = 0; each < count; each++) {
      for (const peer of this.peers.values()) this.step(peer, { kind: "tick" });
      this.connectAll();
      this.settle();
    }
  }

  begin(): this {
    for (const id of this.peers.keys()) this.start(id);
    this.connectAll();
    this.settle();
    this.tick();
    return this;
  }

  leader(): TestPeer | null {
    for (const peer of this.peers.values())
      if (peer.isUp && peer.role?.state === "leading" && peer.role.isServing) return peer;
    return null;
  }

  /** A request of a session of this peer. */
  request(id: number, text: string): void {
    this.step(this.peer(id), { kind: "request", payload: new TextEncoder().encode(text) });
  }

  texts(id: number): string[] {
    return this.peer(id)
      .applied.filter((entry) => entry.tag !== TAG_CONFIG)
      .map((entry) => new TextDecoder().decode(entry.bytes));
  }

  /** The disk of this peer finishes what it has under way. */
  release(id: number): void {
    const peer = this.peer(id);
    const batch = peer.pendingStore;
    if (batch === null) return;
    peer.pendingStore = null;
    peer.disk.write(batch);
    this.step(peer, { kind: "stored" });
  }

  private endTurns(): void {
    for (const peer of this.dirty) {
      this.dirty.delete(peer);
      this.step(peer, { kind: "turn-ended" });
    }
  }

  private run(peer: TestPeer, effect: Effect): void {
    switch (effect.kind) {
      case "send":
        for (const link of effect.links) this.sendOver(peer, link, effect.message);
        break;
      case "close-link":
        for (const other of this.peers.keys()) {
          if (this.links.get(`${peer.id}>${other}`) === effect.link) this.disconnect(peer.id, other);
        }
        break;
      case "store":
        peer.pendingStore = effect.batch;
        if (!peer.holdsDisk) this.release(peer.id);
        break;
      case "read-log":
        this.step(peer, {
          kind: "log-read",
          reading: effect.reading,
          result: peer.disk.read(effect.range.after, effect.range.upTo),
        });
        break;
      case "deliver":
        peer.applied.push(...effect.entries);
        this.step(peer, { kind: "applied", zxid: effect.entries.at(-1)?.zxid ?? ZXID_NONE });
        break;
      case "requests":
        if (peer.zab.nextZxid() !== null) this.step(peer, { kind: "propose", txns: effect.payloads });
        break;
      case "role":
        peer.role = effect.role;
        this.log.push(`${peer.id} ${effect.role.state}${effect.role.isServing ? " serving" : ""} ${effect.role.epoch}`);
        break;
      default:
        this.runOther(peer, effect);
    }
  }

  private runOther(peer: TestPeer, effect: Effect): void {
    const { disk } = peer;
    switch (effect.kind) {
      case "add-pages":
        disk.draft.push(...effect.pages);
        this.step(peer, { kind: "pages-added" });
        break;
      case "drop-pages":
        disk.draft = [];
        break;
      case "open-checkpoint":
        this.step(peer, { kind: "checkpoint-opened", transfer: effect.transfer, checkpoint: disk.checkpoint });
        break;
      case "read-pages":
        this.step(peer, {
          kind: "pages-read",
          transfer: effect.transfer,
          pages: disk.pages.slice(effect.first, effect.first + 1),
        });
        break;
      case "restore":
        peer.applied.length = 0;
        peer.applied.push(...disk.pages.flatMap(entriesOfPage));
        this.step(peer, { kind: "applied", zxid: effect.zxid });
        break;
      default:
        peer.heard.push(effect);
    }
  }

  /** The peer takes a checkpoint of all it has applied, and lets go of the log below. */
  checkpoint(id: number): void {
    const peer = this.peer(id);
    const last = peer.applied.at(-1);
    if (last === undefined) return;
    const pages = peer.applied.map((entry) =>
      new TextEncoder().encode(JSON.stringify([{ ...entry, bytes: [...entry.bytes] }])),
    );
    peer.disk.draft = pages;
    const mark = {
      kind: "full",
      zxid: last.zxid,
      chainHash: last.chainHash,
      digest: "digest",
      pageCount: pages.length,
    } as const;
    this.step(peer, { kind: "checkpoint-taken", mark });
    peer.disk.base = { zxid: last.zxid, chainHash: last.chainHash };
    peer.disk.entries = peer.disk.entries.filter((entry) => entry.zxid > last.zxid);
    this.step(peer, { kind: "purged", base: peer.disk.base });
  }

  private sendOver(peer: TestPeer, link: number, message: Message): void {
    for (const other of this.peers.keys()) {
      if (this.links.get(`${peer.id}>${other}`) === link) {
        this.frames.push({ from: peer.id, to: other as PeerId, link, message });
      }
    }
  }

  private add(id: number): void {
    this.peers.set(id, {
      id: id as PeerId,
      disk: new TestDisk(),
      zab: undefined as unknown as Zab,
      isUp: false,
      holdsDisk: false,
      pendingStore: null,
      role: null,
      applied: [],
      heard: [],
    });
  }
}

function entriesOfPage(page: Uint8Array): LogEntry[] {
  const entries = JSON.parse(new TextDecoder().decode(page)) as LogEntry[];
  return entries.map((entry) => ({ ...entry, bytes: new Uint8Array(entry.bytes) }));
}
