import { CoterieError } from "@coterie/interface";
import type { CallOptions, Data, Session } from "@coterie/session";
import { childOf, nameOf } from "../calls/paths.ts";
import { childNames } from "../calls/read-children.ts";
import { hasCode, isOver, isPassing, over, passed, persist } from "../calls/retry.ts";
import { prefixOf } from "./place-name.ts";

/** A contender's own znode, which its session owns. */
export interface Place {
  readonly path: string;
  readonly name: string;
  /** Its czxid: of two contenders for one thing the later holder's is larger. */
  readonly token: number;
}

export interface PlaceRequest {
  readonly parent: string;
  readonly label: string;
  readonly data: Data | null;
}

/**
 * Takes the last place in a queue. A create whose answer was lost is looked for under its unique name, and never made twice
 * (LK-05, LK-09). A wait that is given up leaves nothing behind.
 */
export async function takePlace(session: Session, request: PlaceRequest, signal: AbortSignal): Promise<Place> {
  const { parent, label, data } = request;
  const prefix = prefixOf(crypto.randomUUID(), label);
  let maybeThere = false;
  for (;;) {
    try {
      if (maybeThere) {
        const place = await findPlace(session, parent, prefix, signal);
        if (place !== null) return place;
        maybeThere = false;
      }
      signal.throwIfAborted();
      const { path, stat } = await session.create(childOf(parent, prefix), data, {
        mode: "ephemeral-sequential",
        signal,
      });
      return { path, name: nameOf(path), token: stat.czxid };
    } catch (error) {
      if (hasCode(error, "NO_NODE")) {
        await makeParent(session, parent, signal);
        continue;
      }
      maybeThere ||= error instanceof CoterieError && error.outcome === "unknown";
      if (!signal.aborted && isPassing(error) && (await passed(session, error, signal))) continue;
      if (maybeThere) void leavePrefix(session, parent, prefix);
      throw error;
    }
  }
}

/** Who waits for what went before is counted out by it; a container goes when nobody contends any more. */
export async function makeParent(session: Session, parent: string, signal: AbortSignal): Promise<void> {
  try {
    // Also of the root, which is missing where it is a session's own, of which nobody has made anything yet.
    await persist(session, () => session.create(parent, null, { mode: "container", parents: true, signal }), signal);
  } catch (error) {
    if (!hasCode(error, "NODE_EXISTS")) throw error;
  }
}

async function findPlace(session: Session, parent: string, prefix: string, signal: AbortSignal): Promise<Place | null> {
  const name = await findName(session, parent, prefix, { signal });
  if (name === null) return null;
  const path = childOf(parent, name);
  const stat = await session.exists(path, { signal });
  // It is another session's only if this one was taken over by somebody who uses the same id.
  return stat === null || stat.ephemeralOwner !== session.id ? null : { path, name, token: stat.czxid };
}

/** By its unique id. What was asked before the question stands in the answer, or will never be done. */
async function findName(
  session: Session,
  parent: string,
  prefix: string,
  options: Pick<CallOptions, "signal"> = {},
): Promise<string | null> {
  await session.sync(options);
  const names = await childNames(session, parent, options);
  return names.find((name) => name.startsWith(prefix)) ?? null;
}

/** Deletes a place of which only the prefix is known, in the background: it ends with the session. */
async function leavePrefix(session: Session, parent: string, prefix: string): Promise<void> {
  try {
    const name = await persist(session, () => findName(session, parent, prefix));
    if (name !== null) await leavePlace(session, childOf(parent, name));
  } catch {
    // The session is over, and its znodes with it; or it may not look there, and then it could not create there.
  }
}

/**
 * Deletes a place, however often it takes: resolves when it is gone, or the session is over, with which it goes (LK-04).
 * Rejects only with what no patience mends, as NO_AUTH.
 */
export async function leavePlace(session: Session, path: string): Promise<void> {
  try {
    await persist(session, () => session.delete(path));
  } catch (error) {
    if (hasCode(error, "NO_NODE") || isOver(session)) return;
    if (!hasCode(error, "SESSION_EXPIRED")) throw error;
    // It is about to be closed: until then the znode is there.
    await over(session);
  }
}

/** Which of the places is this one; -1 if it is not there any more. */
export function indexOfPlace(places: readonly { readonly name: string }[], place: Place): number {
  return places.findIndex(({ name }) => name === place.name);
}
