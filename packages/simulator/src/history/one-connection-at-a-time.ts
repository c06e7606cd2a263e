import { Violation } from "../invariants/invariant.ts";
import { flatten, type History, sessionOf } from "./history.ts";

const NAME = "one-connection-at-a-time";

/**
 * The latest connection of a session owns it: once a write that came over it has taken effect, none that came over an
 * earlier one does, however late it arrives. A request to close the session is taken from either.
 *
 * Source: ZooKeeper's guarantees (a session moves with its client, SESSION_MOVED); design, decision 7; semantics, 5.3, 5.4.
 * Sound: txns are in the order of their effects, and a client counts its connections. Attachments are put in their order by
 * wall clocks (core, attachment.ts): where these were set, nothing is checked.
 */
export function checkOneConnectionAtATime({ operations, txns, clocksDiffered }: History): void {
  if (clocksDiffered) return;
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const owners = new Map<string, number>();
  for (const txn of txns) {
    const operation = txn.operation === null ? undefined : byId.get(txn.operation);
    if (operation === undefined || txn.isError) continue;
    const isWrite = flatten([operation.call]).some(({ kind }) => kind !== "close-session" && kind !== "open-session");
    if (!isWrite) continue;
    const session = sessionOf(operation);
    const owner = owners.get(session) ?? 0;
    if (operation.connection < owner) {
      const who = `operation ${operation.id} of client ${operation.client}`;
      throw new Violation(
        NAME,
        `${who} takes effect at ${txn.zxid}, over connection ${operation.connection} of ${owner}`,
      );
    }
    owners.set(session, operation.connection);
  }
}
