import type { Dice } from "../../world/dice.ts";
import type { Ensemble } from "../run/ensemble.ts";
import { hostOf, type Member } from "../member/member.ts";
import { LEVEL_B_FAULTS, type LevelBFault, SLOW_LINK_TICKS_MAX } from "./level-b-faults.ts";

/** Draws what strikes, and when; each fault ends by itself, or with `stop`. */
export class LevelBNemesis {
  readonly counts: Map<LevelBFault, number> = new Map();
  private readonly ensemble: Ensemble;
  private readonly dice: Dice;
  private readonly total: number;
  private isOver = false;

  constructor(ensemble: Ensemble) {
    this.ensemble = ensemble;
    this.dice = ensemble.world.dice.fork("nemesis");
    const { faults } = ensemble.world.options;
    this.total = LEVEL_B_FAULTS.reduce((sum, kind) => sum + faults[kind], 0);
  }

  begin(): void {
    if (this.total > 0) this.later();
  }

  /** No fault any more; what lasted is over. */
  stop(): void {
    this.isOver = true;
    this.ensemble.heal();
  }

  private get world(): Ensemble["world"] {
    return this.ensemble.world;
  }

  private later(): void {
    const { faultIntervalMs } = this.world.options;
    this.world.after(this.dice.below(2000 * faultIntervalMs), () => {
      if (this.isOver) return;
      this.strike();
      this.later();
    });
  }

  private strike(): void {
    let left = this.dice.below(this.total);
    for (const kind of LEVEL_B_FAULTS) {
      left -= this.world.options.faults[kind];
      if (left >= 0) continue;
      this.world.say(`FAULT ${kind}`);
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      return this.do(kind);
    }
  }

  private do(kind: LevelBFault): void {
    const { dice, ensemble, world } = this;
    const member = dice.pick(ensemble.members);
    const other = dice.pick(ensemble.members);
    const [from, to] = [dice.pick(world.hosts), dice.pick(world.hosts)];
    switch (kind) {
      case "crash":
      case "power-loss":
        return this.restart(member, () => member.crash(kind === "crash"));
      case "stop":
        return this.restart(member, () => ensemble.stop(member));
      case "rolling-restart":
        return ensemble.members.forEach((each, index) => {
          world.after(index * 1000 * world.options.faultDurationMs, () => {
            if (!this.isOver) this.restart(each, () => ensemble.stop(each));
          });
        });
      case "partition":
        return this.partition();
      case "one-way":
        return this.line(from, to, { isCut: true });
      case "slow-link":
        return this.line(from, to, { delayMs: world.options.timing.tickMs * dice.scale(1, SLOW_LINK_TICKS_MAX) });
      case "half-open":
        return from === to ? undefined : world.network.silence(from, to);
      case "reset":
        return from === to ? undefined : world.network.reset(from, to);
      case "stall":
        return member.life?.process.stall(this.durationUs());
      case "disk-error":
        return member.breakDisk("error");
      case "disk-full":
        return this.restart(member, () => member.breakDisk("full"));
      case "disk-slow":
        return this.slowDisk(member);
      case "disk-lost":
        return this.loseDisk(other);
      case "clock-jump":
        return this.jump(member);
      case "client-crash":
        return ensemble.crashClient(dice);
      case "client-stall":
        return ensemble.stallClient(dice, this.durationUs());
      case "holder-stall":
        // So long that its session expires, or nearly so.
        return ensemble.stallHolder(dice, 500 * world.options.sessionTimeoutMs * dice.between(1, 5));
    }
  }

  private durationUs(): number {
    return 1000 * this.dice.between(1, 2 * this.world.options.faultDurationMs);
  }

  /** Some time later it is started again, if it is down then. */
  private restart(member: Member, strike: () => void): void {
    strike();
    this.world.after(this.durationUs(), () => {
      if (member.disk.failure === "full") member.disk.failure = null;
      member.start();
    });
  }

  private partition(): void {
    const { dice, world } = this;
    const groups: string[][] = [[], []];
    for (const host of world.hosts) groups[dice.below(2)]!.push(host);
    world.network.partition(groups);
    world.after(this.durationUs(), () => this.ensemble.mendLines());
  }

  private line(from: string, to: string, conditions: Parameters<Ensemble["world"]["network"]["setLine"]>[2]): void {
    if (from === to) return;
    this.world.network.setLine(from, to, conditions);
    this.world.after(this.durationUs(), () => this.ensemble.mendLine(from, to));
  }

  private slowDisk({ disk }: Member): void {
    disk.slowness = this.dice.pick([5, 50, 500]);
    this.world.after(this.durationUs(), () => {
      disk.slowness = 1;
    });
  }

  /** Only where a quorum of the others keeps what it has promised; an operator puts an empty disk in its place. */
  private loseDisk(member: Member): void {
    const { ensemble } = this;
    if (!ensemble.canLose(member)) return;
    this.world.probe(`disk of ${member.isVoter ? "a voter" : "an observer"} lost`);
    this.restart(member, () => ensemble.loseDisk(member));
  }

  private jump(member: Member): void {
    member.wallSkewMs += this.dice.between(-20_000, 20_000);
    if (member.life !== null) member.life.process.wallSkewMs = member.wallSkewMs;
    this.world.say(`the wall clock of ${hostOf(member.id)} jumps`);
  }
}
