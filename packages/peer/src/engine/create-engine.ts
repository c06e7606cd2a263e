import {
  createZab,
  decodeEnsembleConfig,
  type RoleView,
  type Voter,
  type Zab,
  ZAB_LIMITS_DEFAULT,
  type ZabTiming,
} from "@coterie/consensus";
import { CoterieError, isPeerId, type PeerId, type RecoveredLog, type SessionId } from "@coterie/interface";
import { HAND_OVER_MAX_MS, PEER_LIMITS_DEFAULT, RECOVERY_SLICE_MAX_MS } from "../limits.ts";
import { PeerLinks, type PeerRecord } from "../link/peer-links.ts";
import type { Logger, PeerLimits } from "../options.ts";
import { AMNESIA_TEXT } from "./amnesia-text.ts";
import { BLANK_ROLE, BLANK_VIEW } from "./blank-view.ts";
import { checkEngineOptions, checkStored } from "./check-options.ts";
import type { EngineOptions } from "./engine-options.ts";
import type { Engine, EngineHandler } from "./engine.ts";
import type { LeaderShell } from "../leader/leader-shell.ts";
import { Run } from "./run.ts";
import { SILENT_LOGGER } from "./silent-logger.ts";
import { recover } from "./state/recover.ts";
import { Replica } from "./state/replica.ts";
import type { Backups } from "./store/backups.ts";
import { warnWhileSlow } from "./store/slow-store.ts";
import { Slices } from "./state/slices.ts";
import { timingOf } from "./timing-of.ts";

/** An engine with its life: one start, one stop, on one store. */
export interface EngineHost {
  /** Before `start` has resolved it is a blank peer's; nothing that is asked then, or behind the end, is answered. */
  readonly engine: Engine;
  readonly state: EngineState;
  /** Of the ensemble; null as long as the peer is blank. */
  readonly clusterId: string | null;
  /** Each other voter, as far as links go. */
  readonly peers: readonly PeerRecord[];
  /** Of the log since the last checkpoint, and of the checkpoint. */
  readonly storedSizes: StoredSizes;
  /** The text of /zookeeper/config; null as long as there is none. */
  readonly configText: string | null;
  /** Null unless the engine runs. */
  readonly backups: Backups | null;
  /** What a leader knows; null at all others. */
  readonly leading: Pick<LeaderShell, "proposalSizes" | "sessionDeadlines"> | null;

  /**
   * Opens the store, recovers, listens, and takes part; `handler` hears of it from then on. Rejects with what the store or
   * the transport says, with BAD_ARGUMENTS, ENSEMBLE_MISMATCH, STORE_FOREIGN, CHECKPOINT_CORRUPT or TXN_CORRUPT, with
   * PEER_STOPPED if `stop` was called meanwhile; then all is closed again, and the handler has heard nothing. Once.
   */
  start(handler: EngineHandler): Promise<void>;

  /**
   * Hands leadership over if there is somebody to take it, in bounded time, then stops: the handler hears `stopped` with
   * PEER_STOPPED, links and store close. Never rejects; works at any time; a second call resolves with the first.
   */
  stop(): Promise<void>;

  /** Fails as a unit, for `reason`, if it runs. */
  crash(reason: CoterieError): void;

  /** Proposes the end of a session. False if this peer does not lead. */
  expire(id: SessionId): boolean;
}

export interface StoredSizes {
  readonly dataSizeBytes: number;
  readonly logSizeBytes: number;
}

/** "stopped" also after a failure, of which the handler's `stopped` says the reason: anything but PEER_STOPPED. */
export type EngineState = "created" | "starting" | "running" | "stopping" | "stopped";

/** @throws CoterieError BAD_ARGUMENTS for options that do not go together; the message says what to change. */
export function createEngine(options: EngineOptions): EngineHost {
  return new Host(options);
}

class Host implements EngineHost {
  readonly engine: Engine;
  state: EngineState = "created";
  private readonly options: EngineOptions;
  private readonly self: PeerId;
  private readonly voters: readonly Voter[];
  private readonly timing: ZabTiming;
  private readonly limits: PeerLimits;
  private readonly logger: Logger;
  private readonly replica: Replica;
  private run: Run | null = null;
  private links: PeerLinks | null = null;
  private starting: Promise<void> | null = null;
  private stopping: Promise<void> | null = null;
  private closing: Promise<void> | null = null;
  private wasStopAsked = false;
  private isStoreOpen = false;

  constructor(options: EngineOptions) {
    checkEngineOptions(options);
    this.options = options;
    this.self = options.id as PeerId;
    this.voters = votersOf(options.ensemble);
    this.timing = timingOf(options.timing);
    this.limits = { ...PEER_LIMITS_DEFAULT, ...options.limits };
    this.logger = options.logger ?? SILENT_LOGGER;
    const random = options.random.fork("path-hash");
    this.replica = new Replica({
      ...options.machine,
      hashKey: { k0: random.uint32(), k1: random.uint32() },
      extendedTypesEnabled: options.extendedTypesEnabled ?? true,
      enforceQuota: options.enforceQuota ?? false,
    });
    this.engine = this.createFacade();
  }

  get clusterId(): string | null {
    return this.run?.view().hardState?.clusterId ?? null;
  }

  get storedSizes(): StoredSizes {
    const { checkpointSizeBytes = 0, logSizeBytes = 0 } = this.run?.parts.replica ?? {};
    return { dataSizeBytes: checkpointSizeBytes, logSizeBytes };
  }

  get configText(): string | null {
    return this.run?.parts.replica.configText() ?? null;
  }

  get backups(): Backups | null {
    return this.run?.isEnded === false ? this.run.store.backups : null;
  }

  get leading(): LeaderShell | null {
    return this.run?.leader ?? null;
  }

  get peers(): readonly PeerRecord[] {
    return this.links?.records ?? [];
  }

  async start(handler: EngineHandler): Promise<void> {
    if (this.state !== "created") throw new CoterieError("PEER_STOPPED", "an engine is started once");
    this.state = "starting";
    this.starting = this.startWith(handler);
    await this.starting;
  }

  async stop(): Promise<void> {
    this.stopping ??= this.stopOnce();
    await this.stopping;
  }

  crash(reason: CoterieError): void {
    if (this.state === "running") this.run?.fail(reason);
  }

  expire(id: SessionId): boolean {
    const { run, leading } = this;
    if (run === null || leading === null) return false;
    leading.expireNow(id);
    run.wake();
    return true;
  }

  private async startWith(handler: EngineHandler): Promise<void> {
    try {
      const { storage } = this.options;
      const { clock } = this.options;
      const found = await warnWhileSlow(clock, this.logger, "opening the store", storage.open());
      this.isStoreOpen = true;
      this.checkStarting();
      checkStored(found, this.self);
      if (found.kind === "open" && found.hardState.isAmnesiac) this.logger.warn({ code: "AMNESIA" }, AMNESIA_TEXT);
      const slices = new Slices(clock, RECOVERY_SLICE_MAX_MS, () => this.checkStarting());
      const config = await recover(storage, found, this.replica, slices);
      const run = this.createRun(handler, found, config);
      this.run = run;
      await this.links?.listen();
      this.checkStarting();
      this.state = "running";
      run.begin();
    } catch (error) {
      this.run?.end();
      this.run = null;
      await this.close("abort");
      this.state = "stopped";
      throw error;
    }
  }

  private checkStarting(): void {
    if (this.wasStopAsked) throw new CoterieError("PEER_STOPPED", "the peer was stopped while it started");
  }

  private createRun(handler: EngineHandler, found: RecoveredLog, config: Uint8Array | null): Run {
    const { timing, limits, logger, self, voters, replica } = this;
    const { clock, random, storage, stalled, synced, consensusLimits } = this.options;
    checkVoterSet(voters, config);
    const zab = createZab(
      { self, voters, timing, limits: { ...ZAB_LIMITS_DEFAULT, ...consensusLimits }, random: random.fork("consensus") },
      { log: found, applied: replica.position.zxid, config },
    );
    this.links = this.createLinks(zab);
    return new Run({
      self,
      zab,
      replica,
      storage,
      links: this.links,
      handler,
      clock,
      timing,
      limits,
      logger,
      stalled: (durationMs) => stalled?.(durationMs),
      synced: (durationMs) => synced?.(durationMs),
      failed: (reason) => this.fail(handler, reason),
    });
  }

  private createLinks(zab: Zab): PeerLinks | null {
    const { transport, ensemble, listen, clock, random, role, observerHosts = [] } = this.options;
    if (transport === undefined) return null;
    const { self, timing, logger, limits } = this;
    const addresses = new Map(this.voters.map(({ peer }) => [peer, ensemble[peer]!]));
    const isAlone = role !== "observer" && addresses.size === 1;
    return new PeerLinks(
      {
        self,
        addresses,
        observerHosts,
        // Observers may still come to a voter that is alone.
        listen: listen ?? (isAlone ? null : (addresses.get(self) ?? null)),
        transport,
        timing,
        clock,
        random: random.fork("links"),
        logger,
        queueMaxBytes: limits.linkQueueMaxBytes,
        hello: () => zab.hello(),
      },
      {
        opened: (link, hello) => this.run?.arrive({ kind: "link-opened", link, hello }),
        received: (link, message) => this.run?.arrive({ kind: "message", link, message }),
        closed: (link) => this.run?.arrive({ kind: "link-closed", link }),
        failed: (error) => this.run?.fail(error),
      },
    );
  }

  private async stopOnce(): Promise<void> {
    this.wasStopAsked = true;
    if (this.state === "starting") await this.starting?.catch(() => undefined);
    const { run } = this;
    if (run === null || this.state !== "running") {
      await this.closing;
      this.state = "stopped";
      return;
    }
    this.state = "stopping";
    await this.handOver(run);
    if (!run.isEnded) {
      run.end();
      this.tell(run.parts.handler, new CoterieError("PEER_STOPPED", "the peer was stopped"));
      await this.close("stop");
    }
    await this.closing;
    this.state = "stopped";
  }

  /** A failure: the whole peer stops as a unit (R5), and nobody waits for that but `stop`. */
  private fail(handler: EngineHandler, reason: CoterieError): void {
    this.logger.error({ code: reason.code, error: reason }, `the peer stops: ${reason.message}`);
    this.state = "stopped";
    void this.close("abort");
    this.tell(handler, reason);
  }

  private tell(handler: EngineHandler, reason: CoterieError): void {
    try {
      handler.stopped(reason);
    } catch (error) {
      this.logger.error({ error }, "what serves sessions has failed as the peer stopped");
    }
  }

  /** Never rejects. What the store has under way is waited for. */
  private async close(how: "stop" | "abort"): Promise<void> {
    this.closing ??= this.closeOnce(how);
    await this.closing;
  }

  private async closeOnce(how: "stop" | "abort"): Promise<void> {
    await (how === "stop" ? this.links?.stop() : this.links?.abort());
    // One that could not be opened may be open elsewhere.
    if (this.isStoreOpen) await this.options.storage.close();
  }

  /** Until another peer leads, or all that was asked of this one is applied where nobody else can. */
  private async handOver(run: Run): Promise<void> {
    if (run.role.state !== "leading") return;
    const { clock } = this.options;
    const hasHeir = this.canElect() && run.view().learners.some(({ isCounted }) => isCounted);
    let isOver = false;
    const timer = clock.setTimer(HAND_OVER_MAX_MS, () => {
      isOver = true;
      run.wake();
    });
    if (hasHeir) run.arrive({ kind: "hand-over", target: null });
    await run.until(() => isOver || (hasHeir ? hasOtherLeader(run) || !this.canElect() : isAtRest(run)));
    timer.cancel();
  }

  /** Whether the others, as far as links go, are a quorum without this peer. */
  private canElect(): boolean {
    return this.peers.filter(({ isLinked }) => isLinked).length * 2 > this.voters.length;
  }

  private createFacade(): Engine {
    const current = (): Run | null => (this.run?.isEnded === false ? this.run : null);
    const { replica } = this;
    const role = (): RoleView => this.run?.role ?? BLANK_ROLE;
    return {
      get machine() {
        return replica.machine;
      },
      get role() {
        return role();
      },
      view: () => this.run?.view() ?? BLANK_VIEW,
      wake: () => current()?.wake(),
      request: (request) => current()?.request(request),
      touch: (id, timeoutMs) => current()?.touch(id, timeoutMs),
      confirm: (id, target) => current()?.confirm(id, target),
    };
  }
}

function hasOtherLeader({ role }: Run): boolean {
  return role.state === "following" && role.isServing;
}

function isAtRest(run: Run): boolean {
  const { lastZxid, appliedZxid } = run.view();
  return (run.leader?.queuedCount ?? 0) === 0 && lastZxid === appliedZxid;
}

function votersOf(ensemble: EngineOptions["ensemble"]): Voter[] {
  return Object.keys(ensemble)
    .map(Number)
    .filter(isPeerId)
    .sort((one, other) => one - other)
    .map((peer) => ({ peer, weight: 1, group: 1, address: ensemble[peer]! }));
}

/** Who votes stands in the log: options that say otherwise are a mistake, or of another ensemble. */
function checkVoterSet(voters: readonly Voter[], config: Uint8Array | null): void {
  if (config === null) return;
  const ids = (of: readonly Voter[]): string => of.map(({ peer }) => peer).join(", ");
  const logged = ids(decodeEnsembleConfig(config).voters);
  const given = ids(voters);
  if (logged === given) return;
  const advice =
    "name those that the cluster has (they cannot be changed yet), or found another cluster on empty stores";
  throw new CoterieError(
    "ENSEMBLE_MISMATCH",
    `the cluster's voters are ${logged}; the options name ${given}: ${advice}`,
  );
}
