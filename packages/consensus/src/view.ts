import type { Epoch, Zxid } from "@coterie/interface";
import type { Context } from "./context.ts";
import type { RoleView } from "./effect.ts";
import { isCounted, type Leading } from "./leader/leading.ts";
import { isServing } from "./leader/requests.ts";
import { isServingLearner } from "./learner/learning.ts";
import type { ZabView } from "./zab.ts";

export function roleViewOf(context: Context): RoleView {
  const { role } = context;
  switch (role.kind) {
    case "looking": {
      const state = context.standing === "blank" ? "blank" : "looking";
      return { state, isServing: false, epoch: 0 as Epoch, leader: null };
    }
    case "leading":
      return { state: "leading", isServing: isServing(context, role), epoch: role.epoch, leader: context.self };
    case "learning": {
      const state = context.isVoter ? "following" : "observing";
      return { state, isServing: isServingLearner(context, role), epoch: role.epoch, leader: role.leader };
    }
  }
}

export function viewOf(context: Context): ZabView {
  const { role, history, store, config } = context;
  const learners = role.kind === "leading" ? [...role.learners.values()] : [];
  return {
    role: roleViewOf(context),
    phase: role.kind === "looking" ? (role.hasBegun ? "voting" : "draining") : role.phase,
    round: context.round,
    hardState: store.durable,
    acceptedEpoch: context.acceptedEpoch,
    currentEpoch: context.hardState?.currentEpoch ?? (0 as Epoch),
    lastZxid: history.last.zxid,
    syncedZxid: history.synced,
    committedZxid: history.committed,
    deliveredZxid: history.delivered,
    appliedZxid: history.applied,
    config,
    learners: learners.map((learner) => ({
      peer: learner.peer,
      phase: learner.phase,
      isCounted: isCounted(context, learner),
      ackedZxid: learner.acked,
    })),
    mayCheckpoint: mayCheckpoint(context),
    purgeableZxid: purgeableZxid(context, role.kind === "leading" ? role : null),
  };
}

/** From the first page of another peer's checkpoint until the state machine is what it says. */
function mayCheckpoint({ role, history, store }: Context): boolean {
  const comesIn = role.kind === "learning" && role.incoming !== null && !role.incoming.isMarked;
  return !comesIn && store.foreignMark === null && history.applied >= history.base.zxid;
}

/** What no learner needs any more: the log from there on is pinned as long as one is fed from it. */
function purgeableZxid({ history, store }: Context, role: Leading | null): Zxid {
  // A log that was purged beyond it could not begin with it.
  const { foreignMark } = store;
  let zxid: number = history.applied;
  if (foreignMark?.kind === "covering") zxid = Math.min(zxid, foreignMark.zxid);
  for (const learner of role?.learners.values() ?? []) {
    const isFed = learner.phase === "streaming" || learner.phase === "joined";
    const mark = learner.transfer?.mark ?? null;
    if (isFed) zxid = Math.min(zxid, learner.sent.zxid);
    else if (mark !== null) zxid = Math.min(zxid, mark.zxid);
    else if (learner.phase !== "waiting") zxid = Math.min(zxid, history.base.zxid);
  }
  return zxid as Zxid;
}
