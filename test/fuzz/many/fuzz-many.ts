import type { Outcome } from "../outcome.ts";
import { Chance } from "./chance.ts";
import { Mutator } from "./mutator.ts";

/** What a target exports as `fuzz`: throws for what must not be. */
export type Fuzz = (input: Uint8Array) => Outcome | Promise<Outcome>;

export interface ManyOptions {
  readonly fuzz: Fuzz;
  readonly seeds: readonly Uint8Array[];
  readonly executions: number;
  readonly seed: string;
  /** Before each execution: what is to be known of it if it never ends. */
  readonly before?: (input: Uint8Array) => void;
  /** Now and then. */
  readonly progress?: (executions: number) => void;
}

export interface ManyResult {
  readonly executions: number;
  /** How many ended so. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Inputs with an outcome that no seed had. */
  readonly found: readonly Uint8Array[];
  readonly crashes: readonly { readonly input: Uint8Array; readonly error: unknown }[];
}

const INPUT_SIZE_MAX_BYTES = 4096;
/** Accepted ones that are longer are not gone on with, or all would grow. */
const KEPT_SIZE_MAX_BYTES = 1024;
/** Inputs that are mutated; of more, one is dropped that was found on the way. */
const POOL_SIZE_MAX = 8192;
const OUTCOMES_MAX = 2000;
const CRASHES_MAX = 5;
const PROGRESS_EVERY = 2 ** 12;
/** An input that came of one of the pool and was accepted may take a place there, now and then: it goes deeper from there. */
const ACCEPTED_KEPT_ONE_IN = 64;

/**
 * Mutates the seeds, and whatever ends as nothing has before, as often as asked for. The same seed, target and seeds, the same
 * executions. Ends early behind a few crashes.
 */
export async function fuzzMany(options: ManyOptions): Promise<ManyResult> {
  return new Run(options).run();
}

class Run {
  private readonly options: ManyOptions;
  private readonly chance: Chance;
  private readonly pool: Uint8Array[];
  /** Of each outcome the first input that ended so. */
  private readonly firsts: Uint8Array[] = [];
  private readonly outcomes = new Map<string, number>();
  private readonly found: Uint8Array[] = [];
  private readonly crashes: { input: Uint8Array; error: unknown }[] = [];
  private executions = 0;

  constructor(options: ManyOptions) {
    this.options = options;
    this.chance = new Chance(options.seed);
    this.pool = options.seeds.filter(({ length }) => length <= INPUT_SIZE_MAX_BYTES);
    if (this.pool.length === 0) this.pool.push(new Uint8Array(0));
  }

  async run(): Promise<ManyResult> {
    const { chance, pool, options } = this;
    for (const input of pool.slice(0, options.executions)) {
      const ended = this.execute(input);
      const outcome = ended instanceof Promise ? await this.settled(ended, input) : ended;
      if (outcome !== null && this.count(outcome)) this.firsts.push(input);
    }
    const mutator = new Mutator(chance, INPUT_SIZE_MAX_BYTES);
    const seedCount = pool.length;
    while (this.executions < options.executions && this.crashes.length < CRASHES_MAX) {
      const input = mutator.mutate(this.parent(), this.parent());
      const ended = this.execute(input);
      const outcome = ended instanceof Promise ? await this.settled(ended, input) : ended;
      if (outcome === null) continue;
      if (this.count(outcome)) {
        const first = input.slice();
        this.found.push(first);
        this.firsts.push(first);
      } else if (input.length <= KEPT_SIZE_MAX_BYTES && this.isKept(outcome)) {
        this.keep(input.slice(), seedCount);
      }
    }
    const { executions, outcomes, found, crashes } = this;
    return { executions, outcomes, found, crashes };
  }

  /** Half of them are of the first that ended in some way, so that what is rare is gone on from as often as what is not. */
  private parent(): Uint8Array {
    const { chance, firsts, pool } = this;
    const from = firsts.length > 0 && chance.below(2) === 0 ? firsts : pool;
    return from[chance.below(from.length)]!;
  }

  /** Null for what has crashed. */
  private execute(input: Uint8Array): Outcome | Promise<Outcome> | null {
    const { fuzz, before, progress } = this.options;
    this.executions++;
    if (this.executions % PROGRESS_EVERY === 0) progress?.(this.executions);
    before?.(input);
    try {
      return fuzz(input);
    } catch (error) {
      return this.crash(input, error);
    }
  }

  private async settled(ended: Promise<Outcome>, input: Uint8Array): Promise<Outcome | null> {
    try {
      return await ended;
    } catch (error) {
      return this.crash(input, error);
    }
  }

  private crash(input: Uint8Array, error: unknown): null {
    this.crashes.push({ input: input.slice(), error });
    return null;
  }

  /** Whether nothing has ended so before. */
  private count(outcome: string): boolean {
    const before = this.outcomes.get(outcome);
    if (before === undefined && this.outcomes.size >= OUTCOMES_MAX) {
      this.outcomes.set("other", (this.outcomes.get("other") ?? 0) + 1);
      return false;
    }
    this.outcomes.set(outcome, (before ?? 0) + 1);
    return before === undefined;
  }

  private isKept(outcome: Outcome): boolean {
    return outcome.startsWith("accepted") && this.chance.below(ACCEPTED_KEPT_ONE_IN) === 0;
  }

  private keep(input: Uint8Array, seedCount: number): void {
    const { pool, chance } = this;
    const size = Math.max(POOL_SIZE_MAX, seedCount + 512);
    if (pool.length < size) pool.push(input);
    else pool[seedCount + chance.below(size - seedCount)] = input;
  }
}
