import type { SessionId } from "@coterie/interface";
import type { Session } from "@coterie/session";

/** A session, or its id as one of ZooKeeper's clients has it: `0x…`, or decimal with or without a sign. */
export type SessionOrId = Session | string | bigint;

const ID = /^(?:0x[0-9a-f]{1,16}|-?\d{1,20})$/i;
const ID_BITS = 64;

/** Null for what is neither. */
export function sessionIdOf(session: SessionOrId): SessionId | null {
  // It may come from where types are not checked.
  const id: unknown = typeof session === "object" && session !== null ? session.id : session;
  if (typeof id === "bigint") return BigInt.asIntN(ID_BITS, id) as SessionId;
  return typeof id === "string" && ID.test(id) ? (BigInt.asIntN(ID_BITS, BigInt(id)) as SessionId) : null;
}
