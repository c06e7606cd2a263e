import { createSeededRandom } from "@coterie/interface";
import { Dice } from "../../world/dice.ts";
import { EventQueue, type EventTarget, type SimEvent } from "../../world/event-queue.ts";
import { Trace } from "../../world/trace.ts";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import type { LevelBOptions } from "./level-b-options.ts";
import { WorldClock } from "./world-clock.ts";

/** What has gone wrong in a run. */
export interface LevelBFailure {
  readonly name: string;
  readonly message: string;
  readonly step: number;
  readonly atMs: number;
  readonly where: string;
  readonly stack: string;
}

/** More events than this are a storm, not a run. */
const STEPS_MAX = 3_000_000;

/**
 * One virtual time for all: a queue of events, a network, a trace. An event is handled in a turn of the real event loop of its own,
 * so that the promises that it settles have all run before the next event: nothing else decides their order.
 */
export class LevelBWorld implements EventTarget {
  readonly options: LevelBOptions;
  readonly dice: Dice;
  readonly queue: EventQueue = new EventQueue();
  readonly trace: Trace;
  readonly network: MemoryNetwork;
  readonly probes: Map<string, number> = new Map();
  /** All hosts of the network. */
  readonly hosts: string[] = [];
  nowUs = 0;
  steps = 0;
  failure: LevelBFailure | null = null;
  /** In which part of the run it is, for the report of a failure. */
  where = "start";

  constructor(options: LevelBOptions, isReadable: boolean) {
    this.options = options;
    this.dice = new Dice(createSeededRandom(options.seed));
    this.trace = new Trace(isReadable);
    this.network = createMemoryNetwork({
      clock: new WorldClock(this),
      random: this.dice.fork("network").stream,
      dialTimeoutMs: options.dialTimeoutMs,
      closeTimeoutMs: options.dialTimeoutMs,
    });
  }

  get nowMs(): number {
    return this.nowUs / 1000;
  }

  /** Calls `callback` at a time, as an event. */
  at(atUs: number, callback: () => void): void {
    this.queue.push(Math.max(atUs, this.nowUs), this, 0, null, callback);
  }

  after(delayUs: number, callback: () => void): void {
    this.at(this.nowUs + delayUs, callback);
  }

  handle(event: SimEvent): void {
    (event.detail as () => void)();
  }

  probe(name: string): void {
    this.probes.set(name, (this.probes.get(name) ?? 0) + 1);
  }

  /** Into the hash, and into the text. */
  say(text: string): void {
    this.trace.mixText(text);
    if (this.trace.isReadable) this.trace.line(this.nowUs, text);
  }

  /** The first failure counts. */
  fail(error: unknown, where: string = this.where): void {
    if (this.failure !== null) return;
    const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    this.failure = { name, message, step: this.steps, atMs: this.nowMs, where, stack };
    this.trace.lastLine(this.nowUs, `FAILURE ${name}: ${message}`);
  }

  /** Handles events until `isOver`, which is asked behind each of them, or a failure, or the end of time. False if it is not over. */
  run(untilUs: number, isOver: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const { setImmediate } = globalThis;
      const step = (): void => {
        if (this.failure !== null) return resolve(false);
        if (isOver()) return resolve(true);
        if (this.nowUs >= untilUs) return resolve(false);
        this.runStep(untilUs);
        setImmediate(step);
      };
      setImmediate(step);
    });
  }

  private runStep(untilUs: number): void {
    const event = this.queue.pop();
    if (event === undefined) {
      this.nowUs = untilUs;
      return;
    }
    this.nowUs = event.atUs;
    this.steps += 1;
    this.trace.mix(event.atUs);
    try {
      if (this.steps > STEPS_MAX) throw new Error(`a run has no more than ${STEPS_MAX} events`);
      event.target.handle(event);
    } catch (error) {
      this.fail(error);
    }
  }
}
