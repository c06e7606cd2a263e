import { CoterieError } from "@coterie/interface";
import type { BarrierEntry, WaitOptions } from "@coterie/recipes";
import { Violation } from "../../invariants/invariant.ts";
import type { WorkSettings } from "../client/client-work.ts";
import type { Holder } from "./holder.ts";
import type { MemberNote } from "./recipe-book.ts";
import { createMeeting, type Meeting } from "./recipe-room.ts";
import type { RecipeWorkload } from "./recipe-workload.ts";
import type { Waits } from "./waits.ts";

/** What one session does at double barriers: enters, works, and leaves with the others. */
export class MeetingActs {
  private readonly settings: WorkSettings;
  private readonly workload: RecipeWorkload;
  private readonly waits: Waits;
  private readonly holder: Holder;
  private enteringCount = 0;
  private isOpening = false;

  constructor(settings: WorkSettings, workload: RecipeWorkload, waits: Waits, holder: Holder) {
    this.settings = settings;
    this.workload = workload;
    this.waits = waits;
    this.holder = holder;
  }

  async meet(index: number): Promise<void> {
    const meeting = this.meeting(index);
    this.enteringCount += 1;
    const entry = await this.enter(meeting, (options) => meeting.barrier.enter(options), true);
    this.enteringCount -= 1;
    if (entry === null) return;
    // Some slip out.
    await this.work(meeting, entry, this.settings.dice.chance(0.8));
  }

  /** Nobody else comes any more: where one of its own still waits, so many enter as there have to be. */
  async openAll(): Promise<void> {
    if (this.isOpening || this.enteringCount === 0) return;
    this.isOpening = true;
    const { objects, participants } = this.workload;
    for (let index = 0; index < objects; index++) {
      const meeting = this.meeting(index);
      await Promise.all(Array.from({ length: participants }, () => this.help(meeting)));
    }
    this.isOpening = false;
  }

  private meeting(index: number): Meeting {
    return createMeeting(this.settings.session, index, this.workload.participants);
  }

  private async help(meeting: Meeting): Promise<void> {
    const entry = await this.enter(meeting, () => meeting.barrier.enter(), false);
    if (entry !== null) await this.work(meeting, entry, true);
  }

  private enter(
    { queue }: Meeting,
    ask: (options: WaitOptions) => Promise<BarrierEntry>,
    isBounded: boolean,
  ): Promise<BarrierEntry | null> {
    return this.waits.wait(`enter ${queue}`, isBounded, ask);
  }

  private async work(meeting: Meeting, entry: BarrierEntry, isPatient: boolean): Promise<void> {
    const { notebook, world } = this.settings;
    const hold = this.holder.take(meeting, entry);
    const member: MemberNote = { hold, leftStep: -1 };
    notebook.recipes.members.push(member);
    await this.holder.work(meeting, hold, entry);
    this.holder.leave(hold);
    const what = `leave ${meeting.queue}`;
    const left = isPatient ? await this.waits.wait(what, true, (options) => leaveUnlessLost(entry, options)) : null;
    if (left !== null) member.leftStep = world.steps;
    // Who has given up has left all the same.
    await entry.release();
    if (!entry.signal.aborted) throw new Violation("signal", `${entry.path} was left, and its signal is not aborted`);
    this.holder.gone(hold);
  }
}

/** Null if it was in no more. */
async function leaveUnlessLost(entry: BarrierEntry, options: WaitOptions): Promise<true | null> {
  const { signal } = entry;
  try {
    await entry.leave(options);
    return true;
  } catch (error) {
    if (error instanceof CoterieError && error.code === "NOT_HELD" && signal.aborted) return null;
    throw error;
  }
}
