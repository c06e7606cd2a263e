import type { SessionNote } from "../client/notebook.ts";

export const HOLD_KINDS = ["mutex", "read", "write", "lease", "leader", "member"] as const;
export type HoldKind = (typeof HOLD_KINDS)[number];

/** One hold, from when it was reported on. Steps are the world's; -1 for what has not happened. */
export interface HoldNote {
  readonly id: number;
  readonly kind: HoldKind;
  /** The parent of its place. */
  readonly queue: string;
  /** Its znode. */
  readonly place: string;
  readonly token: number;
  readonly session: SessionNote;
  readonly takenStep: number;
  /** Its holder lets go. */
  releaseStep: number;
  /** It was told that its znode is gone; not, if its session was over by then. */
  goneStep: number;
  /** Its signal aborted before it was let go. */
  lostStep: number;
}

/** One that was let into a double barrier. */
export interface MemberNote {
  readonly hold: HoldNote;
  /** It was told that all have left; -1 if it was not. */
  leftStep: number;
}

/** One wait for a hold, or one run of an election. */
export interface WaitNote {
  readonly id: number;
  readonly what: string;
  readonly session: SessionNote;
  /** The process that it waits in. */
  readonly process: { readonly isDead: boolean };
  readonly begunStep: number;
  readonly begunMs: number;
  endStep: number;
  /** What it asks for at once or not at all; null where it waits. */
  tried: { readonly kind: HoldKind; readonly queue: string } | null;
  deadlineMs: number | null;
  isGivenUp: boolean;
  outcome: "open" | "held" | "refused" | "done" | "given-up" | "late" | "over" | "failed";
}

/** What somebody was told of those who contend. */
export interface LookNote {
  readonly queue: string;
  readonly kind: HoldKind;
  readonly session: SessionNote;
  readonly begunStep: number;
  readonly endStep: number;
  readonly seen: readonly { readonly path: string; readonly token: number; readonly sessionId: string | null }[];
}

export type SharedKind = "add" | "set" | "remove" | "pass";

/** A change of a counter or a barrier, or a wait at one. */
export interface SharedNote {
  readonly kind: SharedKind;
  readonly path: string;
  /** What is added; of a wait, the step in which the sync before it began. */
  readonly count: number;
  readonly session: SessionNote;
  readonly begunStep: number;
  endStep: number;
  outcome: "open" | "ok" | "unknown" | "failed";
  result: number | null;
}

/** What clients did with recipes, and what they were told. */
export class RecipeBook {
  readonly holds: HoldNote[] = [];
  readonly waits: WaitNote[] = [];
  readonly looks: LookNote[] = [];
  readonly shared: SharedNote[] = [];
  readonly members: MemberNote[] = [];
  /** Holds whose signals did not tell, in a step in which a call of their session was answered with its end. */
  readonly unaware: { readonly hold: HoldNote; readonly step: number }[] = [];
  /** Znodes that are there for good: everybody knows that. */
  readonly prepared: Set<string> = new Set();

  hold(taken: Pick<HoldNote, "kind" | "queue" | "place" | "token" | "session" | "takenStep">): HoldNote {
    const note: HoldNote = { id: this.holds.length, ...taken, releaseStep: -1, goneStep: -1, lostStep: -1 };
    this.holds.push(note);
    return note;
  }

  wait(begun: Pick<WaitNote, "what" | "session" | "process" | "begunStep" | "begunMs">): WaitNote {
    const id = this.waits.length;
    const note: WaitNote = {
      id,
      ...begun,
      endStep: -1,
      tried: null,
      deadlineMs: null,
      isGivenUp: false,
      outcome: "open",
    };
    this.waits.push(note);
    return note;
  }

  /** Whether it holds something, as far as it knows. */
  isHolding(session: SessionNote): boolean {
    return this.holds.some((hold) => hold.session === session && hold.releaseStep < 0 && hold.lostStep < 0);
  }
}
