import { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { offAbort, onAbort } from "./on-abort.ts";
import { pause } from "./pause.ts";

/** Whether what was rejected so may be asked again, as soon as the session is connected. */
export function isPassing(error: unknown): boolean {
  return error instanceof CoterieError && error.retryable && error.code !== "ABORTED";
}

export function hasCode(error: unknown, ...codes: readonly CoterieError["code"][]): boolean {
  return error instanceof CoterieError && codes.includes(error.code);
}

export function isOver({ state }: Session): boolean {
  return state === "lost" || state === "closed";
}

/** Resolves when the session is over: at once, or when what ends it is done. */
export function over(session: Session): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isOver(session)) return;
      session.off("state", look);
      resolve();
    };
    session.on("state", look);
    look();
  });
}

/** Resolves when the session is connected, or over, or when nobody waits any more: then false. */
function connectedAgain(session: Session, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (): void => {
      const isGivenUp = signal?.aborted === true;
      if (session.state !== "connected" && !isOver(session) && !isGivenUp) return;
      session.off("state", look);
      if (signal !== undefined) offAbort(signal, look);
      resolve(!isOver(session) && !isGivenUp);
    };
    session.on("state", look);
    if (signal !== undefined) onAbort(signal, look);
    look();
  });
}

/** Where the connection is there and the server can take no more, say: asking at once would make it worse. */
const RETRY_PAUSE_MS = 100;

/** Resolves when what was rejected so may be asked again; false if the session is over, or as soon as the signal aborts. */
export async function passed(session: Session, error: unknown, signal?: AbortSignal): Promise<boolean> {
  // These have taken their time.
  if (!hasCode(error, "CONNECTION_LOSS", "OPERATION_TIMEOUT")) {
    await pause(session.clock, RETRY_PAUSE_MS, signal);
  }
  return connectedAgain(session, signal);
}

/**
 * Calls until it is not in vain: what is passing is waited out. Rejects with what is not, and with the last error when the session
 * is over, or as soon as the signal aborts.
 */
export async function persist<Value>(
  session: Session,
  call: () => Promise<Value>,
  signal?: AbortSignal,
): Promise<Value> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || !(await passed(session, error, signal))) throw error;
    }
  }
}
