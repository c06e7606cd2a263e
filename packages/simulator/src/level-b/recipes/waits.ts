import { CoterieError } from "@coterie/interface";
import type { WaitOptions } from "@coterie/recipes";
import { Violation } from "../../invariants/invariant.ts";
import type { WorkSettings } from "../client/client-work.ts";
import type { WaitNote } from "./recipe-book.ts";
import type { RecipeWorkload } from "./recipe-workload.ts";

/** What a work throws that fails by itself. */
export class WorkFailed extends Error {}

/** Its session is, for what it asks for: its znodes go when that is done. */
export function isOver({ session, note }: WorkSettings): boolean {
  return note.isClosing || session.state === "lost" || session.state === "closed";
}

/** Begins waits, ends them, and judges how they ended. */
export class Waits {
  private readonly settings: WorkSettings;
  private readonly workload: RecipeWorkload;

  constructor(settings: WorkSettings, workload: RecipeWorkload) {
    this.settings = settings;
    this.workload = workload;
  }

  /**
   * One wait, with a deadline or a caller who gives it up, or neither. Null if it has ended without anything.
   * @throws Violation if it has ended as it must not
   */
  async wait<Value>(
    what: string,
    isBounded: boolean,
    ask: (options: WaitOptions, note: WaitNote) => Promise<Value | null>,
  ): Promise<Value | null> {
    const { world, notebook, note: session, name, process } = this.settings;
    const begunMs = world.nowUs / 1000;
    const note = notebook.recipes.wait({ what, session, process, begunStep: world.steps, begunMs });
    world.say(`${name} wait ${note.id} ${what}`);
    let value: Value | null = null;
    try {
      value = await ask(this.optionsOf(note, isBounded), note);
      note.outcome = value === null ? "refused" : "held";
    } catch (error) {
      note.outcome = this.outcomeOf(note, error);
    }
    note.endStep = world.steps;
    world.probe(`${what.split(" ", 1).join()}: ${note.outcome}`);
    world.say(`${name} wait ${note.id} ${note.outcome}`);
    return value;
  }

  private optionsOf(note: WaitNote, isBounded: boolean): WaitOptions {
    const { dice, process } = this.settings;
    const { deadlinePercent, abortPercent, patienceMaxMs } = this.workload;
    const options: { signal?: AbortSignal; deadlineMs?: number } = {};
    if (dice.below(100) < abortPercent) {
      const controller = new AbortController();
      options.signal = controller.signal;
      process.setTimer(dice.below(patienceMaxMs + 1), () => {
        if (note.outcome !== "open") return;
        note.isGivenUp = true;
        controller.abort(new Error("it was enough"));
        if (isBounded) this.endsSoon(note, "was given up");
      });
    }
    if (dice.below(100) < deadlinePercent) {
      const deadlineMs = dice.below(patienceMaxMs + 1);
      options.deadlineMs = deadlineMs;
      note.deadlineMs = deadlineMs;
      process.setTimer(deadlineMs, () => {
        if (isBounded) this.endsSoon(note, "is beyond its deadline");
      });
    }
    return options;
  }

  private endsSoon(note: WaitNote, why: string): void {
    const { process, world } = this.settings;
    process.setTimer(world.options.timing.tickMs, () => {
      if (note.outcome !== "open") return;
      world.fail(new Violation("waits-end", `wait ${note.id} (${note.what}) ${why}, and goes on`), "recipes");
    });
  }

  private outcomeOf(note: WaitNote, error: unknown): WaitNote["outcome"] {
    if (error instanceof WorkFailed) return "failed";
    if (!(error instanceof CoterieError)) throw error;
    const { code } = error;
    if (code === "ABORTED" && note.isGivenUp) return "given-up";
    if (code === "OPERATION_TIMEOUT" && note.deadlineMs !== null) {
      // Whole microseconds, as the world counts.
      const waitedMs = Math.round(this.settings.world.nowUs - note.begunMs * 1000) / 1000;
      if (waitedMs < note.deadlineMs) {
        const what = `wait ${note.id} (${note.what}) was too late after ${waitedMs} of ${note.deadlineMs} ms`;
        throw new Violation("waits-end", what);
      }
      return "late";
    }
    // Its peer may be about to close it: that it is over in the end is looked at then.
    if (isOver(this.settings) || code === "SESSION_EXPIRED") return "over";
    throw new Violation(
      "waits-end",
      `wait ${note.id} (${note.what}) of ${this.settings.name} ended with ${code} (${error.message}), and its session is ${this.settings.session.state}`,
    );
  }
}
