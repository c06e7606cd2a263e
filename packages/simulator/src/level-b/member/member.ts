import type { ZabLimits } from "@coterie/consensus";
import { CoterieError, createSeededRandom, type PeerId } from "@coterie/interface";
import { createPeer, type Peer, type PeerOptions } from "@coterie/peer";
import { SimDisk } from "../../disk/sim-disk.ts";
import type { Dice } from "../../world/dice.ts";
import type { Truth } from "../check/truth.ts";
import type { LevelBWorld } from "../world/level-b-world.ts";
import { ProcessTransport } from "../world/process-transport.ts";
import { SimProcess } from "../world/sim-process.ts";
import { DiskStorage } from "./disk-storage.ts";

/** What belongs to one life of a peer, from its start to its end. */
export interface PeerLife {
  readonly number: number;
  readonly process: SimProcess;
  readonly peer: Peer;
  /** Whether `start` has resolved. */
  isStarted: boolean;
  /** The disk was made to fail in this life: the peer may stop as a unit. */
  isDiskBroken: boolean;
}

const PEER_PORT = 2888;
const CLIENT_PORT = 2181;

export function hostOf(id: number): string {
  return `p${id}`;
}

export function clientAddressOf(id: number): string {
  return `${hostOf(id)}:${CLIENT_PORT}`;
}

/** One place in the ensemble: a disk that stays, and the lives of the peer that come and go on it. */
export class Member {
  readonly id: number;
  readonly isVoter: boolean;
  readonly disk: SimDisk;
  life: PeerLife | null = null;
  lives = 0;
  /** A graceful stop is under way. */
  stopping: Promise<void> | null = null;
  /** Whether it is started again whenever it is down: not while faults decide that. */
  keeping: "by faults" | "up" | "down" = "by faults";
  wallSkewMs = 0;
  private readonly world: LevelBWorld;
  private readonly truth: Truth;
  private readonly dice: Dice;
  private readonly started: (member: Member, life: PeerLife) => void;

  constructor(world: LevelBWorld, truth: Truth, id: number, started: (member: Member, life: PeerLife) => void) {
    this.world = world;
    this.truth = truth;
    this.id = id;
    this.isVoter = id <= world.options.voters;
    this.started = started;
    this.dice = world.dice.fork(`member ${id}`);
    this.disk = new SimDisk(id as PeerId, world, world.options.disk, this.dice.fork("disk"));
  }

  get isUp(): boolean {
    return this.life !== null;
  }

  get isServing(): boolean {
    if (this.life?.isStarted !== true) return false;
    const { state, role } = this.life.peer.status;
    return state === "running" && role.isServing;
  }

  /** Begins a life, unless there is one. */
  start(): void {
    if (this.life !== null || this.keeping === "down") return;
    const { world, id } = this;
    const number = ++this.lives;
    const process = new SimProcess(
      world,
      `${hostOf(id)}.${number}`,
      this.dice.fork(`turns ${number}`),
      world.options.turnMaxUs,
    );
    process.wallSkewMs = this.wallSkewMs;
    const peer = createPeer(this.optionsOf(process, number));
    const life: PeerLife = { number, process, peer, isStarted: false, isDiskBroken: this.disk.failure !== null };
    this.life = life;
    world.say(`${id} starts, life ${number}`);
    peer.on("role", (role) => this.roleChanged(life, role));
    peer.on("fatal", (error) => this.stoppedByItself(life, error));
    peer.start().then(
      () => this.hasStarted(life),
      (error: unknown) => this.stoppedByItself(life, error),
    );
  }

  /** The process is gone, between two of its turns. `isHeard`: the other ends of its connections are told. */
  crash(isHeard: boolean): void {
    const { life, world } = this;
    if (life === null) return;
    this.life = null;
    this.stopping = null;
    life.process.kill();
    if (!isHeard)
      for (const other of world.hosts) if (other !== hostOf(this.id)) world.network.silence(hostOf(this.id), other);
    world.network.crash(hostOf(this.id));
    const outcome = this.disk.crash();
    world.probe(`unsynced write ${outcome}`);
    world.say(`${this.id} crashed, its unsynced write: ${outcome}`);
  }

  /** A graceful stop, as an operator does it. */
  stop(): Promise<void> {
    const { life } = this;
    if (life === null) return Promise.resolve();
    this.stopping ??= this.stopLife(life);
    return this.stopping;
  }

  breakDisk(failure: "error" | "full"): void {
    this.disk.failure ??= failure;
    if (this.life !== null) this.life.isDiskBroken = true;
  }

  private async stopLife(life: PeerLife): Promise<void> {
    this.world.say(`${this.id} is asked to stop`);
    await life.peer.stop();
    if (this.life !== life) return;
    if (life.peer.status.state !== "stopped")
      throw new Error(`peer ${this.id} has stopped, and says ${life.peer.status.state}`);
    this.ended(life, "stopped");
  }

  private hasStarted(life: PeerLife): void {
    if (this.life !== life) return;
    life.isStarted = true;
    this.world.say(`${this.id} has started`);
    this.started(this, life);
  }

  private roleChanged(life: PeerLife, { state, epoch, leader, isServing }: Peer["status"]["role"]): void {
    if (this.life !== life) return;
    this.world.say(`${this.id} is ${state}, epoch ${epoch}, leader ${leader}${isServing ? ", serving" : ""}`);
    if (state === "leading" && isServing) this.truth.leads(this.id, epoch);
  }

  /** The peer has failed as a unit, or not started: right if its disk was broken, and never anything else. */
  private stoppedByItself(life: PeerLife, error: unknown): void {
    if (this.life !== life) return;
    const code = error instanceof CoterieError ? error.code : null;
    // A start that was given up by a stop.
    if (code === "PEER_STOPPED" && this.stopping !== null) return;
    const isOfDisk = code === "STORE_FAILED" || code === "STORE_FULL";
    this.world.say(`${this.id} stops: ${code}`);
    this.world.probe(`stopped by itself: ${code}`);
    if (!isOfDisk || !life.isDiskBroken) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.stack : "";
      const failure = new Error(`peer ${this.id} has stopped by itself: ${String(error)} ${cause}`);
      failure.name = "PeerFailed";
      this.world.fail(failure, "peer");
    }
    // Its storage is closed when `stop` resolves, and not before.
    void this.stop();
  }

  private ended(life: PeerLife, how: string): void {
    if (this.life !== life) return;
    this.life = null;
    this.stopping = null;
    life.process.kill();
    this.world.network.crash(hostOf(this.id));
    this.world.say(`${this.id} has ${how}`);
    if (this.keeping === "up") this.world.after(0, () => this.start());
  }

  private optionsOf(
    process: SimProcess,
    number: number,
  ): PeerOptions & { readonly consensusLimits: Partial<ZabLimits> } {
    const { world, id, disk } = this;
    const { options } = world;
    const ensemble: Record<number, string> = {};
    for (let voter = 1; voter <= options.voters; voter++) ensemble[voter] = `${hostOf(voter)}:${PEER_PORT}`;
    const transport = new ProcessTransport(world.network.transport(hostOf(id)), process);
    const storage = new DiskStorage({
      disk,
      process,
      answerUs: () => this.dice.below(options.disk.readMaxUs),
      after: (delayUs, callback) => world.after(delayUs, callback),
      synced: (batch) => this.truth.synced(id, world.steps, batch, disk.database),
    });
    return {
      id,
      ensemble,
      role: this.isVoter ? "voter" : "observer",
      storage,
      transport,
      // A voter that is alone listens for observers only if it is told to.
      ...(this.isVoter ? { listen: ensemble[id]! } : {}),
      timing: options.timing,
      zookeeper: [{ transport, address: clientAddressOf(id) }],
      // Milliseconds of a session's timeout are drawn in ticks of the ensemble, so the bounds must not change them.
      sessions: { tickMs: options.timing.tickMs, timeoutMinMs: options.timing.tickMs, timeoutMaxMs: 2 ** 20 },
      limits: { checkpointIntervalBytes: options.checkpointIntervalBytes },
      consensusLimits: options.limits,
      clock: process,
      random: createSeededRandom(options.seed).fork(`peer ${id}, life ${number}`),
    };
  }
}
