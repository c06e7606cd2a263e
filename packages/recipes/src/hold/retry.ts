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
export function connectedAgain(session: Session): Promise<boolean> {
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

/**
 * Calls until it is not in vain: what is passing is waited out. Rejects with what is not, and with the last error when the session
 * is over.
 */
export async function persist<Value>(session: Session, call: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || !(await connectedAgain(session))) throw error;
    }
  }
}
