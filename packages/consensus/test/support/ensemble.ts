import { createSeededRandom, type LogBatch, type LogEntry, type PeerId, ZXID_NONE } from "@coterie/interface";
import {
  createZab,
  type Effect,
  type Input,
  type Message,
  type RoleView,
  TIMING_DEDICATED,
  type Voter,
  type Zab,
  ZAB_LIMITS_DEFAULT,
  type ZabLimits,
  type ZabTiming,
} from "../../src/index.ts";
import { formatEffect } from "./format-effect.ts";
import { textsOf } from "./format-message.ts";
import { entriesOfPage, pageOf, TestDisk } from "./test-disk.ts";

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
  /** 1 unless said. */
  readonly weights?: Readonly<Record<number, number>>;
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
  /** "1>2": frames from 1 to 2 vanish, and no fresh link opens between the two. */
  readonly lost: Set<string> = new Set<string>();
  readonly log: string[] = [];
  private readonly options: EnsembleOptions;
  private readonly links = new Map<string, number>();
  private linksBegun = 0;
  private livesBegun = 0;
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
    return (this.options.voters ?? [1, 2, 3]).map((peer) => ({
      peer: peer as PeerId,
      weight: this.options.weights?.[peer] ?? 1,
      group: 1,
    }));
  }

  start(id: number): void {
    const peer = this.peer(id);
    const { disk } = peer;
    disk.draft = [];
    peer.applied.length = 0;
    peer.applied.push(...disk.appliedEntries());
    this.livesBegun += 1;
    peer.zab = createZab(
      {
        self: peer.id,
        voters: this.voters,
        timing: this.options.timing ?? TIMING_DEDICATED,
        limits: { ...ZAB_LIMITS_DEFAULT, ...this.options.limits },
        random: createSeededRandom(id * 1000 + this.livesBegun),
      },
      { log: disk.recover(), applied: disk.applicable, config: disk.config },
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
    if (this.lost.has(`${one}>${other}`) || this.lost.has(`${other}>${one}`)) return;
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

  /** Ends every cut and loss. A link that has lost frames is no link: it ends, and another one opens. */
  mend(): void {
    for (const way of this.lost) {
      const [from = 0, to = 0] = way.split(">").map(Number);
      this.disconnect(from, to);
    }
    this.lost.clear();
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

  /** Delivers the oldest frames from one peer to another, held or not; a turn ends after them. Gives how many. */
  pass(from: number, to: number, countMax = 1): number {
    let count = 0;
    for (; count < countMax; count++) {
      const index = this.frames.findIndex((frame) => frame.from === from && frame.to === to);
      const [frame] = index < 0 ? [] : this.frames.splice(index, 1);
      if (frame === undefined) break;
      this.step(this.peer(to), { kind: "message", link: frame.link, message: frame.message });
    }
    this.endTurns();
    return count;
  }

  /** The oldest frames that way are gone; the link stays. */
  drop(from: number, to: number, countMax = 1): void {
    for (let count = 0; count < countMax; count++) {
      const index = this.frames.findIndex((frame) => frame.from === from && frame.to === to);
      if (index >= 0) this.frames.splice(index, 1);
    }
  }

  /** A tick of one peer's clock. */
  tickOf(id: number): void {
    this.step(this.peer(id), { kind: "tick" });
    this.endTurns();
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
    return textsOf(this.peer(id).applied);
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

  /** Ends the turn of every peer to which something has happened. */
  endTurns(): void {
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
        this.log.push(`${peer.id}: ${formatEffect(effect, String)}`);
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
      case "stop":
      case "report":
      case "requests-refused":
      case "confirmed":
      case "refused":
        this.log.push(`${peer.id}: ${formatEffect(effect, String)}`);
        peer.heard.push(effect);
        if (effect.kind === "stop") this.crash(peer.id);
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
    const pages = peer.applied.map(pageOf);
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
      if (this.links.get(`${peer.id}>${other}`) === link && !this.lost.has(`${peer.id}>${other}`)) {
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
