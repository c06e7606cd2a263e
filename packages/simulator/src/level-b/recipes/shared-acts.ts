import { CoterieError } from "@coterie/interface";
import { createBarrier, createCounter, type Counter, type WaitOptions } from "@coterie/recipes";
import type { WorkSettings } from "../client/client-work.ts";
import type { SharedKind, SharedNote } from "./recipe-book.ts";
import { barrierOf, counterOf } from "./recipe-room.ts";
import type { RecipeWorkload } from "./recipe-workload.ts";
import type { Waits } from "./waits.ts";

/** Distinct enough to tell one from another. */
const COUNT_MAX = 1_000_000;

/** What one session does with counters and barriers. */
export class SharedActs {
  private readonly settings: WorkSettings;
  private readonly workload: RecipeWorkload;
  private readonly waits: Waits;
  private readonly counters = new Map<string, Counter>();
  private isOpening = false;
  private passingCount = 0;

  constructor(settings: WorkSettings, workload: RecipeWorkload, waits: Waits) {
    this.settings = settings;
    this.workload = workload;
    this.waits = waits;
  }

  async add(index: number): Promise<void> {
    const { session, dice } = this.settings;
    const path = counterOf(index);
    const counter = this.counters.get(path) ?? createCounter(session, path);
    this.counters.set(path, counter);
    const count = 1 + dice.below(COUNT_MAX);
    await this.do("add", path, count, (options) => counter.add(count, options));
  }

  /** Sets it, and removes it some time later. */
  async set(index: number): Promise<void> {
    const { session, dice, process } = this.settings;
    const barrier = createBarrier(session, barrierOf(index));
    if (!(await this.do("set", barrier.path, 0, (options) => barrier.set(options)))) return;
    await process.sleep(dice.below(4000 * this.workload.holdThinkMaxMs) / 1000);
    await this.do("remove", barrier.path, 0, (options) => barrier.remove(options));
  }

  /** Behind a sync: what was told to others before that is known here. */
  async pass(index: number): Promise<void> {
    const { session, world } = this.settings;
    const barrier = createBarrier(session, barrierOf(index));
    const syncedStep = world.steps;
    try {
      await session.sync();
    } catch (error) {
      if (error instanceof CoterieError) return;
      throw error;
    }
    this.passingCount += 1;
    await this.do("pass", barrier.path, syncedStep, (options) => barrier.wait(options));
    this.passingCount -= 1;
  }

  /** Nobody sets a barrier any more: who waits at one goes on when it is removed. */
  async openAll(): Promise<void> {
    if (this.isOpening || this.passingCount === 0) return;
    this.isOpening = true;
    for (let index = 0; index < this.workload.objects; index++) {
      const barrier = createBarrier(this.settings.session, barrierOf(index));
      await this.do("remove", barrier.path, 0, () => barrier.remove(), false);
    }
    this.isOpening = false;
  }

  /** Whether it was done. */
  private async do(
    kind: SharedKind,
    path: string,
    count: number,
    ask: (options: WaitOptions) => Promise<number | void>,
    isBounded = true,
  ): Promise<boolean> {
    const { notebook, note: session, world } = this.settings;
    const note: SharedNote = {
      kind,
      path,
      count,
      session,
      begunStep: world.steps,
      endStep: -1,
      outcome: "open",
      result: null,
    };
    notebook.recipes.shared.push(note);
    const done = await this.waits.wait(`${kind} ${path}`, isBounded, async (options) => {
      try {
        note.result = (await ask(options)) ?? null;
        note.outcome = "ok";
        return true;
      } catch (error) {
        note.outcome = error instanceof CoterieError && error.outcome === "unknown" ? "unknown" : "failed";
        throw error;
      } finally {
        note.endStep = world.steps;
      }
    });
    if (note.outcome === "unknown") world.probe(`${kind}: unknown`);
    return done === true;
  }
}
