import { assert } from "@coterie/interface";
import { Context } from "./context.ts";
import type { Effect } from "./effect.ts";
import { tickLooking } from "./election/looking.ts";
import type { Input } from "./input.ts";
import { handleCheckpointOpened, handlePagesRead } from "./leader/checkpoint-transfer.ts";
import { addConfirmation, askQuorum } from "./leader/confirmations.ts";
import { maybeTakeOver, startHandOver } from "./leader/hand-over.ts";
import { tickLeading } from "./leader/heartbeat.ts";
import {
  maybeEndEpoch,
  proposalRoom,
  reclaimRoom,
  settleProposals,
  takeRequests,
  zxidAfter,
} from "./leader/requests.ts";
import { feedLearners, propose } from "./leader/stream.ts";
import { flushToLeader, sendPong, tickLearning } from "./learner/broadcast.ts";
import { isServingLearner } from "./learner/learning.ts";
import { handlePagesAdded, handlePurged } from "./learner/synchronisation.ts";
import { handleLinkClosed, handleLinkOpened, tickLinks } from "./link-changes.ts";
import { deliver, noteApplied } from "./log/delivery.ts";
import { flushToStore, handleStored, takeOwnMark } from "./log/storing.ts";
import type { ConfirmTarget } from "./message.ts";
import type { Recovery, ZabOptions } from "./options.ts";
import { handleMessage } from "./receive.ts";
import { changeRole } from "./role-change.ts";
import { roleViewOf, viewOf } from "./view.ts";
import type { Zab } from "./zab.ts";

/**
 * One peer's consensus, as its store and its options say; `start` gives the effects with which it begins.
 *
 * @throws CoterieError `BAD_ARGUMENTS` if the voters are not a voter set.
 */
export function createZab(options: ZabOptions, recovery: Recovery): Zab {
  const context = new Context(options, recovery);
  // The first role is there before the first input, and what it wants done comes with that.
  context.lookAgain();
  changeRole(context);
  return driveContext(context);
}

/** The Zab over a context that its caller holds, too: to look at it, or to copy it. */
export function driveContext(context: Context): Zab {
  return {
    step(input: Input): Effect[] {
      handle(context, input);
      changeRole(context);
      flushToStore(context);
      tellRole(context);
      deliver(context);
      const { effects } = context;
      context.effects = [];
      return effects;
    },
    hello: () => ({
      peer: context.self,
      clusterId: context.store.durable?.clusterId ?? null,
      incarnation: context.incarnation,
      voterSetDigest: context.voterSetDigest,
    }),
    nextZxid: () => {
      const { role } = context;
      return role.kind === "leading" && proposalRoom(context, role) > 0 ? zxidAfter(context, role) : null;
    },
    proposalRoom: () => (context.role.kind === "leading" ? proposalRoom(context, context.role) : 0),
    view: () => viewOf(context),
  };
}

function handle(context: Context, input: Input): void {
  const { role } = context;
  switch (input.kind) {
    case "tick":
      tick(context);
      break;
    case "turn-ended":
      endTurn(context);
      break;
    case "link-opened":
      handleLinkOpened(context, input.link, input.hello);
      break;
    case "link-closed":
      handleLinkClosed(context, input.link);
      break;
    case "message":
      handleMessage(context, input.link, input.message);
      break;
    case "stored":
      handleStored(context);
      break;
    case "log-read":
      context.finishReading(input.reading, input.result);
      break;
    case "pages-added":
      if (role.kind === "learning") handlePagesAdded(context, role);
      break;
    case "checkpoint-opened":
      if (role.kind === "leading") handleCheckpointOpened(context, role, input.transfer, input.checkpoint);
      break;
    case "pages-read":
      if (role.kind === "leading") handlePagesRead(context, role, input.transfer, input.pages);
      break;
    case "applied":
      noteApplied(context, input.zxid);
      if (role.kind === "leading") settleProposals(context, role);
      break;
    case "purged":
      handlePurged(context, input.base);
      break;
    case "checkpoint-taken":
      takeOwnMark(context, input.mark);
      break;
    case "request":
      request(context, input.payload);
      break;
    case "propose":
      assert(role.kind === "leading", "only a leader proposes");
      propose(context, role, input.txns);
      break;
    case "touch":
      touch(context, input.payload);
      break;
    case "confirm":
      confirm(context, input.id, input.target);
      break;
    case "hand-over":
      if (role.kind === "leading") startHandOver(context, role, input.target);
      break;
  }
}

function tick(context: Context): void {
  context.ticks += 1;
  if (context.store.inFlight !== null) context.store.inFlightTicks += 1;
  tickLinks(context);
  const { role } = context;
  if (context.transition !== null) return;
  if (role.kind === "looking") tickLooking(context, role);
  else if (role.kind === "leading") tickLeading(context, role);
  else tickLearning(context, role);
}

function endTurn(context: Context): void {
  const { role, history } = context;
  const { historyWindowMax, historyWindowMaxBytes } = context.options.limits;
  if (role.kind === "leading") {
    for (const target of ["committed", "proposed"] as const) {
      const ids = context.confirms.filter((waiting) => waiting.target === target).map((waiting) => waiting.id);
      if (ids.length > 0) addConfirmation(context, role, { learner: null, number: 0, ids }, target);
    }
    context.confirms = [];
    feedLearners(context, role);
    askQuorum(context, role);
    reclaimRoom(context, role);
    maybeTakeOver(context, role);
    maybeEndEpoch(context, role);
  } else if (role.kind === "learning") {
    flushToLeader(context, role);
  }
  history.trimWindow(historyWindowMax, historyWindowMaxBytes);
}

function request(context: Context, payload: Uint8Array): void {
  const { role, options } = context;
  if (role.kind === "leading" && role.phase === "broadcast") {
    takeRequests(context, role, context.self, [payload]);
    return;
  }
  const { requestsQueuedMax, requestsQueuedMaxBytes } = options.limits;
  const isTaken =
    role.kind === "learning" &&
    isServingLearner(context, role) &&
    role.requests.length < requestsQueuedMax &&
    role.requestsSizeBytes + payload.length <= requestsQueuedMaxBytes;
  if (!isTaken) {
    context.effects.push({ kind: "requests-refused", payloads: [payload] });
    return;
  }
  role.requests.push(payload);
  role.requestsSizeBytes += payload.length;
}

/** A report for no leader is dropped: the next leader grants every session its full time. */
function touch(context: Context, payload: Uint8Array): void {
  const { role, options } = context;
  if (role.kind === "leading") context.effects.push({ kind: "touches", from: context.self, payloads: [payload] });
  if (role.kind !== "learning" || role.serveFrom === null) return;
  context.touches.push(payload);
  if (context.touches.length > options.limits.touchesPendingMax) sendPong(context, role);
}

function confirm(context: Context, id: number, target: ConfirmTarget): void {
  const { role, options } = context;
  const groups = role.kind === "leading" ? role.confirmations : role.kind === "learning" ? role.confirms : [];
  let waiting = context.confirms.length;
  for (const { ids } of groups) waiting += ids.length;
  const isFull = waiting >= options.limits.confirmsPendingMax;
  if (isFull || !roleViewOf(context).isServing) context.effects.push({ kind: "refused", ids: [id] });
  else context.confirms.push({ id, target });
}

/** Says what this peer is now, if that has changed. */
function tellRole(context: Context): void {
  const role = roleViewOf(context);
  const told = context.roleTold;
  const isSame =
    told !== null &&
    told.state === role.state &&
    told.isServing === role.isServing &&
    told.epoch === role.epoch &&
    told.leader === role.leader;
  if (isSame) return;
  context.roleTold = role;
  if (!role.isServing) refuseWaiting(context);
  context.effects.push({ kind: "role", role });
}

function refuseWaiting(context: Context): void {
  const ids = context.confirms.map((waiting) => waiting.id);
  context.confirms = [];
  context.touches = [];
  if (ids.length > 0) context.effects.push({ kind: "refused", ids });
}
