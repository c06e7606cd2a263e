import { assert, type CoterieError, type SessionId } from "@coterie/interface";
import type { Peer } from "./peer.ts";

/**
 * What happens to peers and sessions by itself, sooner or later, brought about at once: for test kits, and nothing that an
 * application calls. Call these outside of anything that the peer tells.
 */
export interface PeerHooks {
  /**
   * Ends the peer as the end of its process would: it hands nothing over, closes no session and says no word. Its own sessions are
   * lost with PEER_STOPPED, whose cause is `reason`. Does nothing to a peer that does not run.
   */
  crash(reason: CoterieError): void;

  /** Proposes the end of a session as its expiry does. False if this peer does not lead. */
  expire(id: SessionId): boolean;

  /** Whether the session is there, by what this peer has applied. */
  hasSession(id: SessionId): boolean;
}

/** Where a peer keeps them: out of sight of those who use it. */
export const HOOKS: unique symbol = Symbol("coterie.peer.hooks");

/** Of a peer that `createPeer` has made. */
export function hooksOf(peer: Peer): PeerHooks {
  const { [HOOKS]: hooks } = peer as Peer & { readonly [HOOKS]?: PeerHooks };
  assert(hooks !== undefined, "the peer is one that createPeer has made");
  return hooks;
}
