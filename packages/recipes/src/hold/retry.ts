import { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";

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

/** Resolves when the session is connected, or over: then false. */
function connectedAgain(session: Session): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (session.state !== "connected" && !isOver(session)) return;
      session.off("state", look);
      resolve(!isOver(session));
    };
    session.on("state", look);
    look();
  });
}

/** Where the connection is there and the server can take no more, say: asking at once would make it worse. */
const RETRY_PAUSE_MS = 100;

/** Resolves when what was rejected so may be asked again; false if the session is over. */
export async function passed(session: Session, error: unknown): Promise<boolean> {
  // These have taken their time.
  if (!hasCode(error, "CONNECTION_LOSS", "OPERATION_TIMEOUT")) {
    await new Promise<void>((resolve) => void session.clock.setTimer(RETRY_PAUSE_MS, resolve));
  }
  return connectedAgain(session);
}

/**
 * Calls until it is not in vain: what is passing is waited out. Rejects with what is not, and with the last error when the session
 * is over.
 */
export async function persist<Value>(session: Session, call: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || !(await passed(session, error))) throw error;
    }
  }
}
