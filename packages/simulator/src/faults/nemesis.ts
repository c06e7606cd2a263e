import type { PeerId } from "@coterie/interface";
import type { Dice } from "../world/dice.ts";
import type { EventTarget, SimEvent } from "../world/event-queue.ts";
import { FAULT_KINDS, type FaultKind } from "../world/fault-kinds.ts";
import type { World } from "../world/world.ts";
import {
  diskEmpty,
  diskError,
  diskForeign,
  diskFull,
  diskHole,
  diskLostDatabase,
  diskLostSidecar,
  diskLostTail,
  diskOlder,
  diskPageRot,
  diskReordered,
  diskRollback,
  diskRot,
  diskSlow,
} from "./disk-faults.ts";
import type { Fault, FaultScope } from "./fault.ts";
import { bridge, flapping, isolate, linkReset, linkSilent, oneWayCut, partition, slowLink } from "./network-faults.ts";
import { checkpoint, clientGone, clientReset, handOver, purge } from "./other-faults.ts";
import {
  clockSkew,
  crash,
  crashAll,
  crashAtEffect,
  crashSome,
  restartQuick,
  stall,
  wallJump,
} from "./process-faults.ts";

const STRIKE = 0;
const END = 1;
const CUT = 2;

const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  crash,
  "crash-at-effect": crashAtEffect,
  "crash-some": crashSome,
  "crash-all": crashAll,
  "restart-quick": restartQuick,
  "link-reset": linkReset,
  "link-silent": linkSilent,
  partition,
  bridge,
  isolate,
  "one-way-cut": oneWayCut,
  flapping,
  "slow-link": slowLink,
  stall,
  "clock-skew": clockSkew,
  "wall-jump": wallJump,
  "disk-slow": diskSlow,
  "disk-error": diskError,
  "disk-full": diskFull,
  "disk-hole": diskHole,
  "disk-rot": diskRot,
  "disk-lost-tail": diskLostTail,
  "disk-lost-database": diskLostDatabase,
  "disk-lost-sidecar": diskLostSidecar,
  "disk-empty": diskEmpty,
  "disk-older": diskOlder,
  "disk-rollback": diskRollback,
  "disk-reordered": diskReordered,
  "disk-page-rot": diskPageRot,
  "disk-foreign": diskForeign,
  "client-reset": clientReset,
  "hand-over": handOver,
  checkpoint,
  purge,
  "client-gone": clientGone,
};

interface Ongoing {
  readonly kind: FaultKind;
  readonly undo: () => void;
}

/** Draws faults of the kinds that the options have switched on, and ends them again. */
export class Nemesis implements EventTarget {
  readonly counts: Map<FaultKind, number> = new Map();
  private readonly world: World;
  private readonly dice: Dice;
  private readonly kinds: readonly FaultKind[];
  private readonly ongoing = new Set<Ongoing>();
  private isOver = false;
  /** How often it has struck, or was about to. */
  strikes = 0;

  constructor(world: World) {
    this.world = world;
    this.dice = world.dice.fork("nemesis");
    const { faults } = world.options;
    this.kinds = FAULT_KINDS.flatMap((kind) => Array.from({ length: faults[kind] }, () => kind));
  }

  begin(): void {
    if (this.kinds.length > 0) this.strikeLater();
  }

  /** All that lasts ends now, and nothing new comes. */
  stop(): void {
    this.isOver = true;
    for (const { undo } of this.ongoing) {
      undo();
      this.world.calm.end(this.world.nowUs);
    }
    this.ongoing.clear();
    this.world.network.healAll();
    for (const { run } of this.world.peers) {
      if (run === null) continue;
      run.stalledUntilUs = 0;
      run.effectsLeft = 0;
    }
    for (const { disk } of this.world.peers) disk.failure = null;
  }

  handle(event: SimEvent): void {
    if (this.isOver) return;
    switch (event.kind) {
      case STRIKE:
        this.strike(this.dice.pick(this.kinds));
        return this.strikeLater();
      case END:
        return this.end(event.subject as Ongoing);
      case CUT: {
        const { pair, forUs } = event.subject as { pair: readonly [PeerId, PeerId]; forUs: number };
        const ways = [pair, [pair[1], pair[0]]] as const;
        for (const [from, to] of ways) this.world.network.cut(from, to);
        return this.last("flapping", forUs, () => {
          for (const [from, to] of ways) this.world.network.heal(from, to);
        });
      }
    }
  }

  private strike(kind: FaultKind): void {
    const { world } = this;
    if ((world.options.skip[++this.strikes] ?? 0) !== 0) return;
    // Dice of its own: a strike that is left out changes nothing about the others.
    const dice = this.dice.fork(`strike-${this.strikes}`);
    const durationUs = 1 + dice.below(world.options.faultDurationUs * 2);
    const scope: FaultScope = {
      world,
      dice,
      durationUs,
      flap: (pair, afterUs, forUs) => world.queue.push(world.nowUs + afterUs, this, CUT, { pair, forUs }, null),
    };
    const done = FAULTS[kind](scope);
    if (done === false) return;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    world.disturbed(world.nowUs);
    if (world.trace.isReadable) world.trace.line(world.nowUs, `FAULT ${kind}`);
    if (done !== true) this.last(kind, durationUs, done);
  }

  private last(kind: FaultKind, durationUs: number, undo: () => void): void {
    const ongoing = { kind, undo };
    this.ongoing.add(ongoing);
    this.world.calm.begin();
    this.world.queue.push(this.world.nowUs + durationUs, this, END, ongoing, null);
  }

  private end(ongoing: Ongoing): void {
    if (!this.ongoing.delete(ongoing)) return;
    ongoing.undo();
    this.world.calm.end(this.world.nowUs);
    if (this.world.trace.isReadable) this.world.trace.line(this.world.nowUs, `end of ${ongoing.kind}`);
  }

  private strikeLater(): void {
    const { world } = this;
    world.queue.push(world.nowUs + 1 + this.dice.below(world.options.faultIntervalUs * 2), this, STRIKE, null, null);
  }
}
