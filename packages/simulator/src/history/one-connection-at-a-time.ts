import { Violation } from "../invariants/invariant.ts";
import { flatten, type History, sessionOf } from "./history.ts";
import type { Operation } from "./operation.ts";

const NAME = "one-connection-at-a-time";

/**
 * The latest connection of a session owns it: once a write that came over it has taken effect, none that came over an
 * earlier one does, however late it arrives. A request to close the session is taken from either.
 *
 * Source: ZooKeeper's guarantees (a session moves with its client, SESSION_MOVED); design, decision 7; semantics, 5.3, 5.4.
 * Sound: txns are in the order of their effects, and a client counts its connections. Attachments are put in their order by
 * wall clocks (core, attachment.ts): where these were set, only those connections are compared that were opened further apart
 * than clocks were.
 */
export function checkOneConnectionAtATime({ operations, txns, clockDifferenceMs }: History): void {
  const begun = beginnings(operations);
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const owners = new Map<string, number>();
  for (const txn of txns) {
    const operation = txn.operation === null ? undefined : byId.get(txn.operation);
    if (operation === undefined || txn.isError) continue;
    const isWrite = flatten([operation.call]).some(({ kind }) => kind !== "close-session" && kind !== "open-session");
    if (!isWrite) continue;
    const session = sessionOf(operation);
    const owner = owners.get(session) ?? 0;
    if (operation.connection < owner && isOlder(operation, begun, clockDifferenceMs)) {
      const who = `operation ${operation.id} of client ${operation.client}`;
      throw new Violation(
        NAME,
        `${who} takes effect at ${txn.zxid}, over connection ${operation.connection} of ${owner}`,
      );
    }
    owners.set(session, Math.max(owner, operation.connection));
  }
}

/**
 * Whether even these clocks gave its connection a smaller number than a later one: it was attached before its first
 * operation, and the later one after it was lost, when its last operations ended.
 */
function isOlder(operation: Operation, begun: ReadonlyMap<string, number>, clockDifferenceMs: number): boolean {
  if (clockDifferenceMs === 0) return true;
  const { end } = operation;
  if (end === null) return false;
  const livedUs = end.at - begun.get(connectionOf(operation))!;
  return livedUs > (clockDifferenceMs + 1) * 1000;
}

function beginnings(operations: readonly Operation[]): ReadonlyMap<string, number> {
  const begun = new Map<string, number>();
  for (const operation of operations) {
    const connection = connectionOf(operation);
    if (!begun.has(connection)) begun.set(connection, operation.invokedAt);
  }
  return begun;
}

function connectionOf({ client, connection }: Operation): string {
  return `${client}:${connection}`;
}
