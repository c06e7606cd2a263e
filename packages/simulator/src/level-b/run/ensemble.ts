import { connect } from "@coterie/client";
import { createSeededRandom } from "@coterie/interface";
import { Database } from "../../disk/database.ts";
import type { Dice } from "../../world/dice.ts";
import { Truth } from "../check/truth.ts";
import { ClientActor } from "../client/client-actor.ts";
import { Notebook } from "../client/notebook.ts";
import { clientAddressOf, hostOf, Member, type PeerLife } from "../member/member.ts";
import type { LevelBWorld } from "../world/level-b-world.ts";
import { ProcessTransport } from "../world/process-transport.ts";
import { SimProcess } from "../world/sim-process.ts";

/** All that lives in a world: peers, the clients within them, and those over the wire. */
export class Ensemble {
  readonly world: LevelBWorld;
  readonly truth: Truth = new Truth();
  readonly notebook: Notebook = new Notebook();
  readonly members: readonly Member[];
  private actors: ClientActor[] = [];
  private readonly dice: Dice;
  private actorCount = 0;
  /** Clients that have crashed and are to come back. */
  private returningCount = 0;
  private areClientsFinishing = false;

  constructor(world: LevelBWorld) {
    const { voters, observers } = world.options;
    this.world = world;
    this.dice = world.dice.fork("ensemble");
    this.members = Array.from(
      { length: voters + observers },
      (_, index) => new Member(world, this.truth, index + 1, (member, life) => this.started(member, life)),
    );
    world.hosts.push(...this.members.map(({ id }) => hostOf(id)));
    for (let client = 1; client <= world.options.wireClients; client++) world.hosts.push(`c${client}`);
  }

  /** Clients whose processes run. */
  get clients(): readonly ClientActor[] {
    this.actors = this.actors.filter(({ process }) => !process.isDead);
    return this.actors;
  }

  begin(): void {
    this.mendLines();
    for (const member of this.members) this.world.after(this.dice.below(100_000), () => member.start());
    for (let client = 1; client <= this.world.options.wireClients; client++) this.startWireClient(client);
  }

  /** All lines as they are without faults. */
  mendLines(): void {
    const { hosts } = this.world;
    for (const from of hosts) for (const to of hosts) if (from !== to) this.mendLine(from, to);
  }

  mendLine(from: string, to: string): void {
    const { delayMinMs, delayJitterMs } = this.world.options;
    this.world.network.setLine(from, to, { isCut: false, delayMs: delayMinMs, jitterMs: delayJitterMs });
  }

  /** What lasted is over, and everybody is started. */
  heal(): void {
    this.mendLines();
    for (const member of this.members) {
      member.disk.failure = null;
      member.disk.slowness = 1;
      member.keeping = "up";
      member.start();
    }
  }

  /** Clients, those that come later included, have one more write to get through, and then keep still. */
  finishClients(): void {
    this.areClientsFinishing = true;
    for (const client of this.clients) client.isFinishing = true;
  }

  get areClientsFinished(): boolean {
    return this.returningCount === 0 && this.clients.every(({ isFinished }) => isFinished);
  }

  stop(member: Member): void {
    member.stop().catch((error: unknown) => this.world.fail(error, "stop"));
  }

  /** Whether the ensemble bears that all is lost which this member has: a quorum of voters, without it, keeps its promises. */
  canLose(member: Member): boolean {
    if (member.disk.isBlank) return false;
    if (!member.isVoter) return true;
    const voters = this.members.filter(({ isVoter }) => isVoter);
    const sound = voters.filter((other) => other !== member && other.disk.isSound);
    return sound.length * 2 > voters.length;
  }

  loseDisk(member: Member): void {
    member.crash(true);
    const { disk } = member;
    disk.database = new Database();
    disk.sidecar = null;
    disk.wasAmnesiac = false;
    disk.droppedTailCount = 0;
    this.truth.lost(member.id);
  }

  crashClient(dice: Dice): void {
    const wire = this.clients.filter(({ name }) => name.startsWith("c"));
    if (wire.length === 0) return;
    const { process, name } = dice.pick(wire);
    const host = name.split("-")[0]!;
    process.kill();
    this.world.network.crash(host);
    this.world.say(`${name} is gone`);
    this.returningCount += 1;
    this.world.after(1000 * dice.between(1, 2 * this.world.options.faultDurationMs), () => {
      this.returningCount -= 1;
      this.startWireClient(Number(host.slice(1)));
    });
  }

  stallClient(dice: Dice, durationUs: number): void {
    if (this.clients.length > 0) dice.pick(this.clients).process.stall(durationUs);
  }

  /** One that holds something, as far as it knows. */
  stallHolder(dice: Dice, durationUs: number): void {
    const { recipes } = this.notebook;
    const holders = this.clients.filter(({ session }) => session !== null && recipes.isHolding(session));
    if (holders.length > 0) dice.pick(holders).process.stall(durationUs);
  }

  private startWireClient(client: number): void {
    const { world, dice } = this;
    const { options } = world;
    const name = `c${client}-${this.actorCount++}`;
    const process = new SimProcess(world, name, dice.fork(`turns of ${name}`), options.turnMaxUs);
    const transport = new ProcessTransport(world.network.transport(`c${client}`), process);
    const addresses = this.members.map(({ id }) => clientAddressOf(id));
    let connections = 0;
    this.add(name, process, () =>
      connect(
        { addresses },
        {
          transport,
          clock: process,
          random: createSeededRandom(options.seed).fork(`${name} ${connections++}`),
          sessionTimeoutMs: options.sessionTimeoutMs,
        },
      ),
    );
  }

  private started(member: Member, { peer, process, number }: PeerLife): void {
    const { options } = this.world;
    if (this.dice.fork(`in-process ${member.id}`).below(100) >= options.inProcessPercent) return;
    const { sessionTimeoutMs } = options;
    this.add(`${hostOf(member.id)}-${number}`, process, () => peer.openSession({ sessionTimeoutMs }));
  }

  private add(name: string, process: SimProcess, open: ConstructorParameters<typeof ClientActor>[0]["open"]): void {
    const { world, notebook } = this;
    const actor = new ClientActor({ world, notebook, name, process, dice: this.dice.fork(`client ${name}`), open });
    actor.isFinishing = this.areClientsFinishing;
    this.actors.push(actor);
    actor.begin();
  }
}
