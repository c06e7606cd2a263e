import type { RoleView, ZabView } from "@coterie/consensus";
import { createSessionTimeoutBounds, type SessionTimeoutBounds } from "@coterie/core";
import { type Clock, CoterieError, formatSessionId, type PeerId, type Random } from "@coterie/interface";
import { createPlatformClock, createPlatformRandom, keepAlive } from "@coterie/platform";
import { callIsolated, createSession, type Session, untilConnected } from "@coterie/session";
import { TypedEmitter } from "tiny-typed-emitter";
import { streamBackup } from "./backup/stream-backup.ts";
import {
  checkBackupOptions,
  checkOpenSessionOptions,
  checkPeerOptions,
  checkPortOptions,
  checkReadyOptions,
} from "./check-peer-options.ts";
import { createEngine, type EngineHost } from "./engine/create-engine.ts";
import { timingOf } from "./engine/timing-of.ts";
import type { EngineHandler } from "./engine/engine.ts";
import type { OpenBackup } from "./engine/store/backups.ts";
import { createIsolatedLogger } from "./isolated-logger.ts";
import { AMNESIA_TEXT } from "./engine/amnesia-text.ts";
import { PEER_LIMITS_DEFAULT } from "./limits.ts";
import { createMeasures } from "./metrics/measures.ts";
import { metricsOf, type Tally } from "./metrics/metrics.ts";
import type { PeerOptions, ZooKeeperPortOptions } from "./options.ts";
import type { BackupOptions, ClientPort, OpenSessionOptions, Peer, PeerEvents, PeerStatus } from "./peer.ts";
import { createServing, type PeerServing } from "./serving/create-serving.ts";
import { createInProcessChannel } from "./session/in-process-channel.ts";
import { factsOf } from "./facts.ts";
import { HOOKS, type PeerHooks } from "./hooks.ts";
import type { ServerFacts } from "./zookeeper-port/words/server-facts.ts";
import { openZooKeeperPort, type ZooKeeperPort } from "./zookeeper-port/zookeeper-port.ts";

const TICK_MS_DEFAULT = 2000;
const SESSION_TIMEOUT_DEFAULT_MS = 10_000;

/**
 * A peer of an ensemble: checks the options and starts nothing.
 *
 * @throws CoterieError BAD_ARGUMENTS, saying what to change.
 */
export function createPeer(options: PeerOptions): Peer {
  return new PeerHandle(options);
}

class PeerHandle extends TypedEmitter<PeerEvents> implements Peer {
  readonly id: number;
  private readonly options: PeerOptions;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly timeouts: SessionTimeoutBounds;
  private readonly host: EngineHost;
  private readonly serving: PeerServing;
  private readonly tally: Tally = {
    stallCount: 0,
    stalledMs: 0,
    roleChangeCount: 0,
    beganMs: 0,
    unavailableSinceMs: null,
    measures: createMeasures(),
  };
  private readonly ports = new Set<ZooKeeperPort>();
  private readonly sessions = new Set<Session>();
  /** Called once with null when the peer serves, or with what has ended it. */
  private readonly waiting = new Set<(failure: CoterieError | null) => void>();
  private readonly facts: ServerFacts;
  private failure: CoterieError | null = null;
  private stopping: Promise<void> | null = null;

  constructor(given: PeerOptions) {
    super();
    checkPeerOptions(given);
    const { logger } = given;
    const options = logger === undefined ? given : { ...given, logger: createIsolatedLogger(logger) };
    this.options = options;
    this.id = options.id;
    this.clock = options.clock ?? createPlatformClock();
    this.random = options.random ?? createPlatformRandom();
    const { tickMs = TICK_MS_DEFAULT, timeoutMinMs, timeoutMaxMs } = options.sessions ?? {};
    this.timeouts = createSessionTimeoutBounds(tickMs, {
      ...(timeoutMinMs === undefined ? {} : { minMs: timeoutMinMs }),
      ...(timeoutMaxMs === undefined ? {} : { maxMs: timeoutMaxMs }),
    });
    const { clock, random } = this;
    const { fsynctime, updatelatency } = this.tally.measures;
    this.host = createEngine({
      ...options,
      clock,
      random,
      stalled: (durationMs) => this.stalled(durationMs),
      synced: (durationMs) => fsynctime.record(durationMs),
    });
    this.serving = createServing(this.host.engine, {
      peerId: options.id as PeerId,
      clock,
      random: random.fork("sessions"),
      timeouts: this.timeouts,
      sessionRequestsMax: options.limits?.sessionRequestsMax ?? PEER_LIMITS_DEFAULT.sessionRequestsMax,
      superDigest: options.superDigest ?? null,
      writeAnswered: (durationMs) => updatelatency.record(durationMs),
      sessionChanged: (kind, id) => this.tell("session", { kind, id: formatSessionId(id) }),
    });
    const { host, serving, timeouts, tally } = this;
    const clientAddresses = (): string[] => [...this.ports].map(({ address }) => address);
    this.facts = factsOf({ host, serving, options, timeouts, tickMs, tally, clock, clientAddresses });
  }

  get [HOOKS](): PeerHooks {
    const { host } = this;
    return {
      crash: (reason) => host.crash(reason),
      expire: (id) => host.expire(id),
      hasSession: (id) => host.engine.machine.session(id) !== undefined,
    };
  }

  get status(): PeerStatus {
    const { host, serving } = this;
    const { lastZxid, committedZxid, appliedZxid, role, hardState }: ZabView = host.engine.view();
    const { sessionCount, znodeCount, watcherCount } = host.engine.machine.statistics;
    return {
      id: this.id,
      state: this.state,
      role,
      clusterId: host.clusterId,
      isAmnesiac: hardState?.isAmnesiac ?? false,
      lastZxid,
      committedZxid,
      appliedZxid,
      sessionCount,
      znodeCount,
      watcherCount,
      connectionCount: serving.connectedCount,
      ports: [...this.ports].map(({ address }) => address),
      peers: host.peers,
    };
  }

  metrics(): Readonly<Record<string, number>> {
    const client_queue_size_bytes = [...this.ports].reduce((bytes, { queueSizeBytes }) => bytes + queueSizeBytes, 0);
    return { ...metricsOf(this.host, this.serving, this.tally, this.clock), client_queue_size_bytes };
  }

  async start({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted();
    const abort = (): void => void this.stop();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      this.tally.beganMs = this.clock.nowMs();
      this.tally.unavailableSinceMs = this.tally.beganMs;
      await this.kept(this.host.start(this.createHandler()));
      for (const port of this.options.zookeeper ?? []) await this.listen(port);
    } catch (error) {
      await this.stop();
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async listen(options: ZooKeeperPortOptions): Promise<ClientPort> {
    checkPortOptions(options);
    this.checkRunning();
    const { logger, limits } = this.options;
    const { syncTicks, tickMs } = timingOf(this.options.timing);
    const port = await openZooKeeperPort(this.serving, {
      ...options,
      clock: this.clock,
      facts: this.facts,
      touch: (id, timeoutMs) => this.host.engine.touch(id, timeoutMs),
      silenceMaxMs: syncTicks * tickMs,
      clientQueueMaxBytes: limits?.clientQueueMaxBytes ?? PEER_LIMITS_DEFAULT.clientQueueMaxBytes,
      ...(logger === undefined ? {} : { logger }),
    });
    if (this.stopping !== null) {
      await port.close();
      this.checkRunning();
    }
    this.ports.add(port);
    const close = async (): Promise<void> => {
      this.ports.delete(port);
      await port.close();
    };
    return { address: port.address, close, [Symbol.asyncDispose]: close };
  }

  async ready(options: { readonly signal?: AbortSignal; readonly deadlineMs?: number } = {}): Promise<void> {
    checkReadyOptions(options);
    const { signal, deadlineMs } = options;
    signal?.throwIfAborted();
    if (this.failure === null && this.host.engine.role.isServing) return;
    this.checkRunning();
    const served = new Promise<void>((resolve, reject) => {
      const timer =
        deadlineMs === undefined ? null : this.clock.setTimer(deadlineMs, () => settle(this.noQuorum(deadlineMs)));
      const abort = (): void => settle(signal?.reason as Error);
      const settle = (failure: Error | null): void => {
        timer?.cancel();
        this.waiting.delete(settle);
        signal?.removeEventListener("abort", abort);
        if (failure === null) resolve();
        // An abort rejects with whatever its reason is.
        else reject(failure);
      };
      this.waiting.add(settle);
      signal?.addEventListener("abort", abort);
    });
    await this.kept(served);
  }

  async openSession(options: OpenSessionOptions = {}): Promise<Session> {
    checkOpenSessionOptions(options);
    this.checkRunning();
    const { sessionTimeoutMs = SESSION_TIMEOUT_DEFAULT_MS, deadlineMs = sessionTimeoutMs, signal, chroot } = options;
    const { clock } = this;
    const { logger } = this.options;
    const channel = createInProcessChannel(this.serving, {
      clock,
      sessionTimeoutMs,
      ...(logger === undefined ? {} : { logger }),
    });
    const session = createSession(channel, { clock, ...(chroot === undefined ? {} : { chroot }) });
    this.sessions.add(session);
    session.on("state", (state) => {
      if (state === "lost" || state === "closed") this.sessions.delete(session);
    });
    await this.kept(untilConnected(session, { clock, deadlineMs, signal, late: () => this.noQuorum(deadlineMs) }));
    return session;
  }

  backup(options: BackupOptions = {}): AsyncGenerator<Uint8Array, void> {
    checkBackupOptions(options);
    this.checkRunning();
    const { bytesPerSecond = Infinity, signal } = options;
    return streamBackup(() => this.beginBackup(), {
      clock: this.clock,
      bytesPerSecond,
      signal,
      kept: (work) => this.kept(work),
    });
  }

  async stop(): Promise<void> {
    this.stopping ??= this.kept(this.stopOnce());
    await this.stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Somebody waits for it. Whoever has given the clock decides what keeps the process alive. */
  private async kept<Value>(work: Promise<Value>): Promise<Value> {
    return this.options.clock === undefined ? keepAlive(work) : work;
  }

  private async stopOnce(): Promise<void> {
    const { host, ports, sessions } = this;
    // What a session has asked for is done before it goes, as long as somebody can do it.
    if (host.engine.role.isServing) await Promise.all([...sessions].map((session) => session.close()));
    // Before leadership is handed over: clients hear answers to what they have asked, and then where not to ask.
    await Promise.all([...ports].map((port) => port.close()));
    await host.stop();
    this.end(new CoterieError("PEER_STOPPED", "the peer was stopped"));
  }

  private async beginBackup(): Promise<OpenBackup> {
    this.checkRunning();
    const { backups } = this.host;
    // It runs as far as `checkRunning` can tell, and has failed in this turn.
    if (backups === null) throw new CoterieError("PEER_STOPPED", "the peer has stopped");
    return backups.begin();
  }

  private createHandler(): EngineHandler {
    const { serving } = this;
    return {
      roleChanged: (role, before) => {
        serving.roleChanged(role, before);
        this.roleChanged(role);
      },
      applied: (applied) => serving.applied(applied),
      requestsRefused: (requests) => serving.requestsRefused(requests),
      confirmed: (ids) => serving.confirmed(ids),
      confirmRefused: (ids) => serving.confirmRefused(ids),
      restored: () => serving.restored(),
      turnEnding: () => serving.turnEnding(),
      turnEnded: () => serving.turnEnded(),
      stopped: (reason) => this.stopped(reason),
    };
  }

  private roleChanged(role: RoleView): void {
    const { tally } = this;
    const { isServing } = role;
    tally.roleChangeCount += 1;
    const nowMs = this.clock.nowMs();
    if (isServing && tally.unavailableSinceMs !== null) {
      tally.measures.unavailable_time.record(nowMs - tally.unavailableSinceMs);
    }
    tally.unavailableSinceMs = isServing ? null : (tally.unavailableSinceMs ?? nowMs);
    if (isServing) for (const settle of this.waiting) settle(null);
    this.tell("role", role);
  }

  private stopped(reason: CoterieError): void {
    const isAsked = reason.code === "PEER_STOPPED";
    const failure = isAsked
      ? reason
      : new CoterieError("PEER_STOPPED", `the peer has stopped: ${reason.message}`, { cause: reason });
    this.serving.stopped(failure);
    if (isAsked) return;
    for (const port of this.ports) void port.close();
    this.end(failure);
    this.tell("fatal", reason);
  }

  private end(failure: CoterieError): void {
    this.failure ??= failure;
    for (const settle of this.waiting) settle(this.failure);
  }

  private stalled(durationMs: number): void {
    this.tally.stallCount += 1;
    this.tally.stalledMs += durationMs;
    this.options.logger?.warn({ durationMs }, `the event loop stood still for ${Math.round(durationMs)} ms`);
    this.tell("stall", durationMs);
  }

  /** Outside of the engine's turn: what a listener does or throws is its own affair. */
  private tell<Event extends keyof PeerEvents>(event: Event, ...values: Parameters<PeerEvents[Event]>): void {
    this.clock.nextTurn(() => {
      const listeners = this.rawListeners(event) as readonly ((...values: Parameters<PeerEvents[Event]>) => unknown)[];
      callIsolated(listeners, this, values);
    });
  }

  /** It is stopping as soon as it is asked to: sessions and ports are closed while the engine still runs. */
  private get state(): PeerStatus["state"] {
    const { state } = this.host;
    return this.stopping !== null && state !== "stopped" ? "stopping" : state;
  }

  private checkRunning(): void {
    const { state } = this;
    if (this.failure !== null) throw this.failure;
    if (state === "running") return;
    const hint = state === "created" || state === "starting" ? "call start first, and await it" : "make a new one";
    throw new CoterieError("PEER_STOPPED", `the peer is ${state}: ${hint}`);
  }

  private noQuorum(deadlineMs: number): CoterieError {
    const { state } = this.host.engine.role;
    const amnesia = this.status.isAmnesiac ? [`AMNESIA: ${AMNESIA_TEXT}`] : [];
    const others = this.host.peers.map(({ id, address, isLinked, lastError }) => {
      return `peer ${id} at ${address}: ${isLinked ? "linked" : (lastError ?? "not reached yet")}`;
    });
    const text = [`no quorum within ${deadlineMs} ms; this peer is ${state}`, ...amnesia, ...others].join("; ");
    return new CoterieError("NO_QUORUM", text);
  }
}
