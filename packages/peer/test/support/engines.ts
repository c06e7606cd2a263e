import type { ZabLimits, ZabTiming } from "@coterie/consensus";
import { TIMING_DEDICATED } from "@coterie/consensus";
import type { Applied, Outcome } from "@coterie/core";
import { createSeededRandom, type LogStorage, type SessionId } from "@coterie/interface";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { StallingClock } from "./stalling-clock.ts";
import { createEngine, type EngineHost } from "../../src/engine/create-engine.ts";
import type { EngineOptions } from "../../src/engine/engine-options.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { PeerLimits } from "../../src/options.ts";
import type { ClientWrite, PeerRequest } from "../../src/request/peer-request.ts";
import { afterEach } from "vitest";
import { TestHandler } from "./test-handler.ts";

const OPEN_ACL = [{ perms: 31, scheme: "world", id: "anyone" }];
const TICKS_MAX = 2_000;
/** Turns of the real event loop for stores, which work with promises, before a tick of the clock passes. */
const TURNS_PER_TICK = 12;

export interface EnginesOptions {
  readonly voters?: number;
  readonly timing?: ZabTiming;
  readonly consensusLimits?: Partial<ZabLimits>;
  readonly limits?: Partial<PeerLimits>;
}

/** Engines in one process, over one network, with a clock that goes on only while somebody waits for something. */
export class Engines {
  readonly clock = new StallingClock();
  readonly network: MemoryNetwork = createMemoryNetwork({ clock: this.clock });
  readonly timing: ZabTiming;
  readonly ensemble: Record<number, string> = {};
  readonly peers: TestPeer[] = [];
  private readonly options: EnginesOptions;
  private readonly storages = new Map<number, LogStorage>();
  private lives = 0;

  constructor(options: EnginesOptions = {}) {
    this.options = options;
    this.timing = options.timing ?? TIMING_DEDICATED;
    for (let id = 1; id <= (options.voters ?? 3); id++) this.ensemble[id] = addressOf(id);
  }

  storage(id: number): LogStorage {
    let storage = this.storages.get(id);
    if (storage === undefined) this.storages.set(id, (storage = createMemoryLevelStorage()));
    return storage;
  }

  /** A new life of the peer, on the store that it had; not started yet. */
  create(id: number, options: Partial<EngineOptions> = {}): TestPeer {
    this.lives += 1;
    const { timing, clock, network, ensemble } = this;
    const { limits, consensusLimits } = this.options;
    const isAlone = Object.keys(ensemble).length === 1;
    const host = createEngine({
      id,
      ensemble,
      storage: this.storage(id),
      ...(isAlone ? {} : { transport: network.transport(`peer${id}`) }),
      timing,
      clock,
      random: createSeededRandom(this.lives * 100 + id),
      ...(limits === undefined ? {} : { limits }),
      ...(consensusLimits === undefined ? {} : { consensusLimits }),
      ...options,
    });
    const peer = new TestPeer(this, id, host);
    this.peers.push(peer);
    return peer;
  }

  async start(id: number, options: Partial<EngineOptions> = {}): Promise<TestPeer> {
    const peer = this.create(id, options);
    await this.settled(peer.host.start(peer.handler));
    return peer;
  }

  /** All voters, until they serve. */
  async startAll(options: Partial<EngineOptions> = {}): Promise<TestPeer[]> {
    const ids = Object.keys(this.ensemble).map(Number);
    const peers = await Promise.all(ids.map((id) => this.start(id, options)));
    await this.until("all serve", () => peers.every((peer) => peer.isServing));
    return peers;
  }

  get leader(): TestPeer {
    const leader = this.peers.findLast(
      ({ host }) => host.state === "running" && host.engine.role.state === "leading" && host.engine.role.isServing,
    );
    if (leader === undefined) throw new Error("no peer leads");
    return leader;
  }

  /** Lets time pass, tick by tick, until `isMet`. */
  async until(what: string, isMet: () => boolean): Promise<void> {
    for (let tick = 0; tick < TICKS_MAX; tick++) {
      for (let turn = 0; turn < TURNS_PER_TICK; turn++) {
        this.clock.settle();
        if (isMet()) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
      this.clock.advance(this.timing.tickMs);
    }
    throw new Error(`${TICKS_MAX} ticks, and still not: ${what}`);
  }

  /** Lets time pass until the promise is settled, and gives what it gives. */
  async settled<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const note = (): void => {
      isSettled = true;
    };
    promise.then(note, note);
    await this.until("a promise is settled", () => isSettled);
    return promise;
  }

  async pass(ticks: number): Promise<void> {
    let left = ticks * TURNS_PER_TICK;
    await this.until("time has passed", () => left-- <= 0);
  }

  async stopAll(): Promise<void> {
    await this.settled(Promise.all(this.peers.map(({ host }) => host.stop())));
  }
}

/** One engine and what its sessions have asked. */
export class TestPeer {
  readonly host: EngineHost;
  readonly id: number;
  readonly handler = new TestHandler();
  private readonly engines: Engines;
  private tokens = 0;
  private cxids = 0;
  private confirms = 0;

  constructor(engines: Engines, id: number, host: EngineHost) {
    this.engines = engines;
    this.id = id;
    this.host = host;
  }

  get engine(): Engine {
    return this.host.engine;
  }

  get isServing(): boolean {
    return this.host.state === "running" && this.engine.role.isServing;
  }

  /** Hands it in as the engine wants it. */
  request(request: PeerRequest): void {
    this.handler.later(() => this.engine.request(request));
    this.engine.wake();
  }

  async open(timeoutMs = 100_000): Promise<TestSession> {
    const token = -1000 * this.id - ++this.tokens;
    const attachment = this.id * 1000 + this.tokens;
    this.request({ kind: "open", token, attachment, timeoutMs, verifier: Uint8Array.of(1, 2, 3) });
    const { outcome } = await this.appliedOf((applied) => applied.header.cxid === token);
    if (outcome.kind !== "createSession") throw new Error(`the session was not opened: ${outcome.kind}`);
    return { id: outcome.id, attachment };
  }

  async attach(session: TestSession, timeoutMs = 100_000): Promise<{ session: TestSession; outcome: Outcome }> {
    const token = -1000 * this.id - ++this.tokens;
    const attachment = this.id * 1000 + this.tokens;
    this.request({ kind: "attach", token, sessionId: session.id, attachment, timeoutMs, isResumed: false });
    const { outcome } = await this.appliedOf((applied) => applied.header.cxid === token);
    return { session: { id: session.id, attachment }, outcome };
  }

  ask({ id, attachment }: TestSession, write: ClientWrite): number {
    const cxid = ++this.cxids;
    this.request({ kind: "client", sessionId: id, attachment, cxid, identities: [], write });
    return cxid;
  }

  async write(session: TestSession, write: ClientWrite): Promise<Outcome> {
    const cxid = this.ask(session, write);
    const { outcome } = await this.appliedOf(({ header }) => header.sessionId === session.id && header.cxid === cxid);
    return outcome;
  }

  async create(session: TestSession, path: string, data = "", flags = 0): Promise<Outcome> {
    return this.write(session, { kind: "create2", path, data: Buffer.from(data), acl: OPEN_ACL, flags });
  }

  async close(session: TestSession): Promise<Outcome> {
    return this.write(session, { kind: "closeSession", id: session.id });
  }

  confirm(target: "proposed" | "committed"): number {
    const id = ++this.confirms;
    this.handler.later(() => this.engine.confirm(id, target));
    this.engine.wake();
    return id;
  }

  /** What a znode holds at this peer; null if there is none. */
  data(path: string): string | null {
    const answer = this.engine.machine.read(
      { kind: "getData", path, watch: false },
      {
        sessionId: 0n as SessionId,
        identities: [],
        watcher: 0,
      },
    );
    return answer.kind === "getData" ? Buffer.from(answer.data ?? []).toString() : null;
  }

  private async appliedOf(isIt: (applied: Applied) => boolean): Promise<Applied> {
    const { applieds } = this.handler;
    const from = applieds.length;
    const find = (): Applied | undefined => applieds.slice(from).find(isIt);
    await this.engines.until("a request is applied", () => find() !== undefined);
    return find()!;
  }
}

/** For a file of tests: begins engines, which end with the test that they were begun in. */
export function beginsEngines(): (options?: EnginesOptions) => Engines {
  const all: Engines[] = [];
  afterEach(async () => {
    for (const engines of all.splice(0)) await engines.stopAll();
  });
  return (options) => {
    const engines = new Engines(options);
    all.push(engines);
    return engines;
  };
}

export interface TestSession {
  readonly id: SessionId;
  readonly attachment: number;
}

export function addressOf(id: number): string {
  return `peer${id}:2888`;
}
