import { positionOf, type StoredCheckpoint } from "@coterie/interface";
import type { Context } from "../context.ts";
import { FRAME_PAGES_MAX } from "../limits.ts";
import type { PagesTaken } from "../message.ts";
import { dropLearner, forgetLearner, type Leading, type Learner, type Transfer } from "./leading.ts";
import { sendSync } from "./send-sync.ts";

/** Begins to send checkpoints to learners that wait for one, a few at a time. */
export function maybeTransfer(context: Context, role: Leading): void {
  const { transfersMax } = context.options.limits;
  let running = 0;
  for (const learner of role.learners.values()) if (learner.transfer !== null) running += 1;
  for (const learner of role.learners.values()) {
    if (running >= transfersMax) return;
    if (learner.phase !== "waiting") continue;
    running += 1;
    role.transfersBegun += 1;
    // Unique among all leaderships of this peer: an answer to an earlier one is not taken for this one's.
    const id = role.epoch * 2 ** 16 + role.transfersBegun;
    learner.phase = "transferring";
    learner.transfer = {
      id,
      checkpoint: null,
      mark: null,
      read: 0,
      taken: 0,
      isReading: false,
      sizes: [],
      sizeBytes: 0,
      waitingSince: null,
    };
    context.effects.push({ kind: "open-checkpoint", transfer: id });
  }
}

/** The learner whose checkpoint this is; null if it is gone. */
function findLearner(role: Leading, transfer: number): Learner | null {
  for (const learner of role.learners.values()) if (learner.transfer?.id === transfer) return learner;
  return null;
}

export function handleCheckpointOpened(
  context: Context,
  role: Leading,
  id: number,
  checkpoint: StoredCheckpoint | null,
): void {
  const learner = findLearner(role, id);
  const transfer = learner?.transfer ?? null;
  if (learner === null || transfer === null) return;
  if (checkpoint === null || checkpoint.zxid < context.history.base.zxid) {
    dropLearner(context, role, learner, "refused");
    return;
  }
  const { zxid, chainHash, digest, pageCount } = checkpoint;
  transfer.checkpoint = checkpoint;
  // What the learner has beyond the checkpoint, and shares, may have counted in a quorum: it stays.
  const kind = learner.common !== null && learner.common >= zxid ? "covering" : "incoming";
  transfer.mark = { kind, zxid, chainHash, digest, pageCount };
  sendSync(context, role, learner, checkpoint);
  continueTransfer(context, role, learner, transfer, checkpoint);
}

export function handlePagesRead(
  context: Context,
  role: Leading,
  id: number,
  pages: readonly Uint8Array[] | null,
): void {
  const learner = findLearner(role, id);
  const transfer = learner?.transfer ?? null;
  if (learner === null || transfer === null || transfer.checkpoint === null) return;
  transfer.isReading = false;
  if (pages === null || pages.length === 0) {
    dropLearner(context, role, learner, "refused");
    return;
  }
  for (let start = 0; start < pages.length; start += FRAME_PAGES_MAX) {
    context.send(learner.link, {
      kind: "checkpoint-pages",
      epoch: role.epoch,
      first: transfer.read + start,
      pages: pages.slice(start, start + FRAME_PAGES_MAX),
    });
  }
  transfer.waitingSince ??= context.ticks;
  transfer.read += pages.length;
  for (const page of pages) {
    transfer.sizes.push(page.length);
    transfer.sizeBytes += page.length;
  }
  continueTransfer(context, role, learner, transfer, transfer.checkpoint);
}

/** The learner has these in its draft: there is room for more. */
export function handlePagesTaken(context: Context, role: Leading, learner: Learner, message: PagesTaken): void {
  const { transfer } = learner;
  if (transfer === null || transfer.checkpoint === null) return;
  const taken = Math.min(message.count, transfer.read);
  if (taken <= transfer.taken) return;
  learner.heardTick = context.ticks;
  if (learner.hasPromised) role.idleTicks = 0;
  transfer.waitingSince = taken < transfer.read ? context.ticks : null;
  while (transfer.taken < taken) {
    transfer.taken += 1;
    transfer.sizeBytes -= transfer.sizes.shift() ?? 0;
  }
  continueTransfer(context, role, learner, transfer, transfer.checkpoint);
}

function continueTransfer(
  context: Context,
  role: Leading,
  learner: Learner,
  transfer: Transfer,
  checkpoint: StoredCheckpoint,
): void {
  // The stream begins when the learner has all pages: until then it has no log to continue.
  if (transfer.taken >= checkpoint.pageCount) {
    if (transfer.mark?.kind === "covering") {
      // It reports again when the checkpoint is on its disk, and is located anew.
      forgetLearner(context, role, learner);
      maybeTransfer(context, role);
      return;
    }
    context.effects.push({ kind: "close-checkpoint", transfer: transfer.id });
    learner.transfer = null;
    learner.faults = [];
    learner.phase = "streaming";
    learner.sent = positionOf(checkpoint);
    maybeTransfer(context, role);
    return;
  }
  const { pagesInFlightMaxBytes } = context.options.limits;
  if (transfer.isReading || transfer.read >= checkpoint.pageCount) return;
  if (transfer.sizeBytes >= pagesInFlightMaxBytes && transfer.sizeBytes > 0) return;
  transfer.isReading = true;
  const sizeMaxBytes = Math.max(1, pagesInFlightMaxBytes - transfer.sizeBytes);
  context.effects.push({ kind: "read-pages", transfer: transfer.id, first: transfer.read, sizeMaxBytes });
}
