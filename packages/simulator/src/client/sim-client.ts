import type { SessionId, Zxid } from "@coterie/interface";
import type { Call, OperationEnd, WatchNotice } from "../history/operation.ts";
import type { Dice } from "../world/dice.ts";
import type { EventQueue, EventTarget, SimEvent } from "../world/event-queue.ts";
import type { SimOptions } from "../world/options.ts";
import { ClientConnection, type ConnectionPeer } from "./client-connection.ts";
import { isWriteCall, type PeerMessage, type SimOperation } from "./client-message.ts";
import { Workload } from "./workload.ts";

const ACT = 0;

export interface ClientHost {
  readonly nowUs: number;
  readonly queue: EventQueue;
  readonly options: SimOptions;
  /** A client waits at least so long from one operation to the next; 0 for no such rule. */
  readonly paceUs: number;
  /** Those that clients may turn to. */
  servers(): readonly ConnectionPeer[];
  invoke(operation: Omit<SimOperation, "id">): SimOperation;
  noticed(notice: WatchNotice): void;
  ended(operation: SimOperation): void;
}

/** A client: one session at a time, over one connection at a time, to whichever peer takes it. */
export class SimClient implements EventTarget {
  readonly client: number;
  connection: ClientConnection | null = null;
  /** Set in the liveness phase: one more write, until it has succeeded. */
  isFinishing = false;
  isFinished = false;
  /** It has stopped for good. */
  isGone = false;
  private readonly host: ClientHost;
  private readonly dice: Dice;
  private readonly workload: Workload;
  private isConnected = false;
  /** When it was told so, or else when it began to connect. */
  private connectedAtUs = 0;
  private retryAtUs = 0;
  /** Null if it knows of none. */
  sessionId: SessionId | null = null;
  private sessions = 0;
  private connections = 0;
  /** Of replies only, as a client of ZooKeeper keeps it: of two events of one txn, the second may be lost. */
  private lastZxid = 0 as Zxid;
  /** Paths with a data watch of this session that has not fired. */
  private readonly watches = new Set<string>();
  private lastReply = -1;
  private issuedAtUs = -Infinity;
  private inFlight: SimOperation[] = [];

  constructor(client: number, host: ClientHost, dice: Dice) {
    this.client = client;
    this.host = host;
    this.dice = dice;
    this.workload = new Workload(host.options.workload, dice, client);
  }

  begin(): void {
    this.actLater();
  }

  get inFlightCount(): number {
    return this.inFlight.length;
  }

  /** For how long it has been connected and has been saying something whenever it thought about it; 0 for not. */
  get heardForUs(): number {
    const isClosing = this.inFlight.some(({ call }) => call.kind === "close-session");
    if (this.isGone || !this.isConnected || isClosing || this.connection?.isBroken !== false) return 0;
    return this.host.nowUs - this.connectedAtUs;
  }

  handle(event: SimEvent): void {
    if (event.kind !== ACT || this.isGone) return;
    this.act();
    this.actLater();
  }

  /** Stops for good. `isSilent`: nobody is told, and its peer hears no more of it. */
  leave(isSilent: boolean): void {
    this.isGone = true;
    if (!isSilent) this.connection?.break();
    this.disconnected();
  }

  heard(connection: ClientConnection, message: PeerMessage): void {
    if (connection !== this.connection) return;
    switch (message.kind) {
      case "connected":
        this.isConnected = true;
        this.connectedAtUs = this.host.nowUs;
        return this.setWatches();
      case "reply":
        return this.replied(message.operation, message.end);
      case "notice": {
        const { path, event, zxid } = message;
        const { client, sessions: session, connections, lastReply: afterOperation } = this;
        const at = this.host.nowUs;
        this.watches.delete(path);
        return this.host.noticed({ client, session, connection: connections, at, path, event, zxid, afterOperation });
      }
      case "closed":
        if (message.isExpired) this.forgetSession();
        // Whoever is turned away waits, as clients do, so that a world whose peers do not serve is not full of attempts.
        if (!this.isConnected) this.retryAtUs = this.host.nowUs + this.host.options.timing.tickMs * 1000;
        return this.disconnected();
    }
  }

  private act(): void {
    const { connection } = this;
    if (connection === null) return this.connect();
    const patienceUs = this.timeoutMs * 1000;
    const oldest = this.inFlight[0]?.invokedAt ?? (this.isConnected ? Infinity : this.connectedAtUs);
    if (this.host.nowUs - oldest > patienceUs) return this.dice.chance(0.5) ? connection.break() : connection.giveUp();
    if (!this.isConnected) return;
    const { paceUs } = this.host;
    if (this.isFinished || (paceUs > 0 && !this.isFinishing && this.host.nowUs - this.issuedAtUs < paceUs))
      return this.ping();
    if (this.inFlight.some(({ call }) => call.kind === "close-session")) return;
    const isOneByOne = this.isFinishing || paceUs > 0;
    const room = isOneByOne ? 1 : this.host.options.workload.pipelineMax;
    if (this.inFlight.length >= room) return this.ping();
    const count = isOneByOne ? 1 : 1 + this.dice.below(room - this.inFlight.length);
    for (let index = 0; index < count; index++) {
      const call = this.isFinishing ? this.workload.last() : this.workload.next();
      this.issue(call);
      if (call.kind === "close-session") return;
    }
  }

  private get timeoutMs(): number {
    const { workload, timing } = this.host.options;
    return workload.sessionTimeoutTicks * timing.tickMs;
  }

  private connect(): void {
    const servers = this.host.servers();
    if (servers.length === 0 || this.host.nowUs < this.retryAtUs) return;
    const { workload } = this.host.options;
    const delayUs = workload.clientDelayMaxUs === 0 ? 0 : this.dice.below(workload.clientDelayMaxUs);
    const connection = new ClientConnection(this.host, this, this.dice.pick(servers), ++this.connections, delayUs);
    this.connection = connection;
    this.isConnected = false;
    this.connectedAtUs = this.host.nowUs;
    this.lastReply = -1;
    const { sessionId, lastZxid, timeoutMs } = this;
    const opening = sessionId === null ? this.open() : null;
    connection.toPeer({ kind: "client-connect", connection, sessionId, opening, lastZxid, timeoutMs });
  }

  /** The first request on a new connection, if there is anything to ask for. */
  private setWatches(): void {
    if (this.sessionId === null || this.watches.size === 0) return;
    this.issue({ kind: "set-watches", paths: [...this.watches], relativeZxid: this.lastZxid });
  }

  private forgetSession(): void {
    this.sessionId = null;
    this.watches.clear();
  }

  private ping(): void {
    const { connection } = this;
    if (connection !== null) connection.toPeer({ kind: "client-ping", connection });
  }

  private open(): SimOperation {
    this.sessions++;
    return this.invoke({ kind: "open-session" });
  }

  private issue(call: Call): void {
    const connection = this.connection!;
    this.issuedAtUs = this.host.nowUs;
    connection.toPeer({ kind: "client-request", connection, operation: this.invoke(call) });
  }

  private invoke(call: Call): SimOperation {
    const operation = this.host.invoke({
      client: this.client,
      session: this.sessions,
      connection: this.connections,
      call,
      invokedAt: this.host.nowUs,
      end: null,
    });
    this.inFlight.push(operation);
    return operation;
  }

  private replied(operation: SimOperation, end: Omit<OperationEnd, "at">): void {
    this.inFlight = this.inFlight.filter((other) => other !== operation);
    this.finish(operation, { ...end, at: this.host.nowUs });
    const { call } = operation;
    if (end.kind === "ok" || end.kind === "failed") {
      this.lastReply = operation.id;
      this.lastZxid = Math.max(this.lastZxid, end.zxid) as Zxid;
    }
    this.learn(call, end);
    if (end.code === "SESSION_EXPIRED" || (call.kind === "close-session" && end.kind === "ok")) {
      this.forgetSession();
      this.connection?.break();
    }
    if (this.isFinishing && end.kind === "ok" && call.kind === "create") this.isFinished = true;
  }

  private learn(call: Call, end: Omit<OperationEnd, "at">): void {
    const { result } = end;
    if (result?.kind === "session") this.sessionId = BigInt.asIntN(64, BigInt(result.sessionId)) as SessionId;
    if (!("path" in call)) return;
    if (call.kind === "get" && call.watch && end.kind === "ok") this.watches.add(call.path);
    if (result?.kind === "stat" || result?.kind === "data") this.workload.sawVersion(call.path, result.version);
    if (result?.kind === "created" && call.path.length < result.path.length) this.workload.created(result.path);
    else if (result?.kind === "created") this.workload.sawVersion(call.path, 0);
    if (end.kind === "failed" && end.code === "NO_NODE") this.workload.missing(call.path);
    if (end.kind === "refused" || end.kind === "unknown") this.workload.missing(call.path);
  }

  /** What has no answer: a write may have taken effect, a read has none. */
  private disconnected(): void {
    this.connection = null;
    this.isConnected = false;
    const { inFlight } = this;
    this.inFlight = [];
    for (const operation of inFlight) {
      const kind = isWriteCall(operation.call) ? "unknown" : "refused";
      const code = "CONNECTION_LOSS";
      this.finish(operation, { at: this.host.nowUs, kind, code, zxid: 0 as Zxid, result: null });
      if ("path" in operation.call) this.workload.missing(operation.call.path);
    }
  }

  private finish(operation: SimOperation, end: OperationEnd): void {
    operation.end = end;
    this.host.ended(operation);
  }

  private actLater(): void {
    this.host.queue.push(
      this.host.nowUs + 1 + this.dice.below(this.host.options.workload.thinkMaxUs),
      this,
      ACT,
      null,
      null,
    );
  }
}
