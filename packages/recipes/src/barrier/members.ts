import type { Session, Stat } from "@coterie/session";
import { childNames } from "../calls/read-children.ts";

/** The znode that says that so many have entered, beside those of the participants. */
export const READY = "ready";

/** Of all who are in, in the order of their names. */
export async function memberNames(session: Session, path: string, signal: AbortSignal): Promise<readonly string[]> {
  const names = await childNames(session, path, { signal });
  return names.filter((name) => name !== READY).toSorted();
}

export function readyStat(session: Session, path: string, signal: AbortSignal): Promise<Stat | null> {
  return session.exists(`${path}/${READY}`, { signal });
}
