import {
  type Input,
  type Message,
  type Report,
  type Voter,
  ZAB_LIMITS_DEFAULT,
  type ZabLimits,
} from "@coterie/consensus";
import type { Applied, WriteRequest } from "@coterie/core";
import { createSeededRandom, type PeerId } from "@coterie/interface";
import { Life, type LifeHost } from "./life.ts";
import type { StorePlace } from "./places.ts";
import { Replica } from "./replica.ts";
import { Wires } from "./wires.ts";

interface Request {
  readonly from: Life;
  readonly path: string;
  readonly data: string;
}

interface Job {
  readonly life: Life;
  readonly work: () => Promise<Input | null>;
}

const ACL = [{ perms: 31, scheme: "world", id: "anyone" }];
const STEPS_MAX = 100_000;
const TICKS_MAX = 500;

/**
 * Peers over real stores, in one process. Nothing happens unless it is asked for: messages wait in a queue, and so does
 * the work on the stores, of which one piece is done at a time, until it is done. So every run is the same.
 */
export class StoreEnsemble implements LifeHost {
  readonly voters: readonly Voter[];
  readonly limits: ZabLimits;
  readonly reports: { readonly peer: PeerId; readonly report: Report }[] = [];
  /** What those who asked for it were told is done: paths, and what the znodes hold. */
  readonly acked: Map<string, string> = new Map();
  readonly wires: Wires = new Wires();
  private readonly places: ReadonlyMap<number, StorePlace>;
  private readonly lives = new Map<number, Life>();
  private readonly requests: Request[] = [];
  private readonly jobs: Job[] = [];
  private livesBegun = 0;

  constructor(places: readonly StorePlace[], limits: Partial<ZabLimits> = {}) {
    this.places = new Map(places.map((place, index) => [index + 1, place]));
    this.voters = places.map((_, index) => ({ peer: (index + 1) as PeerId, weight: 1, group: 1 }));
    this.limits = { ...ZAB_LIMITS_DEFAULT, ...limits };
  }

  get ids(): readonly number[] {
    return [...this.places.keys()];
  }

  get up(): readonly Life[] {
    return [...this.lives.values()];
  }

  peer(id: number): Life {
    const life = this.lives.get(id);
    if (life === undefined) throw new Error(`peer ${id} is not up`);
    return life;
  }

  /** Rejects as the store's `open` does. */
  async start(id: number): Promise<Life> {
    const storage = this.places.get(id)!.createStorage();
    const found = await storage.open();
    const replica = new Replica(storage);
    await replica.recover(found);
    this.livesBegun += 1;
    const random = createSeededRandom(id * 1000 + this.livesBegun);
    const life = new Life(this, id as PeerId, storage, found, replica, random);
    this.lives.set(id, life);
    return life;
  }

  async startAll(): Promise<void> {
    for (const id of this.ids) if (!this.lives.has(id)) await this.start(id);
  }

  /** The peer ends, and its store is closed as it should be. */
  async close(id: number): Promise<void> {
    await this.end(id).storage.close();
  }

  async closeAll(): Promise<void> {
    for (const id of this.lives.keys()) await this.close(id);
  }

  /** The peer's process ends as it stands. */
  async kill(id: number): Promise<void> {
    await this.places.get(id)!.kill(this.end(id).storage);
  }

  private end(id: number): Life {
    const life = this.peer(id);
    life.isEnded = true;
    this.lives.delete(id);
    this.wires.ended(life);
    return life;
  }

  send(from: Life, link: number, message: Message): void {
    this.wires.send(from, link, message);
  }

  closeLink(link: number): void {
    this.wires.close(link);
  }

  later(life: Life, work: Job["work"]): void {
    this.jobs.push({ life, work });
  }

  reported({ id }: Life, report: Report): void {
    this.reports.push({ peer: id, report });
  }

  requestAt(index: number): WriteRequest {
    const { path, data } = this.requests[index]!;
    return { kind: "create2", path, data: Buffer.from(data), acl: ACL, flags: 0 };
  }

  applied(life: Life, { header, outcome }: Applied): void {
    const request = this.requests[header.cxid];
    if (request?.from === life && outcome.kind === "create") this.acked.set(request.path, request.data);
  }

  /** Asks a peer for a znode; nothing is done for it yet. */
  request(id: number, path: string, data: string): void {
    const from = this.peer(id);
    const payload = Buffer.from(String(this.requests.length), "latin1");
    this.requests.push({ from, path, data });
    from.take({ kind: "request", payload });
  }

  /** Creates a znode through a peer, and says that it was told so. */
  async write(id: number, path: string, data = `the data of ${path}`): Promise<void> {
    this.request(id, path, data);
    await this.settle();
    if (!this.acked.has(path)) throw new Error(`peer ${id} was not told that ${path} is there`);
  }

  /** Delivers messages and works on the stores until nothing moves, or until `isThere`: then it gives true. */
  async settle(isThere: () => boolean = () => false): Promise<boolean> {
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      if (isThere()) return true;
      if (!this.wires.deliver() && !this.endTurns() && !(await this.workOn())) return false;
    }
    throw new Error("the ensemble does not come to rest");
  }

  private endTurns(): boolean {
    const dirty = this.up.filter((life) => life.isDirty);
    for (const life of dirty) life.take({ kind: "turn-ended" });
    return dirty.length > 0;
  }

  private async workOn(): Promise<boolean> {
    const job = this.jobs.shift();
    if (job === undefined) return false;
    if (job.life.isEnded) return true;
    const input = await job.work();
    if (input !== null) job.life.take(input);
    return true;
  }

  /** A tick of every clock. Links that have ended are opened again. */
  async tick(count = 1): Promise<void> {
    for (let each = 0; each < count; each++) {
      this.tickClocks();
      await this.settle();
    }
  }

  private tickClocks(): void {
    for (const life of this.up) life.take({ kind: "tick" });
    this.wires.connectAll(this.up);
  }

  /** Ticks until `isThere`, and stops at once when it is. */
  async tickUntil(what: string, isThere: () => boolean): Promise<void> {
    for (let ticks = 0; ticks < TICKS_MAX; ticks++) {
      if (await this.settle(isThere)) return;
      this.tickClocks();
    }
    throw new Error(`${TICKS_MAX} ticks, and still not: ${what}`);
  }

  /** Ticks until every peer that is up serves, and has what the leader has. */
  async serve(): Promise<void> {
    await this.tickUntil("every peer serves", () => {
      const leader = this.leader;
      const end = leader?.zab.view().lastZxid;
      return leader !== null && this.up.every(({ role, replica }) => role.isServing && replica.position.zxid === end);
    });
  }

  /** The peer takes a checkpoint of its own, until it stands in its store. */
  async takeCheckpoint(id: number): Promise<void> {
    await this.peer(id).takeCheckpoint();
    await this.settle();
  }

  async purge(id: number): Promise<void> {
    await this.peer(id).purge();
    await this.settle();
  }

  get leader(): Life | null {
    return this.up.find(({ role }) => role.state === "leading" && role.isServing) ?? null;
  }
}
