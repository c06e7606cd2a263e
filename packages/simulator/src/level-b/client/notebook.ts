import type { ErrorCode } from "@coterie/interface";
import { RecipeBook } from "../recipes/recipe-book.ts";

/** A session as its client knows it. */
export interface SessionNote {
  readonly index: number;
  readonly client: string;
  /** "0x0" until it is connected. */
  sessionId: string;
  state: string;
  /** Its client has asked to close it: it is over for its calls, and its znodes go when that is done. */
  isClosing: boolean;
  /** How often it has lost its connection. */
  suspensions: number;
  /** Why it was lost. */
  lostBy: ErrorCode | null;
}

export type NotedCall =
  | { readonly kind: "set"; readonly path: string; readonly data: string; readonly version: number }
  | { readonly kind: "create"; readonly path: string; readonly data: string; readonly isSequential: boolean }
  | { readonly kind: "delete"; readonly path: string }
  /** Creates a sequential znode and sets a register. */
  | { readonly kind: "multi"; readonly path: string; readonly data: string; readonly setPath: string }
  /** Sets, in a transaction that the hold of `place` guards. */
  | { readonly kind: "guarded"; readonly path: string; readonly data: string; readonly place: string }
  /** `stalenessMaxMs`: 0 where it is linearizable, Infinity where it is local. */
  | { readonly kind: "get"; readonly path: string; readonly stalenessMaxMs: number }
  | { readonly kind: "exists"; readonly path: string }
  | { readonly kind: "children"; readonly path: string }
  | { readonly kind: "sync" }
  | { readonly kind: "close" };

export type NotedResult =
  | { readonly kind: "written"; readonly path: string; readonly zxid: number; readonly version: number }
  | { readonly kind: "data"; readonly data: string; readonly version: number; readonly mzxid: number }
  | { readonly kind: "exists"; readonly version: number; readonly mzxid: number }
  | { readonly kind: "absent" }
  | { readonly kind: "children"; readonly names: readonly string[]; readonly pzxid: number }
  | { readonly kind: "done" };

/** One call of one session. Steps are the world's: what ends in one step ends at one moment. */
export interface CallNote {
  readonly id: number;
  readonly session: SessionNote;
  readonly call: NotedCall;
  readonly begunStep: number;
  readonly begunMs: number;
  endStep: number;
  endMs: number;
  /** "open": it has not ended, as the process it was made in. "failed": it has not taken effect. */
  outcome: "open" | "ok" | "failed" | "unknown";
  code: ErrorCode | null;
  result: NotedResult | null;
}

/** One watch, from when it was armed. */
export interface WatchNote {
  readonly session: SessionNote;
  readonly path: string;
  readonly once: boolean;
  readonly begunStep: number;
  armedStep: number;
  /** Its iteration has ended. */
  isOver: boolean;
  readonly events: WatchedNote[];
}

export interface WatchedNote {
  readonly kind: "created" | "deleted" | "data-changed" | "children-changed" | "gap";
  /** -1 for a gap. */
  readonly zxid: number;
  readonly step: number;
}

/** All that clients did and heard. */
export class Notebook {
  readonly sessions: SessionNote[] = [];
  readonly calls: CallNote[] = [];
  readonly watches: WatchNote[] = [];
  readonly recipes: RecipeBook = new RecipeBook();

  session(client: string): SessionNote {
    const note: SessionNote = {
      index: this.sessions.length,
      client,
      sessionId: "0x0",
      state: "connecting",
      isClosing: false,
      suspensions: 0,
      lostBy: null,
    };
    this.sessions.push(note);
    return note;
  }

  call(session: SessionNote, call: NotedCall, step: number, nowMs: number): CallNote {
    const id = this.calls.length;
    const note: CallNote = {
      id,
      session,
      call,
      begunStep: step,
      begunMs: nowMs,
      endStep: -1,
      endMs: -1,
      outcome: "open",
      code: null,
      result: null,
    };
    this.calls.push(note);
    return note;
  }

  watch(session: SessionNote, path: string, once: boolean, step: number): WatchNote {
    const note: WatchNote = { session, path, once, begunStep: step, armedStep: -1, isOver: false, events: [] };
    this.watches.push(note);
    return note;
  }
}
