import type {
  CheckpointKind,
  CheckpointStep,
  CheckpointSummary,
  CheckpointWriter,
  SessionId,
  Zxid,
} from "@coterie/interface";
import type { Session, SessionCapture } from "../session/session-table.ts";
import type { State } from "../state.ts";
import type { FrozenChanges, ZnodeCapture } from "../tree/change-set.ts";
import type { ZnodeId } from "../tree/znode-ids.ts";
import { PageWriter } from "./page-writer.ts";

/** The mark, with what a reader of statistics wants to know too. */
export interface StateCheckpointSummary extends CheckpointSummary {
  readonly znodeCount: number;
  readonly sessionCount: number;
}

type StateCheckpointStep =
  | Exclude<CheckpointStep, { readonly kind: "done" }>
  | { readonly kind: "done"; readonly summary: StateCheckpointSummary };

/** Ids looked at in one step at most: a step is below a millisecond. */
const STEP_IDS_MAX = 4096;
const STEP_MORE: StateCheckpointStep = Object.freeze({ kind: "more" });
/** An id with this change set is in no set that is still of interest. */
const CHANGE_SET_TAKEN = 0;

/**
 * Writes the state as it was at one zxid, page by page, while txns go on being applied: what is about to change
 * before its turn is written first, as it was (design, decision 4). Only one can be under way.
 */
export class StateCheckpointWriter implements CheckpointWriter, ZnodeCapture, SessionCapture {
  readonly kind: CheckpointKind;
  private readonly state: State;
  private readonly pages: PageWriter;
  private readonly frozen: FrozenChanges;
  private readonly frozenSessions: Set<SessionId>;
  private readonly idsEnd: ZnodeId;
  private readonly zxid: Zxid;
  private readonly digest: string;
  private readonly znodeCount: number;
  private readonly sessionCount: number;
  /** The next id (full) or the next place in the frozen list (delta) to write. */
  private cursor = 0;
  private readonly allSessions: IterableIterator<Session>;
  /** Sessions created up to it are written. */
  private sessionsDone = -1;
  private pageCount = 0;
  private done = false;
  private pagesSizeBytes = 0;

  constructor(state: State, kind: CheckpointKind) {
    this.state = state;
    this.kind = kind;
    this.pages = new PageWriter(state.tree, state.acls);
    this.zxid = state.zxid;
    this.digest = state.digest.toString();
    this.znodeCount = state.tree.size;
    this.sessionCount = state.sessions.size;
    this.idsEnd = state.tree.ids.end;
    this.frozen = state.tree.changes.freeze(this);
    this.frozenSessions = state.sessions.freeze(this);
    this.allSessions = state.sessions.all();
  }

  /** Whether `step` has given its summary. */
  get isDone(): boolean {
    return this.done;
  }

  /** Does the next piece of work; not to be called again once it is done. */
  step(): StateCheckpointStep {
    const ready = this.pages.shift();
    if (ready !== undefined) return this.page(ready);
    let budget = STEP_IDS_MAX;
    while (budget > 0) {
      const isDone = this.kind === "full" ? this.writeNextOfAll() : this.writeNextChanged();
      if (isDone) this.pages.flush();
      const page = this.pages.shift();
      if (page !== undefined) return this.page(page);
      if (isDone) return this.finish();
      budget -= 1;
    }
    return STEP_MORE;
  }

  /** Ends it, done or not. Pages of one that was not done are of no use. */
  release(): void {
    this.state.tree.changes.release();
    this.state.sessions.release();
  }

  take(id: ZnodeId): void {
    const { ids } = this.state.tree;
    if (this.kind === "full") {
      if (id >= this.cursor && id < this.idsEnd && ids.has(id)) this.pages.znode(ids.refOf(id));
    } else if (ids.changeSetOf(id) === this.frozen.changeSet) {
      this.writeChanged(id);
    }
  }

  takeSession(session: Session): void {
    if (this.kind === "full") {
      if (session.czxid > this.sessionsDone && session.czxid <= this.zxid) this.pages.session(session);
    } else if (this.frozenSessions.delete(session.id)) {
      this.pages.session(session);
    }
  }

  /** Writes one id or one session; true when there is none left. */
  private writeNextOfAll(): boolean {
    if (this.cursor < this.idsEnd) {
      const { ids } = this.state.tree;
      const id = ids.skipHole(this.cursor);
      // What has changed since the freeze was written when it did.
      if (ids.has(id) && ids.changeSetOf(id) <= this.frozen.changeSet) this.pages.znode(ids.refOf(id));
      this.cursor = id + 1;
      return false;
    }
    const next = this.allSessions.next();
    if (next.done === true || next.value.czxid > this.zxid) return true;
    this.pages.session(next.value);
    this.sessionsDone = next.value.czxid;
    return false;
  }

  private writeNextChanged(): boolean {
    const { ids } = this.state.tree;
    const id = this.frozen.ids[this.cursor];
    if (id !== undefined) {
      this.cursor += 1;
      if (ids.changeSetOf(id) === this.frozen.changeSet) {
        this.writeChanged(id);
        ids.setChangeSet(id, CHANGE_SET_TAKEN);
      }
      return false;
    }
    for (const session of this.frozenSessions) {
      this.frozenSessions.delete(session);
      const value = this.state.sessions.get(session);
      if (value === undefined) this.pages.sessionGone(session);
      else this.pages.session(value);
      return false;
    }
    return true;
  }

  private writeChanged(id: ZnodeId): void {
    const { ids } = this.state.tree;
    if (ids.has(id)) this.pages.znode(ids.refOf(id));
    else this.pages.znodeGone(id);
  }

  private page(bytes: Uint8Array): StateCheckpointStep {
    this.pageCount += 1;
    this.pagesSizeBytes += bytes.length;
    return { kind: "page", bytes };
  }

  private finish(): StateCheckpointStep {
    this.done = true;
    this.release();
    const { kind, zxid, digest, pageCount, pagesSizeBytes, znodeCount, sessionCount } = this;
    const summary: StateCheckpointSummary = {
      kind,
      zxid,
      digest,
      pageCount,
      pagesSizeBytes,
      znodeCount,
      sessionCount,
    };
    return { kind: "done", summary };
  }
}
