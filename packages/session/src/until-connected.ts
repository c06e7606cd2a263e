import { type Clock, CoterieError, type Timer } from "@coterie/interface";
import type { Session, SessionState } from "./session.ts";

export interface ConnectionWait {
  readonly clock: Clock;
  /** From now on. */
  readonly deadlineMs: number;
  /** An abort rejects with ABORTED, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What to say when the deadline has come. */
  readonly late: () => CoterieError;
}

/** Resolves when the session is connected for the first time. Otherwise it is closed, and the reason rejects. */
export async function untilConnected(session: Session, wait: ConnectionWait): Promise<void> {
  const { signal, clock, deadlineMs, late } = wait;
  if (session.state === "connected") return;
  await new Promise<void>((resolve, reject) => {
    let timer: Timer | null = null;
    const stop = (): void => {
      timer?.cancel();
      session.off("state", changed);
      signal?.removeEventListener("abort", abort);
    };
    const fail = (error: CoterieError): void => {
      stop();
      reject(error);
      // Never rejects, and nobody need wait for what it does.
      void session.close();
    };
    const abort = (): void => {
      fail(new CoterieError("ABORTED", "the session was given up while it was opened", { cause: signal?.reason }));
    };
    const changed = (state: SessionState, reason: CoterieError | null): void => {
      if (state === "connected") {
        stop();
        resolve();
      } else if (state === "lost" || state === "closed") {
        fail(reason ?? new CoterieError("CONNECTION_CLOSED", "the session was closed before it was connected"));
      }
    };
    session.on("state", changed);
    if (signal?.aborted === true) return abort();
    signal?.addEventListener("abort", abort);
    timer = clock.setTimer(deadlineMs, () => fail(late()));
  });
}
