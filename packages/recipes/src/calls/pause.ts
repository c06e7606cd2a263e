import type { Clock } from "@coterie/interface";
import { offAbort, onAbort } from "./on-abort.ts";

/** Resolves when so long has passed, or the signal is aborted. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      if (signal !== undefined) offAbort(signal, end);
      resolve();
    };
    const timer = clock.setTimer(delayMs, end);
    if (signal !== undefined) onAbort(signal, end);
  });
}
