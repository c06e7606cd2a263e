import { assert, chainHash, type LogEntry, type LogPosition, positionOf, type Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import { TAG_TXN } from "../entry-tags.ts";
import type { Propose } from "../message.ts";
import type { Leading, Learner } from "./leading.ts";
import { isServing, zxidAfter } from "./requests.ts";
import { entriesOrGiveUp } from "./learner-reading.ts";

/** PROPOSE: the txns take the next zxids; the end of the turn sends them, and the disk gets them at the same time. */
export function propose(context: Context, role: Leading, txns: readonly Uint8Array[]): void {
  const { txnSizeMaxBytes, counterMax } = context.options.limits;
  assert(isServing(context, role) && role.handOver === null, "only a leader that serves proposes");
  const entries: LogEntry[] = [];
  let zxid = zxidAfter(context, role);
  let hash = context.history.last.chainHash;
  for (const bytes of txns) {
    assert(bytes.length <= txnSizeMaxBytes, "a txn is not larger than the limit");
    assert(zxid - role.epoch * 2 ** 32 <= counterMax, "an epoch's zxids stay in the epoch");
    hash = chainHash(hash, zxid, TAG_TXN, bytes);
    entries.push({ zxid, tag: TAG_TXN, bytes, chainHash: hash });
    role.proposals.push({ zxid, sizeBytes: bytes.length });
    role.proposalsSizeBytes += bytes.length;
    zxid = (zxid + 1) as Zxid;
  }
  role.handedOut = Math.max(0, role.handedOut - txns.length);
  context.appendToLog(entries);
}

/**
 * Feeds every learner from where it is: the same frames for all that are at the same place. Called at the end of a turn.
 * A learner that does not keep up gets no more until it has acknowledged; what it misses it gets from memory, or from
 * the log, later.
 */
export function feedLearners(context: Context, role: Leading): void {
  const frames = new Map<Zxid, Propose>();
  const sends: { readonly message: Propose; readonly links: number[] }[] = [];
  for (const learner of role.learners.values()) {
    while (mayFeed(context, role, learner)) {
      const message = frameAfter(context, role, learner, frames);
      if (message === null) break;
      const previous = sends.findLast((send) => send.message === message);
      if (previous !== undefined && isLastFor(sends, previous, learner.link.id)) previous.links.push(learner.link.id);
      else sends.push({ message, links: [learner.link.id] });
      note(context, learner, message);
    }
  }
  for (const { message, links } of sends) context.sendAll(links, message);
  for (const learner of role.learners.values()) tellNewLeader(context, role, learner);
  tellCommitted(context, role);
}

/** Frames to one link keep their order: a frame joins an earlier send only if nothing for the link came after that. */
function isLastFor(
  sends: readonly { readonly links: readonly number[] }[],
  send: { readonly links: readonly number[] },
  link: number,
): boolean {
  for (let index = sends.length - 1; index >= 0; index--) {
    if (sends[index] === send) return true;
    if (sends[index]?.links.includes(link) === true) return false;
  }
  return true;
}

function mayFeed(context: Context, role: Leading, learner: Learner): boolean {
  if ((learner.phase !== "streaming" && learner.phase !== "joined") || learner.reading !== null) return false;
  if (learner.sent.zxid >= limitOf(context, role, learner)) return false;
  return learner.framesSizeBytes === 0 || learner.framesSizeBytes < context.options.limits.learnerInFlightMaxBytes;
}

/** NEWLEADER stands between the history and the epoch's own proposals. */
function limitOf({ history }: Context, role: Leading, learner: Learner): Zxid {
  return learner.wasToldNewLeader ? history.last.zxid : role.initialZxid;
}

function frameAfter(context: Context, role: Leading, learner: Learner, frames: Map<Zxid, Propose>): Propose | null {
  const after = learner.sent;
  const upTo = limitOf(context, role, learner);
  const known = frames.get(after.zxid);
  if (known !== undefined && (known.entries.at(-1)?.zxid ?? Infinity) <= upTo) return known;
  const entries = context.history.entriesAfter(after.zxid, upTo, context.options.limits.frameSizeTargetBytes);
  if (entries === null) {
    readFor(context, role, learner, upTo);
    return null;
  }
  assert(entries.length > 0, "the window reaches to the end of the log");
  const message = proposeOf(context, role, after, entries);
  frames.set(after.zxid, message);
  return message;
}

function proposeOf({ history }: Context, role: Leading, after: LogPosition, entries: readonly LogEntry[]): Propose {
  return {
    kind: "propose",
    epoch: role.epoch,
    after: positionOf(after),
    entries,
    committed: history.committed,
  };
}

/** What the learner needs has left memory. */
function readFor(context: Context, role: Leading, learner: Learner, upTo: Zxid): void {
  const range = { after: learner.sent.zxid, upTo };
  learner.reading = context.readLog(range, context.options.limits.frameSizeTargetBytes, (_, result) => {
    learner.reading = null;
    const entries = entriesOrGiveUp(context, role, learner, result);
    if (entries === null) return;
    const message = proposeOf(context, role, learner.sent, entries);
    context.send(learner.link, message);
    note(context, learner, message);
    tellNewLeader(context, role, learner);
  });
}

function note({ ticks }: Context, learner: Learner, message: Propose): void {
  const last = message.entries.at(-1);
  assert(last !== undefined, "a frame of proposals has one at least");
  let sizeBytes = FRAME_OVERHEAD_BYTES;
  for (const entry of message.entries) sizeBytes += entry.bytes.length;
  learner.frames.push({ zxid: last.zxid, sizeBytes, tick: ticks });
  learner.framesSizeBytes += sizeBytes;
  learner.sent = positionOf(last);
  learner.committedTold = message.committed;
}

const FRAME_OVERHEAD_BYTES = 32;

/** NEWLEADER: everything that the epoch begins with has been sent. */
function tellNewLeader(context: Context, role: Leading, learner: Learner): void {
  if (learner.phase !== "streaming" || learner.wasToldNewLeader || learner.sent.zxid < role.initialZxid) return;
  learner.wasToldNewLeader = true;
  context.send(learner.link, { kind: "new-leader", epoch: role.epoch, last: role.initialZxid });
}

/** COMMIT, for those to whom no proposal carries it. */
function tellCommitted(context: Context, role: Leading): void {
  if (role.phase !== "broadcast") return;
  const { committed } = context.history;
  const links: number[] = [];
  for (const learner of role.learners.values()) {
    if (learner.phase !== "joined" || learner.committedTold >= committed) continue;
    learner.committedTold = committed;
    links.push(learner.link.id);
  }
  context.sendAll(links, { kind: "commit", epoch: role.epoch, zxid: committed });
}
