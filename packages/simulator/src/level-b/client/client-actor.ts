import { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";
import type { Dice } from "../../world/dice.ts";
import type { LevelBWorld } from "../world/level-b-world.ts";
import type { SimProcess } from "../world/sim-process.ts";
import { RecipeActs } from "../recipes/recipe-acts.ts";
import { Acts } from "./acts.ts";
import type { ClientWork } from "./client-work.ts";
import type { Notebook, SessionNote } from "./notebook.ts";

export interface ClientSettings {
  readonly world: LevelBWorld;
  readonly notebook: Notebook;
  readonly name: string;
  readonly process: SimProcess;
  readonly dice: Dice;
  open(): Promise<Session>;
}

/** Why a session may not come about: there is nobody to give one, or no more. */
const OPEN_REFUSALS: ReadonlySet<string> = new Set([
  "NO_QUORUM",
  "PEER_STOPPED",
  "UNREACHABLE",
  "CONNECTION_LOSS",
  "CONNECTION_CLOSED",
]);

/** One client: opens a session, works with it until it is gone, and opens another. It ends with its process. */
export class ClientActor {
  readonly name: string;
  readonly process: SimProcess;
  /** The session it has now; null if it has none. */
  session: SessionNote | null = null;
  /** No more work but one write that has to get through. */
  isFinishing = false;
  isFinished = false;
  private readonly settings: ClientSettings;
  private acts: ClientWork | null = null;
  /** What was begun with sessions that are lost: who is deaf works on. */
  private earlier: ClientWork[] = [];

  constructor(settings: ClientSettings) {
    this.settings = settings;
    this.name = settings.name;
    this.process = settings.process;
  }

  begin(): void {
    this.live().catch((error: unknown) => this.settings.world.fail(error, `client ${this.name}`));
  }

  get waiting(): string {
    const { session, acts } = this;
    return `${this.name}: session ${session?.sessionId ?? "none"} ${session?.state ?? ""}, ${acts?.openCount ?? 0} calls open`;
  }

  private async live(): Promise<void> {
    const { process, settings } = this;
    const { world } = settings;
    await process.sleep(settings.dice.below(world.options.timing.tickMs * 20));
    while (!process.isDead) {
      const session = await this.openSession();
      if (session === null) {
        await process.sleep(world.options.timing.tickMs * 3);
        continue;
      }
      await this.use(session);
      this.session = null;
      if (this.acts !== null) this.earlier.push(this.acts);
    }
  }

  private async openSession(): Promise<Session | null> {
    const { world } = this.settings;
    try {
      return await this.settings.open();
    } catch (error) {
      const code = error instanceof CoterieError ? error.code : "none";
      if (!OPEN_REFUSALS.has(code)) throw error;
      world.probe(`no session: ${code}`);
      world.say(`${this.name} gets no session: ${code}`);
      return null;
    }
  }

  private async use(session: Session): Promise<void> {
    const { world, notebook, dice, process } = this.settings;
    const note = notebook.session(this.name);
    this.session = note;
    note.sessionId = session.id;
    note.state = session.state;
    world.say(`${this.name} has session ${session.id}`);
    session.on("state", (state, reason) => {
      note.state = state;
      if (state === "suspended") note.suspensions += 1;
      if (state === "lost") note.lostBy = reason?.code ?? null;
      world.probe(`session ${state}`);
      world.say(`${this.name} session ${state} ${reason?.code ?? ""}`);
    });
    const settings = { world, notebook, note, session, process, dice, name: this.name };
    const { recipes } = world.options;
    const acts = recipes === null ? new Acts(settings) : new RecipeActs(settings, recipes);
    this.acts = acts;
    acts.prepare();
    const { thinkMaxMs, pipelineMax } = world.options.workload;
    while (session.state !== "lost" && session.state !== "closed") {
      await process.sleep(1 + dice.below(thinkMaxMs * 1000) / 1000);
      if (this.isFinished) continue;
      if (this.isFinishing) await this.finish(acts);
      else if (acts.openCount < pipelineMax) acts.draw();
    }
  }

  private async finish(acts: ClientWork): Promise<void> {
    this.earlier = this.earlier.filter(({ openCount }) => openCount > 0);
    if (acts.openCount > 0 || this.earlier.length > 0) return acts.letGo();
    this.isFinished = await acts.lastWrite();
  }
}
