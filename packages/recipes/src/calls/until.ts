import { CoterieError } from "@coterie/interface";
import type { Session, WatchEvent, WatchOptions } from "@coterie/session";
import { persist } from "./retry.ts";

export interface UntilOptions extends Pick<WatchOptions, "recursive"> {
  readonly signal: AbortSignal;
}

/**
 * Looks, and again after each change of `path`, until `look` gives something else than undefined, which is the result. The watch is
 * armed before the first look, which is given null: nothing is missed between the two (LK-07). Changes that come while it looks are
 * one, a gap. What is
 * passing is waited out; rejects with what is not, with what `look` rejects with, and with the end of the session.
 */
export function until<Value>(
  session: Session,
  path: string,
  look: (event: WatchEvent | null) => Promise<Value | undefined>,
  { signal, recursive = false }: UntilOptions,
): Promise<Value> {
  const watchAndLook = async (): Promise<Value> => {
    // One event that waits says as much as many.
    const watch = await session.watch(path, { signal, recursive, bufferedMax: 1 });
    try {
      const changes = watch[Symbol.asyncIterator]();
      for (let event: WatchEvent | null = null; ;) {
        const seen = await look(event);
        if (seen !== undefined) return seen;
        const change = await changes.next();
        if (change.done === true) {
          throw new CoterieError("SESSION_EXPIRED", `the session was closed while ${path} was watched`, { path });
        }
        event = change.value;
      }
    } finally {
      await watch.close();
    }
  };
  return persist(session, watchAndLook, signal);
}

/** Resolves when there is no znode at `path`, or was none: another one may stand there since. */
export async function untilGone(session: Session, path: string, signal: AbortSignal): Promise<void> {
  const look = async (event: WatchEvent | null): Promise<true | undefined> =>
    event?.kind === "deleted" || (await session.exists(path, { signal })) === null ? true : undefined;
  await until(session, path, look, { signal });
}
