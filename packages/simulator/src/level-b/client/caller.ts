import { CoterieError, type ErrorCode } from "@coterie/interface";
import type { LevelBWorld } from "../world/level-b-world.ts";
import type { CallNote, Notebook, NotedCall, NotedResult, SessionNote } from "./notebook.ts";

export interface CallerSettings {
  readonly world: LevelBWorld;
  readonly notebook: Notebook;
  readonly note: SessionNote;
  readonly name: string;
}

/** Makes the calls of one session, and writes down what comes of them. */
export class Caller {
  openCount = 0;
  private readonly settings: CallerSettings;
  private readonly answered: (code: ErrorCode | null) => void;

  /** @param answered a call has ended: called before its caller hears of it. */
  constructor(settings: CallerSettings, answered: (code: ErrorCode | null) => void = () => undefined) {
    this.settings = settings;
    this.answered = answered;
  }

  async call(call: NotedCall, ask: () => Promise<NotedResult>): Promise<CallNote> {
    const { notebook, note: session, world, name } = this.settings;
    const note = notebook.call(session, call, world.steps, world.nowUs / 1000);
    this.openCount += 1;
    try {
      note.result = await ask();
      note.outcome = "ok";
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      note.code = error.code;
      note.outcome = error.outcome === "unknown" ? "unknown" : "failed";
    }
    this.openCount -= 1;
    note.endStep = world.steps;
    note.endMs = world.nowUs / 1000;
    this.answered(note.code);
    world.probe(`${call.kind}: ${note.code ?? "ok"}`);
    world.trace.mixText(
      `${note.id} ${note.code ?? "ok"} ${note.result === null ? "" : Object.values(note.result).join()}`,
    );
    if (world.trace.isReadable) {
      const end = note.code ?? JSON.stringify(note.result);
      world.trace.line(world.nowUs, `${name} #${note.id} ${JSON.stringify(call)}: ${end}`);
    }
    return note;
  }
}
