import { assert, type CheckpointMark, type LogBatch, type Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import { maybeBegin } from "../election/looking.ts";
import { maybeCommit } from "../leader/commit.ts";
import { offerEpoch } from "../leader/discovery.ts";
import { maybeEstablish } from "../leader/establishment.ts";
import { maybeAckEpoch } from "../learner/discovery.ts";
import { acknowledge, maybeTellReadmitted } from "../learner/broadcast.ts";
import { maybeAckNewLeader, maybeOpenDraft, maybeReportAgain, restoreIncoming } from "../learner/synchronisation.ts";
import { noteRepaired } from "../standing/faults.ts";
import { maybeReadmit } from "../standing/readmission.ts";

/** Other peers' marks are saved with a batch that is written anyway, and not more often than this. */
const NOTES_TICKS = 64;

/** Gives the store its next batch, if it has none under way and something waits. */
export function flushToStore(context: Context): void {
  const { store, history, marks } = context;
  const batch = store.take();
  if (batch === null) return;
  const end = store.agreedUpTo(endOf(batch) ?? context.diskEnd);
  const committed = Math.min(history.committed, end) as Zxid;
  if (marks.isChanged && context.ticks >= context.notesTick + NOTES_TICKS) {
    marks.isChanged = false;
    context.notesTick = context.ticks;
    batch.notes = marks.encode(context.quorum);
  }
  if (committed > context.diskCommitted) {
    context.diskCommitted = committed;
    batch.committed = committed;
  }
  context.effects.push({ kind: "store", batch });
}

/** Where the log on disk ends once this batch is there; null if it leaves that as it is. */
function endOf(batch: LogBatch): Zxid | null {
  if (batch.append !== undefined) return batch.append.at(-1)?.zxid ?? null;
  if (batch.truncateAfter !== undefined) return batch.truncateAfter;
  return batch.checkpoint?.kind === "incoming" ? batch.checkpoint.zxid : null;
}

/** This peer's own checkpoint is complete. It stands for a state that its log leads on from, and for no earlier one. */
export function takeOwnMark({ history, store }: Context, mark: CheckpointMark): void {
  const isInLog = mark.zxid >= history.base.zxid && mark.zxid <= history.delivered;
  assert(isInLog, "a checkpoint is of the state as it is, not of one that another peer's checkpoint has replaced");
  store.mark(mark);
}

/** A batch is synced: what it promises may be said now (R1). */
export function handleStored(context: Context): void {
  const { store, history } = context;
  const batch = store.finish();
  const end = endOf(batch);
  if (end !== null) {
    context.diskEnd = end;
    history.synced = store.agreedUpTo(end);
  }
  noteRepaired(context, batch, store.repairAfter);
  restoreIncoming(context, batch);
  promiseByRole(context);
}

function promiseByRole(context: Context): void {
  const { role } = context;
  if (role.kind === "looking") {
    maybeBegin(context, role);
    return;
  }
  if (role.kind === "leading") {
    if (role.phase === "discovery") offerEpoch(context, role);
    else if (role.phase === "synchronisation") maybeEstablish(context, role);
    else maybeCommit(context, role);
    if (role.phase === "broadcast") maybeReadmit(context, role);
    return;
  }
  maybeAckEpoch(context, role);
  maybeOpenDraft(context, role);
  maybeReportAgain(context, role);
  maybeAckNewLeader(context, role);
  acknowledge(context, role);
  maybeTellReadmitted(context, role);
}
