import { formatZxid, type Zxid } from "@coterie/interface";
import type { Attached, ClientAnswered } from "../observation.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

/** A connection that has got a session. */
interface Owner {
  readonly connection: string;
  readonly sessionId: string;
  readonly zxid: Zxid;
}

/**
 * Whatever a peer tells a client, that it is connected first of all, it tells over the connection that owns the session in the
 * state that the peer has applied: the txn that gave the session to this connection is applied there, and none that has
 * given it to another. So an old connection answers nothing more, wherever the client has gone.
 *
 * Source: fault-scenarios.md, SE-01 and SE-03; semantics, 5.4; design, decision 7.
 * Sound: attachments are txns, told in the order of their zxids when the first peer applies them.
 */
export function createServedByItsOwner(witness: Witness): Invariant {
  const owners = new Map<string, Owner>();
  const bySession = new Map<string, Owner[]>();

  function attach({ client, connection, sessionId, zxid }: Attached): void {
    const owner = { connection: `${client}:${connection}`, sessionId, zxid };
    owners.set(owner.connection, owner);
    const earlier = bySession.get(sessionId);
    if (earlier === undefined) bySession.set(sessionId, [owner]);
    else earlier.push(owner);
  }

  function answer({ peer, client, connection }: ClientAnswered): void {
    const { applied } = witness.peer(peer);
    const own = owners.get(`${client}:${connection}`);
    const where = `peer ${peer}, at ${formatZxid(applied)}, answers client ${client} over connection ${connection}`;
    if (own === undefined || own.zxid > applied) fail(`${where}, which has no session there`);
    const owner = bySession.get(own.sessionId)?.findLast(({ zxid }) => zxid <= applied);
    if (owner !== own) fail(`${where}, whose session has gone to ${owner?.connection}`);
  }

  return {
    name: "served-by-its-owner",
    observe(observation) {
      if (observation.kind === "attached") attach(observation);
      else if (observation.kind === "client-answered" && !witness.isVoid) answer(observation);
    },
  };
}

function fail(what: string): never {
  throw new Violation("served-by-its-owner", what);
}
