import type { RoleView, Voter } from "@coterie/consensus";
import { createStateMachine } from "@coterie/core";
import {
  createSeededRandom,
  type PeerId,
  SESSION_NONE,
  type SessionId,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import type { ClientConnection, ConnectionPeer } from "../client/client-connection.ts";
import type { SimOperation } from "../client/client-message.ts";
import { SimClient } from "../client/sim-client.ts";
import { SimDisk } from "../disk/sim-disk.ts";
import type { CommittedTxn, OperationEnd, WatchNotice } from "../history/operation.ts";
import type { Invariant } from "../invariants/invariant.ts";
import { Network } from "../network/network.ts";
import type { Observation } from "../observation.ts";
import type { PeerHost } from "../peer/peer-host.ts";
import { RequestBook } from "../peer/request-book.ts";
import { SimPeer } from "../peer/sim-peer.ts";
import { Dice } from "./dice.ts";
import { EventQueue, type SimEvent } from "./event-queue.ts";
import { Calm } from "./calm.ts";
import type { SimOptions } from "./options.ts";
import { probeOf } from "./probe-of.ts";
import { Trace } from "./trace.ts";

/** What has gone wrong, first. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly where: string;
  readonly stack: string;
  readonly atMs: number;
  readonly step: number;
}

/** An ensemble, its clients, their network, disks and clock, on one thread. */
export class World implements PeerHost {
  readonly options: SimOptions;
  readonly dice: Dice;
  readonly queue: EventQueue = new EventQueue();
  readonly trace: Trace;
  readonly network: Network;
  readonly calm: Calm = new Calm();
  readonly book: RequestBook = new RequestBook();
  readonly voters: readonly Voter[];
  readonly peers: SimPeer[] = [];
  readonly clients: SimClient[] = [];
  readonly operations: SimOperation[] = [];
  readonly notices: WatchNotice[] = [];
  readonly txns: CommittedTxn[] = [];
  readonly probes: Map<string, number> = new Map();
  failure: Failure | null = null;
  nowUs = 0;
  steps = 0;
  /** Peers that clients turn to: all, unless the liveness phase says otherwise. */
  served: readonly SimPeer[] = [];
  paceUs = 0;
  private readonly invariants: readonly Invariant[];
  private readonly configTxns = new Map<string, Uint8Array>();
  private readonly auditDice: Dice;
  private lives = 0;

  constructor(options: SimOptions, invariants: readonly Invariant[], isReadable: boolean) {
    this.options = options;
    this.invariants = invariants;
    this.dice = new Dice(createSeededRandom(options.seed).fork("world"));
    this.auditDice = this.dice.fork("audit-peers");
    this.trace = new Trace(isReadable);
    this.network = new Network(this, options.network, this.dice.fork("network"));
    this.voters = Array.from({ length: options.voters }, (_, index) => ({
      peer: (index + 1) as PeerId,
      weight: 1,
      group: 1,
    }));
    const count = options.voters + options.observers;
    for (let id = 1; id <= count; id++) this.addPeer(id as PeerId);
    this.served = this.peers;
    for (let client = 0; client < options.clients; client++) {
      this.clients.push(new SimClient(client, this, this.dice.fork(`client-${client}`)));
    }
  }

  begin(): void {
    for (const peer of this.peers) peer.startIn(this.dice.below(this.options.peer.startMaxUs));
    for (const client of this.clients) client.begin();
  }

  get quorum(): number {
    return Math.floor(this.options.voters / 2) + 1;
  }

  isVoter(peer: SimPeer): boolean {
    return peer.id <= this.options.voters;
  }

  /** Handles the next event; false if there is none, or something has gone wrong. */
  runStep(): boolean {
    if (this.failure !== null) return false;
    const event = this.queue.pop();
    if (event === undefined) return false;
    this.nowUs = event.atUs;
    this.steps++;
    this.trace.mix(event.atUs);
    this.trace.mix(event.kind);
    this.handle(event);
    return this.failure === null;
  }

  /** What is too dear for every step: the invariants' audits, and the digest of one peer's state, made anew. */
  audit(): void {
    try {
      for (const invariant of this.invariants) invariant.audit?.();
      const running = this.peers.filter(({ isUp }) => isUp);
      if (running.length > 0) this.auditDice.pick(running).run!.auditState();
    } catch (error) {
      this.fail(error, "audit");
    }
  }

  observe(observation: Observation): void {
    for (const invariant of this.invariants) invariant.observe(observation);
    const probe = probeOf(observation);
    if (probe !== null) this.probe(probe);
    const { kind } = observation;
    if (kind === "role" || kind === "started" || kind === "ended") this.calm.disturb(this.nowUs);
  }

  disturbed(untilUs: number): void {
    this.calm.disturb(untilUs);
  }

  keptUs(sessionId: SessionId, leader: RoleView): number {
    const holder = this.clients.find((client) => client.sessionId === sessionId);
    const peer = this.peers.find(({ id }) => id === holder?.connection?.peer.id);
    const role = peer?.run?.role;
    if (holder === undefined || role?.isServing !== true) return 0;
    if (role.epoch !== leader.epoch || role.leader !== leader.leader) return 0;
    return Math.min(holder.heardForUs, this.calm.lastsUs(this.nowUs));
  }

  probe(name: string): void {
    this.probes.set(name, (this.probes.get(name) ?? 0) + 1);
  }

  fail(error: unknown, where: string): void {
    if (this.failure !== null) return;
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    this.failure = { name, message, where, stack: stack ?? "", atMs: this.nowUs / 1000, step: this.steps };
    if (this.trace.isReadable) this.trace.lastLine(this.nowUs, `FAILURE in ${where}: ${message}`);
  }

  committed(txn: CommittedTxn): void {
    this.txns.push(txn);
  }

  lastCommittedZxid(): number {
    return this.txns.at(-1)?.zxid ?? 0;
  }

  /** A scratch machine encodes it: `prepare` is the only way to a txn's bytes. */
  configTxn(config: Uint8Array): Uint8Array {
    const key = config.join(",");
    const known = this.configTxns.get(key);
    if (known !== undefined) return known;
    const context = { zxid: 1 as Zxid, timeMs: 0 as WallTimeMs, sessionId: SESSION_NONE, cxid: -1, identities: [] };
    const bytes = createStateMachine().prepare({ kind: "config", data: config }, context).slice();
    this.configTxns.set(key, bytes);
    return bytes;
  }

  servers(): readonly ConnectionPeer[] {
    return this.served;
  }

  invoke(operation: Omit<SimOperation, "id">): SimOperation {
    const invoked = { ...operation, id: this.operations.length };
    this.operations.push(invoked);
    return invoked;
  }

  noticed(notice: WatchNotice): void {
    this.notices.push(notice);
  }

  ended({ id, client, call, end }: SimOperation): void {
    this.trace.mix(id);
    if (end !== null) this.mixEnd(end);
    if (end?.kind === "unknown" && call.kind !== "open-session") this.probe("write with unknown outcome");
    if (!this.trace.isReadable) return;
    const said = `${end?.kind} ${end?.code ?? ""} at ${end?.zxid}`;
    this.trace.line(this.nowUs, `client ${client}: operation ${id} ${JSON.stringify(call)}: ${said}`);
  }

  openConnections(): readonly ClientConnection[] {
    return this.clients.flatMap(({ connection }) => (connection === null ? [] : [connection]));
  }

  private mixEnd({ kind, code, zxid, result }: OperationEnd): void {
    const { trace } = this;
    trace.mixText(code ?? kind);
    trace.mix(zxid);
    if (result?.kind === "data") trace.mixText(result.data);
    else if (result?.kind === "created") trace.mixText(result.path);
    else if (result?.kind === "stat") trace.mix(result.version);
    else if (result?.kind === "children") for (const name of result.names) trace.mixText(name);
  }

  private addPeer(id: PeerId): void {
    const disk = new SimDisk(id, this, this.options.disk, this.dice.fork(`disk-${id}`));
    const peer = new SimPeer(id, this, disk, this.dice.fork(`peer-${id}`), () => ++this.lives);
    const { voters } = this.options;
    // Observers have nothing to say to each other.
    this.network.addPeer(peer, (other) => id <= voters || other.id <= voters);
    this.peers.push(peer);
  }

  private handle(event: SimEvent): void {
    try {
      event.target.handle(event);
    } catch (error) {
      this.fail(error, event.target.constructor.name);
    }
  }
}
