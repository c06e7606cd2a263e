import type { Context } from "./context.ts";
import { leaveLeading } from "./leader/leading.ts";
import { leaveLearning } from "./learner/learning.ts";

/** Ends the role that this peer has, if it has one: what was begun for it is given up. */
export function leaveRole(context: Context): void {
  // Undefined only while the Zab is being made.
  const role = context.role as Context["role"] | undefined;
  if (role?.kind === "leading") leaveLeading(context, role);
  else if (role?.kind === "learning") leaveLearning(context, role);
}
