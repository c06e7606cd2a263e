import type { Session, Stat } from "@coterie/session";
import { hasCode } from "../hold/retry.ts";

/** The znode that says that so many have entered, beside those of the participants. */
export const READY = "ready";

/** Of all who are in, in the order of their names. */
export async function memberNames(session: Session, path: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { children } = await session.children(path, { signal });
    return children.filter((name) => name !== READY).toSorted();
  } catch (error) {
    if (hasCode(error, "NO_NODE")) return [];
    throw error;
  }
}

export function readyStat(session: Session, path: string, signal: AbortSignal): Promise<Stat | null> {
  return session.exists(`${path}/${READY}`, { signal });
}
