import type { Hello, Message } from "@coterie/consensus";
import { CoterieError, type PeerId, type RecoveredLog } from "@coterie/interface";
import type { ConnectionPeer } from "../client/client-connection.ts";
import type { ClientMessage } from "../client/client-message.ts";
import type { SimDisk } from "../disk/sim-disk.ts";
import type { NetworkPeer } from "../network/wire.ts";
import type { Dice } from "../world/dice.ts";
import type { EventTarget, SimEvent } from "../world/event-queue.ts";
import { Life, type LifeOwner } from "./life.ts";
import type { PeerHost } from "./peer-host.ts";

const START = 0;
const START_RETRIES_TICKS = 20;

/** One member over all its lives: the machine that it runs on. */
export class SimPeer implements EventTarget, NetworkPeer, ConnectionPeer, LifeOwner {
  readonly id: PeerId;
  readonly disk: SimDisk;
  clockRate = 1;
  wallOffsetMs = 0;
  run: Life | null = null;
  /** Ascends over all peers of the world. */
  life = 0;
  isStarting = false;
  /** Not to be started again by itself. */
  isHeldDown = false;
  private isSilentNext = false;
  private readonly host: PeerHost;
  private readonly dice: Dice;
  private readonly nextLife: () => number;

  constructor(id: PeerId, host: PeerHost, disk: SimDisk, dice: Dice, nextLife: () => number) {
    this.id = id;
    this.host = host;
    this.disk = disk;
    this.dice = dice;
    this.nextLife = nextLife;
  }

  get isUp(): boolean {
    return this.run !== null;
  }

  get stalledUntilUs(): number {
    return this.run?.stalledUntilUs ?? 0;
  }

  startIn(afterUs: number): void {
    if (this.isUp || this.isStarting) return;
    this.isStarting = true;
    this.host.queue.push(this.host.nowUs + afterUs, this, START, null, null);
  }

  crash(isSilent: boolean): void {
    this.isSilentNext = isSilent;
    this.run?.end("crashed");
  }

  hello(): Hello {
    return this.run!.zab.hello();
  }

  linkOpened(link: number, hello: Hello): void {
    this.run?.linkOpened(link, hello);
  }

  linkClosed(link: number): void {
    this.run?.linkClosed(link);
  }

  messageReceived(link: number, message: Message): void {
    this.run?.messageReceived(link, message);
  }

  clientMessage(message: ClientMessage): void {
    this.run?.arrive(message);
  }

  lifeEnded(life: Life, cause: "crashed" | "stopped"): void {
    this.run = null;
    const { host, id, disk } = this;
    const base = disk.database.base.zxid;
    const outcome = disk.crash();
    if (outcome !== "none") host.probe(`unsynced write ${outcome}`);
    host.observe({ kind: "ended", peer: id, life: life.number, cause });
    if (disk.database.base.zxid < base) {
      host.probe("purged entries are back");
      host.observe({ kind: "disk-changed", peer: id, isNoticeable: true, disk: disk.image });
    }
    if (host.trace.isReadable) host.trace.line(host.nowUs, `${id} ${cause}, its unsynced write: ${outcome}`);
    host.network.peerEnded(this, this.isSilentNext);
    this.isSilentNext = false;
    if (!this.isHeldDown) this.startIn(this.dice.below(host.options.peer.startMaxUs * 2));
  }

  handle(event: SimEvent): void {
    if (event.kind !== START || this.isUp) return;
    this.isStarting = false;
    if (this.isHeldDown) return;
    const found = this.open();
    if (found === null) return;
    this.begin(found);
  }

  /** Null if the disk cannot be opened as it is: it is tried again, as an operator would. */
  private open(): RecoveredLog | null {
    const { host, disk } = this;
    try {
      const found = disk.inspect();
      // Without its checkpoint a peer has no state to start from: an operator decides what becomes of its disk.
      if (disk.hasDamagedPages) throw new CoterieError("STORE_CORRUPT");
      return found;
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      host.probe(`start refused: ${error.code}`);
      this.startIn(START_RETRIES_TICKS * host.options.timing.tickMs * 1000);
      return null;
    }
  }

  private begin(found: RecoveredLog): void {
    const { host, disk, id } = this;
    this.life = this.nextLife();
    const run = new Life(host, this, this.life, found, this.dice);
    disk.open(run);
    this.run = run;
    const { zxid } = run.replica.position;
    if (host.trace.isReadable)
      host.trace.line(host.nowUs, `${id} starts, life ${this.life}: ${found.kind}, applied ${zxid}`);
    host.observe({
      kind: "started",
      peer: id,
      life: this.life,
      hello: run.zab.hello(),
      disk: disk.image(),
      applied: zxid,
      digest: run.replica.machine.digest,
    });
    if (found.kind === "open" && found.hardState.isAmnesiac) host.probe("started as an amnesiac");
    if (found.kind === "open" && found.faults.length > 0) host.probe("started with a faulty log");
    run.begin();
    host.network.peerStarted(this);
  }
}
