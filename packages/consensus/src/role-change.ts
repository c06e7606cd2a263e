import { assert, type Epoch } from "@coterie/interface";
import type { Context } from "./context.ts";
import { enterLooking, handleNotificationLooking } from "./election/looking.ts";
import { enterLeading } from "./leader/discovery.ts";
import { leaveLeading } from "./leader/leading.ts";
import { enterLearning } from "./learner/discovery.ts";
import { leaveLearning } from "./learner/learning.ts";
import type { Link } from "./links.ts";
import type { Notification } from "./message.ts";

/** One peer and one turn of events never need more: a chain without end would be a mistake of ours. */
const TRANSITIONS_MAX = 16;

/** Carries out what the peer has resolved to become; entering a role may resolve the next one. */
export function changeRole(context: Context): void {
  for (let count = 0; context.transition !== null; count++) {
    assert(count < TRANSITIONS_MAX, "a peer comes to rest in a role");
    const { transition } = context;
    context.transition = null;
    leaveRole(context);
    switch (transition.to) {
      case "looking":
        enterLooking(context, transition.takesOver);
        if (transition.heard !== null) hearAgain(context, transition.heard);
        break;
      case "leading":
        enterLeading(context);
        break;
      case "learning":
        if (context.links.get(transition.link.id) === null) enterLooking(context, 0 as Epoch);
        else enterLearning(context, transition.link, transition.clusterId);
    }
  }
}

function hearAgain(
  context: Context,
  { link, notification }: { readonly link: Link; readonly notification: Notification },
): void {
  const { role, transition } = context;
  if (role.kind === "looking" && transition === null) handleNotificationLooking(context, role, link, notification);
}

/** What was begun for the role that ends is given up. */
function leaveRole(context: Context): void {
  // Undefined only before the first role.
  const role = context.role as Context["role"] | undefined;
  if (role?.kind === "leading") leaveLeading(context, role);
  else if (role?.kind === "learning") leaveLearning(context, role);
}
