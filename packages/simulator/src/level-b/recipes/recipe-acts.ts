import type { ErrorCode } from "@coterie/interface";
import type { Hold, Leadership } from "@coterie/recipes";
import { Violation } from "../../invariants/invariant.ts";
import { Caller } from "../client/caller.ts";
import type { ClientWork, WorkSettings } from "../client/client-work.ts";
import { Holder } from "./holder.ts";
import { MeetingActs } from "./meeting-acts.ts";
import type { HoldNote, LookNote } from "./recipe-book.ts";
import { allPlaces, allResources, createCandidacy, createHoldable, type Holdable } from "./recipe-room.ts";
import { RECIPE_OPERATIONS, type RecipeOperation, type RecipeWorkload } from "./recipe-workload.ts";
import { SharedActs } from "./shared-acts.ts";
import { Waits, WorkFailed } from "./waits.ts";

const LAST = "/res-last";

const KINDS: Readonly<Partial<Record<RecipeOperation, Holdable["kind"]>>> = {
  mutex: "mutex",
  "try-mutex": "mutex",
  read: "read",
  write: "write",
  lease: "lease",
  "try-lease": "lease",
  campaign: "leader",
};

/** What one session does with recipes: contends, holds, looks, and writes down what comes of it. */
export class RecipeActs implements ClientWork {
  private readonly settings: WorkSettings;
  private readonly workload: RecipeWorkload;
  private readonly caller: Caller;
  private readonly waits: Waits;
  private readonly holder: Holder;
  private readonly shared: SharedActs;
  private readonly meetings: MeetingActs;
  private readonly missing: Set<string>;
  private runningCount = 0;
  private valueCount = 0;

  constructor(settings: WorkSettings, workload: RecipeWorkload) {
    this.settings = settings;
    this.workload = workload;
    this.caller = new Caller(settings, (code: ErrorCode | null) => this.holder.answered(code));
    this.waits = new Waits(settings, workload);
    this.shared = new SharedActs(settings, workload, this.waits);
    this.holder = new Holder(settings, workload, this.caller);
    this.meetings = new MeetingActs(settings, workload, this.waits, this.holder);
    const { prepared } = settings.notebook.recipes;
    this.missing = new Set([...allResources(workload.objects), LAST].filter((path) => !prepared.has(path)));
  }

  get openCount(): number {
    return this.runningCount + this.caller.openCount;
  }

  prepare(): void {
    const { session } = this.settings;
    for (const path of this.missing) {
      const data = this.value();
      const create = this.caller.call({ kind: "create", path, data, isSequential: false }, async () => {
        const made = await session.create(path, data);
        return { kind: "written", path: made.path, zxid: made.stat.czxid, version: 0 };
      });
      this.begin(async () => {
        const { outcome, code } = await create;
        if (outcome !== "ok" && code !== "NODE_EXISTS") return;
        this.missing.delete(path);
        this.settings.notebook.recipes.prepared.add(path);
      });
    }
  }

  draw(): void {
    if (this.missing.size > 0) {
      if (this.openCount === 0) this.prepare();
      return;
    }
    const { mix, waitsMax } = this.workload;
    if (this.settings.notebook.recipes.waits.length >= waitsMax) return;
    const total = RECIPE_OPERATIONS.reduce((sum, kind) => sum + mix[kind], 0);
    let left = this.settings.dice.below(total);
    for (const kind of RECIPE_OPERATIONS) {
      left -= mix[kind];
      if (left < 0) return this.begin(() => this.perform(kind));
    }
  }

  letGo(): void {
    this.begin(() => this.shared.openAll());
    this.begin(() => this.meetings.openAll());
  }

  async lastWrite(): Promise<boolean> {
    if (this.missing.size > 0) {
      this.prepare();
      return false;
    }
    const { session } = this.settings;
    const data = this.value();
    const note = await this.caller.call({ kind: "set", path: LAST, data, version: -1 }, async () => {
      const { mzxid, version } = await session.set(LAST, data);
      return { kind: "written", path: LAST, zxid: mzxid, version };
    });
    return note.outcome === "ok";
  }

  private begin(work: () => Promise<void>): void {
    const { world, name } = this.settings;
    this.runningCount += 1;
    work().then(
      () => void (this.runningCount -= 1),
      (error: unknown) => world.fail(error, `recipes of ${name}`),
    );
  }

  private perform(operation: RecipeOperation): Promise<void> {
    const { dice, session } = this.settings;
    const { objects, leases } = this.workload;
    const index = dice.below(objects);
    const kind = KINDS[operation];
    if (kind !== undefined) {
      const holdable = createHoldable(session, kind, index, leases);
      return operation.startsWith("try-") ? this.tryToHold(holdable) : this.hold(holdable);
    }
    switch (operation) {
      case "run":
        return this.run(index);
      case "add":
        return this.shared.add(index);
      case "set":
        return this.shared.set(index);
      case "pass":
        return this.shared.pass(index);
      case "meet":
        return this.meetings.meet(index);
      case "close":
        // A session that closes too often does nothing else.
        return dice.chance(0.2) ? this.close() : Promise.resolve();
      case "kick":
        return this.kick(dice.pick(allPlaces(index)));
      default:
        return this.look(this.drawHoldable(index));
    }
  }

  private close(): Promise<void> {
    const { session, note } = this.settings;
    note.isClosing = true;
    return session.close();
  }

  private drawHoldable(index: number): Holdable {
    const { dice, session } = this.settings;
    return createHoldable(session, dice.pick(["mutex", "read", "lease", "leader"]), index, this.workload.leases);
  }

  private async hold(holdable: Holdable): Promise<void> {
    const what = `${holdable.kind} ${holdable.queue}`;
    const hold = await this.waits.wait(what, true, (options) => holdable.acquire(options));
    if (hold !== null) await this.use(holdable, hold);
  }

  private async tryToHold(holdable: Holdable): Promise<void> {
    const what = `try-${holdable.kind} ${holdable.queue}`;
    const hold = await this.waits.wait(what, true, (options, note) => {
      note.tried = { kind: holdable.kind, queue: holdable.queue };
      return holdable.tryAcquire(options);
    });
    if (hold !== null) await this.use(holdable, hold);
  }

  private async use(holdable: Holdable, hold: Hold): Promise<void> {
    const note = this.holder.take(holdable, hold);
    await this.holder.work(holdable, note, hold);
    this.holder.leave(note);
    await hold.release();
    if (!hold.signal.aborted) throw new Violation("signal", `${hold.path} was released, and its signal is not aborted`);
    this.holder.gone(note);
  }

  /** One run of an election: `work` once, unless its leadership is lost (`Election.run`). */
  private async run(index: number): Promise<void> {
    const candidacy = createCandidacy(this.settings.session, index);
    const attempts: HoldNote[] = [];
    let isWorking = false;
    let isDone = false;
    const work = async (leadership: Leadership): Promise<number> => {
      if (isWorking || isDone) throw new Violation("run-once", `work is begun ${isWorking ? "twice" : "again"}`);
      isWorking = true;
      const note = this.holder.take(candidacy, leadership);
      attempts.push(note);
      const isFailing = this.settings.dice.chance(0.1);
      await this.holder.work(candidacy, note, leadership);
      isWorking = false;
      isDone = !leadership.signal.aborted;
      this.holder.leave(note);
      if (isFailing) throw new WorkFailed(String(note.id));
      return note.id;
    };
    const what = `run ${candidacy.queue}`;
    let mayBeGivenUp = false;
    const result = await this.waits.wait(what, false, async (options, note) => {
      try {
        const given = await candidacy.election.run(work, options);
        if (!isDone && !note.isGivenUp && note.deadlineMs === null) {
          throw new Violation("run-once", `${what} gives the result of a work whose leadership was lost`);
        }
        return given;
      } catch (error) {
        const isOwn = error instanceof WorkFailed && error.message === String(attempts.at(-1)?.id);
        if (error instanceof WorkFailed && (!isOwn || !isDone))
          throw new Violation("run-once", "the failure of a work is told that was not done");
        throw error;
      } finally {
        mayBeGivenUp = note.isGivenUp || note.deadlineMs !== null;
      }
    });
    const last = attempts.at(-1);
    if (isWorking) throw new Violation("run-once", `${what} has ended, and its work has not`);
    if (result !== null && result !== last?.id) throw new Violation("run-once", `${what} gives the result of another`);
    // Who gives up does not wait for the last resignation.
    for (const note of mayBeGivenUp ? attempts.slice(0, -1) : attempts) this.holder.gone(note);
  }

  private async look(holdable: Holdable): Promise<void> {
    const { notebook, world, note: session } = this.settings;
    const { queue, kind } = holdable;
    const begunStep = world.steps;
    const what = `look-${kind} ${queue}`;
    const seen: LookNote["seen"] | null = await this.waits.wait(what, true, (options) => holdable.contenders(options));
    if (seen !== null) notebook.recipes.looks.push({ queue, kind, session, begunStep, endStep: world.steps, seen });
  }

  /** An operator deletes somebody's place (LK-08). */
  private async kick(path: string): Promise<void> {
    const { session, dice } = this.settings;
    const { result } = await this.caller.call({ kind: "children", path }, async () => {
      const { children, stat } = await session.children(path);
      return { kind: "children", names: children.toSorted(), pzxid: stat.pzxid };
    });
    const places = result?.kind === "children" ? result.names.filter((name) => name.startsWith("_c_")) : [];
    if (places.length === 0) return;
    const place = `${path}/${dice.pick(places)}`;
    let owner: string | null = null;
    await this.caller.call({ kind: "exists", path: place }, async () => {
      const stat = await session.exists(place);
      owner = stat?.ephemeralOwner ?? null;
      return stat === null ? { kind: "absent" } : { kind: "exists", version: stat.version, mzxid: stat.mzxid };
    });
    // Its own is deleted by its recipe as well: of which of the two a delete is nobody could say.
    if (owner === null || owner === session.id) return;
    await this.caller.call({ kind: "delete", path: place }, async () => {
      await session.delete(place);
      return { kind: "done" };
    });
  }

  private value(): string {
    const { name, note } = this.settings;
    return `${name}.${note.index}.${this.valueCount++}`;
  }
}
