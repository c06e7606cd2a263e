import type { RoleView, ZabView } from "@coterie/consensus";
import type { Applied, CoreStateMachine } from "@coterie/core";
import type { CoterieError, SessionId } from "@coterie/interface";
import type { PeerRequest } from "../request/peer-request.ts";

/**
 * One peer's consensus, state machine, store and links at work: the shell that feeds inputs one at a time and carries out
 * their effects, one event-loop turn one batch (design, decision 5). Whoever serves sessions stands above it.
 *
 * A turn: what has come in, in order; then the tick, if it is due (R8); then `EngineHandler.turnEnding`, in which the
 * handler's own arrivals of this turn are taken; then the input `turn-ended`. Nothing of the handler runs inside a call of the
 * engine by the handler, except from within `turnEnding`, in which calls take effect at once.
 */
export interface Engine {
  /** Another one after `EngineHandler.restored`. Applying is the engine's business alone. */
  readonly machine: CoreStateMachine;
  readonly role: RoleView;
  /** A snapshot for status and metrics. */
  view(): ZabView;

  /** Asks for a turn soon: call it when something has come in for the handler, who takes it in `turnEnding`. */
  wake(): void;

  /** To the leader, in order. May be answered with `requestsRefused` at once, in the same turn. */
  request(request: PeerRequest): void;

  /** The session has been heard of: passed on to the leader, which may be this peer. Cheap; call it as often as it is so. */
  touch(id: SessionId, timeoutMs: number): void;

  /**
   * Asks a quorum; answered by `confirmed` or `confirmRefused`. "proposed": everything proposed so far is to be seen, as sync
   * wants it; "committed": everything committed (R7). `id` is the caller's, ascending. When it is confirmed the leader has also
   * heard of what was touched before, and was the leader then.
   */
  confirm(id: number, target: "proposed" | "committed"): void;
}

export interface EngineHandler {
  /**
   * What the peer is now. When it serves no longer, or under another leader or epoch, everything in flight has an unknown
   * outcome, and nothing of it is answered any more.
   */
  roleChanged(role: RoleView, before: RoleView): void;

  /** A txn is applied: its events, then the reply to it, if it is this peer's. Reads see exactly this state now. */
  applied(applied: Applied): void;

  /** These have no effect anywhere. Later ones of the same session may be taken: end its connection. */
  requestsRefused(requests: readonly PeerRequest[]): void;

  /** These may be answered: the state machine has applied everything up to where the quorum was. */
  confirmed(ids: readonly number[]): void;

  /** Not confirmed, for lack of a leader or a quorum. */
  confirmRefused(ids: readonly number[]): void;

  /** The state machine is another one, from another peer's checkpoint: watches are gone, sessions may be. */
  restored(): void;

  /** The last moment to hand something in that goes out with this turn. */
  turnEnding(): void;

  /** Behind everything of the turn: replies are complete, one write a connection. */
  turnEnded(): void;

  /** The peer has stopped as a unit (R5): nothing comes any more, whatever is asked. */
  stopped(reason: CoterieError): void;
}
