import { createSessionId, type PeerId, type Zxid } from "../../packages/interface/src/index.ts";
import type { AuthId, OpenSessionCommand } from "./command.ts";
import type { Reply } from "./observation.ts";
import { applyDelete } from "./reference-apply.ts";
import { ephemeralsOf } from "./reference-read.ts";
import { expired, type State, type Timing } from "./reference-state.ts";

const PEER_ID = 1 as PeerId;

/** Semantics 5.1 and 5.2, with the ids of Coterie: the peer over the zxid of the session's create. */
export function openSession(state: State, command: OpenSessionCommand, { zxid }: Timing): Reply {
  const { session, timeoutMs, auth, verifier } = command;
  if (state.connections.has(session)) throw new Error(`session ${session} is open already`);
  const id: bigint = createSessionId(PEER_ID, zxid as Zxid);
  state.sessions.set(id, { id, timeoutMs, verifier });
  state.sessionIds.set(session, id);
  state.connections.set(session, { sessionId: id, auth });
  return { ok: true, sessionId: id };
}

/** Semantics 5.3. The closing connection still hears of its own nodes; they go in the order of their paths. */
export function closeSession(state: State, session: number, timing: Timing): Reply {
  const connection = state.connections.get(session);
  if (connection === undefined) return expired();
  for (const path of ephemeralsOf(state.nodes, connection.sessionId, "")) applyDelete(path, state, timing);
  state.sessions.delete(connection.sessionId);
  state.watches.dropConnection(session);
  state.connections.delete(session);
  return { ok: true };
}

/** Client-protocol 7.2 and 9: watches and identities belong to the connection. */
export function reconnect(state: State, session: number, auth: readonly AuthId[]): Reply {
  const connection = state.connections.get(session);
  if (connection === undefined) return expired();
  state.watches.dropConnection(session);
  state.connections.set(session, { ...connection, auth });
  return { ok: true };
}
