import { Violation } from "../invariants/invariant.ts";
import { flatten, type History, isAnswered, sessionOf } from "./history.ts";
import type { CommittedTxn, Operation } from "./operation.ts";

const NAME = "one-connection-at-a-time";

/**
 * The latest connection of a session owns it: once its client has been told anything over a connection, be it what a read has
 * seen, nothing that came over an earlier one takes effect any more, however late it arrives. A request to close the
 * session is taken from either.
 *
 * Source: ZooKeeper's guarantees (a session moves with its client, SESSION_MOVED); design, decision 7; semantics, 5.3, 5.4.
 * Sound: txns are in the order of their effects; a client counts its connections, and asks for nothing before it is connected.
 */
export function checkOneConnectionAtATime({ operations, txns }: History): void {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const heard = firstHeard(operations);
  for (const txn of txns) {
    const operation = txn.operation === null ? undefined : byId.get(txn.operation);
    if (operation === undefined || !isWriteOfZnodes(txn)) continue;
    const later = heard.get(sessionOf(operation))?.find(({ connection }) => connection > operation.connection);
    if (later === undefined || txn.zxid <= later.zxid) continue;
    const who = `operation ${operation.id} of client ${operation.client}, over connection ${operation.connection},`;
    throw new Violation(
      NAME,
      `${who} takes effect at ${txn.zxid}; connection ${later.connection} had heard of ${later.zxid}`,
    );
  }
}

function isWriteOfZnodes({ calls, isError }: CommittedTxn): boolean {
  return !isError && flatten(calls).some(({ kind }) => kind !== "close-session" && kind !== "open-session");
}

/** What a connection of a session, or a later one, was told first. */
interface Heard {
  readonly connection: number;
  zxid: number;
}

/** By session, its connections in their order. */
function firstHeard(operations: readonly Operation[]): ReadonlyMap<string, readonly Heard[]> {
  const found = new Map<string, Heard[]>();
  for (const operation of operations) {
    if (!isAnswered(operation)) continue;
    const { connection, end } = operation;
    const session = sessionOf(operation);
    const known = found.get(session) ?? [];
    found.set(session, known);
    if (known.at(-1)?.connection !== connection) known.push({ connection, zxid: end.zxid });
    for (const one of known) one.zxid = Math.min(one.zxid, end.zxid);
  }
  return found;
}
