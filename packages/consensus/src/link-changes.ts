import type { Context } from "./context.ts";
import type { CloseReason } from "./effect.ts";
import { reconsider } from "./election/looking.ts";
import { notify, notifyAll } from "./election/notify.ts";
import { maybeTransfer } from "./leader/checkpoint-transfer.ts";
import { forgetLearner } from "./leader/leading.ts";
import type { Link } from "./links.ts";
import type { Hello } from "./message.ts";

/** A link is up. The newest one to a peer counts: what comes over an older one is of a dead link (TR-05). */
export function handleLinkOpened(context: Context, id: number, hello: Hello): void {
  const ownCluster = context.hardState?.clusterId ?? null;
  const isForeign = ownCluster !== null && hello.clusterId !== null && hello.clusterId !== ownCluster;
  if (isForeign || hello.peer === context.self) {
    context.report("FOREIGN_PEER", `peer ${hello.peer} belongs to cluster ${hello.clusterId ?? "none"}`);
    context.effects.push({ kind: "close-link", link: id, reason: "foreign" });
    return;
  }
  const previous = context.links.of(hello.peer);
  if (previous !== null) {
    dropLost(context, previous, "replaced");
  }
  const link = context.links.open(id, hello, context.ticks);
  if (hello.voterSetDigest !== context.voterSetDigest) {
    context.report("VOTER_SETS_DIFFER", `peer ${hello.peer} is configured with other voters than this peer`);
  }
  const { role } = context;
  if (role.kind !== "looking" || role.hasBegun) notify(context, link);
}

/** A peer that was blank, here or there, has turned out to belong to another cluster (MB-02). */
export function dropForeign(context: Context, link: Link): void {
  context.report("FOREIGN_PEER", `peer ${link.peer} belongs to another cluster`);
  dropLost(context, link, "foreign");
}

/** What comes over the link is not to be heard, and what rested on it ends with it. */
export function dropLost(context: Context, link: Link, reason: CloseReason): void {
  context.dropLink(link, reason);
  handleLinkLost(context, link);
}

export function handleLinkClosed(context: Context, id: number): void {
  const link = context.links.close(id);
  if (link !== null) handleLinkLost(context, link);
}

function handleLinkLost(context: Context, link: Link): void {
  const { role } = context;
  switch (role.kind) {
    case "looking":
      role.heard.delete(link.peer);
      reconsider(context, role);
      return;
    case "leading": {
      const learner = role.learners.get(link.peer);
      if (learner?.link !== link) return;
      forgetLearner(context, role, learner);
      maybeTransfer(context, role);
      return;
    }
    case "learning":
      if (role.link === link) context.lookAgain();
  }
}

/** How many times longer than the others' interval of words this peer waits for one. */
const SILENCE_INTERVALS_MAX = 3;

/**
 * Every so often a peer says over every link where it stands, so that an end that hears nothing knows that the link only
 * looks open, and closes it (TR-04). Between a leader and its learners heartbeats notice sooner.
 */
export function tickLinks(context: Context): void {
  const interval = context.options.timing.electionMaxTicks;
  if (context.ticks % interval !== 0) return;
  const oldestTick = context.ticks - SILENCE_INTERVALS_MAX * interval;
  for (const link of context.links.all()) {
    if (link.heardTick >= oldestTick) continue;
    dropLost(context, link, "silent");
  }
  const { role } = context;
  if (role.kind !== "looking" || role.hasBegun) notifyAll(context);
}
