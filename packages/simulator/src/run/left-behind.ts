import type { CoreStateMachine } from "@coterie/core";
import { formatSessionId, SESSION_NONE, type SessionId } from "@coterie/interface";

/** Where clients put their ephemerals. */
const EPHEMERALS_PARENT = "/e";

/**
 * What should be gone once every session had time to expire: sessions that no client holds any more (its client has stopped
 * for good, or has never heard that its session was opened), and ephemerals of these or of sessions that do not exist. One line each.
 *
 * Source: ZooKeeper's guarantees (session timeouts, ephemeral nodes); fault-scenarios.md, SE-08.
 *
 * @param held the sessions that clients hold
 */
export function leftBehind(
  machine: Pick<CoreStateMachine, "sessions" | "read">,
  held: ReadonlySet<SessionId>,
): readonly string[] {
  const found: string[] = [];
  const living = new Set<SessionId>();
  for (const { id } of machine.sessions()) {
    if (held.has(id)) living.add(id);
    else found.push(`session ${formatSessionId(id)}`);
  }
  const context = { sessionId: SESSION_NONE, identities: [], watcher: 0 };
  const listed = machine.read({ kind: "getChildren", path: EPHEMERALS_PARENT, watch: false }, context);
  if (listed.kind !== "getChildren") return found;
  for (const name of listed.children) {
    const path = `${EPHEMERALS_PARENT}/${name}`;
    const answer = machine.read({ kind: "getData", path, watch: false }, context);
    if (answer.kind !== "getData") continue;
    const owner = answer.stat.ephemeralOwner as SessionId;
    if (owner !== SESSION_NONE && !living.has(owner)) found.push(`${path} of session ${formatSessionId(owner)}`);
  }
  return found;
}
