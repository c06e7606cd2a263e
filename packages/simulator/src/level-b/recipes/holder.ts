import { CoterieError, type ErrorCode } from "@coterie/interface";
import type { Leadership } from "@coterie/recipes";
import { Violation } from "../../invariants/invariant.ts";
import type { Caller } from "../client/caller.ts";
import type { WorkSettings } from "../client/client-work.ts";
import { SLOW_LINK_TICKS_MAX } from "../faults/level-b-faults.ts";
import type { HoldNote } from "./recipe-book.ts";
import type { Room } from "./recipe-room.ts";
import type { RecipeWorkload } from "./recipe-workload.ts";
import { isOver } from "./waits.ts";

/** A watch is armed and a read is answered within so long, also over slow links. */
const SIGNAL_TICKS_MAX = 4 * SLOW_LINK_TICKS_MAX;

/** What one session does with what it holds. */
export class Holder {
  private readonly settings: WorkSettings;
  private readonly workload: RecipeWorkload;
  private readonly caller: Caller;
  /** What it holds, as far as it knows, and what has to say when that ends. */
  private readonly held = new Map<HoldNote, AbortSignal>();
  private valueCount = 0;

  constructor(settings: WorkSettings, workload: RecipeWorkload, caller: Caller) {
    this.settings = settings;
    this.workload = workload;
    this.caller = caller;
    settings.session.on("state", (state) => {
      if (state === "lost" || state === "closed") settings.process.setTimer(0, () => this.ended());
    });
  }

  /** It was told that it holds this. */
  take({ kind, queue }: Room, { path: place, token, signal }: Leadership): HoldNote {
    const { world, notebook, note: session, name } = this.settings;
    const note = notebook.recipes.hold({ kind, queue, place, token, session, takenStep: world.steps });
    world.say(`${name} holds ${place} with ${token}`);
    this.held.set(note, signal);
    const lost = (): void => {
      this.held.delete(note);
      if (note.releaseStep >= 0 || note.lostStep >= 0) return;
      // A run that is given up ends its work, too.
      if (!(signal.reason instanceof CoterieError) || signal.reason.code !== "NOT_HELD") return;
      note.lostStep = world.steps;
      world.say(`${name} has lost ${place}`);
      world.probe("hold lost");
    };
    if (signal.aborted) lost();
    else signal.addEventListener("abort", lost);
    return note;
  }

  /** It lets go, or has to. */
  leave(note: HoldNote): void {
    if (note.releaseStep >= 0) return;
    note.releaseStep = this.settings.world.steps;
    this.held.delete(note);
  }

  /** It was told that its place is gone. */
  gone(note: HoldNote): void {
    if (!isOver(this.settings)) note.goneStep = this.settings.world.steps;
  }

  /** Its session is over: every signal has told so (LK-01). */
  private ended(): void {
    for (const [{ place }, signal] of this.held) {
      if (signal.aborted) continue;
      this.settings.world.fail(new Violation("signal", `${place}: its session is over, and its signal does not tell`));
    }
  }

  /** A call of the session was answered: who is told that the session is over was told before that it holds nothing (LK-01). */
  answered(code: ErrorCode | null): void {
    const { session, world, notebook } = this.settings;
    const { state } = session;
    const hasEnded = state === "lost" || state === "closed";
    if (!hasEnded && code !== "SESSION_EXPIRED") return;
    for (const [note, signal] of this.held) {
      if (signal.aborted) continue;
      // One that is being closed asks for nothing more, and holds what it has: the log says which it was.
      if (!hasEnded) notebook.recipes.unaware.push({ hold: note, step: world.steps });
      else
        world.fail(
          new Violation("signal-before-answers", `${note.place}: ${code}, ${state}, and its signal does not tell`),
        );
    }
  }

  /** Works with it; stops where it is held no more, unless it is deaf. */
  async work(room: Room, note: HoldNote, leadership: Leadership): Promise<void> {
    const { dice, process } = this.settings;
    const { holdActsMax, holdThinkMaxMs, deafPercent } = this.workload;
    const isDeaf = dice.below(100) < deafPercent;
    const isStopped = (): boolean => leadership.signal.aborted && !isDeaf;
    for (let acts = dice.below(holdActsMax + 1); acts > 0 && !isStopped(); acts--) {
      await process.sleep(dice.below(holdThinkMaxMs * 1000 + 1) / 1000);
      if (isStopped()) return;
      const act = this.act(room, note, leadership);
      if (dice.chance(0.7)) await act;
    }
    await process.sleep(dice.below(holdThinkMaxMs * 1000 + 1) / 1000);
  }

  private act(room: Room, note: HoldNote, leadership: Leadership): Promise<void> {
    const { dice, session } = this.settings;
    const { resource: path } = room;
    switch (dice.below(4)) {
      case 0:
        return this.call(
          this.caller.call({ kind: "get", path, stalenessMaxMs: 0 }, async () => {
            const znode = await session.get(path, { consistency: "linearizable" });
            const { version, mzxid } = znode.stat;
            return { kind: "data", data: znode.text(), version, mzxid };
          }),
        );
      case 1:
        return this.lookAtOwn(note, leadership);
      default:
        return this.guarded(path, note, leadership);
    }
  }

  /** Where its session has seen that its znode is gone, its signal tells so soon. */
  private async lookAtOwn({ place: path }: HoldNote, { signal }: Leadership): Promise<void> {
    const { session, process, world, note } = this.settings;
    const { result } = await this.caller.call({ kind: "exists", path }, async () => {
      const stat = await session.exists(path);
      return stat === null ? { kind: "absent" } : { kind: "exists", version: stat.version, mzxid: stat.mzxid };
    });
    if (result?.kind !== "absent") return;
    world.probe("own place seen gone");
    const { suspensions } = note;
    for (let ticks = 0; !signal.aborted && ticks < SIGNAL_TICKS_MAX; ticks++) {
      await process.sleep(world.options.timing.tickMs);
      // Who has lost its connection looks again when it has another.
      if (note.state !== "connected" || note.suspensions !== suspensions) return;
    }
    if (!signal.aborted) throw new Violation("signal", `${path} was seen to be gone, and its signal does not tell`);
  }

  private guarded(path: string, { place }: HoldNote, leadership: Leadership): Promise<void> {
    const { session, name, note } = this.settings;
    const data = `${name}.${note.index}.guarded.${this.valueCount++}`;
    return this.call(
      this.caller.call({ kind: "guarded", path, data, place }, async () => {
        const results = await leadership.guard(session.transaction()).set(path, data).commit();
        const set = results.find(({ kind }) => kind === "set");
        if (set?.kind !== "set") throw new Error("a transaction tells of its set");
        return { kind: "written", path, zxid: set.stat.mzxid, version: set.stat.version };
      }),
    );
  }

  /** Not awaited always: it is told anyway what is wrong. */
  private async call(call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      this.settings.world.fail(error, `client ${this.settings.name}`);
    }
  }
}
