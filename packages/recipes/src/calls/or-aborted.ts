import { offAbort, onAbort } from "./on-abort.ts";

/** What `promise` gives; rejects with the signal's reason as soon as that is aborted. What goes on then, nobody waits for. */
export async function orAborted<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    onAbort(signal, stop);
  });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    offAbort(signal, stop);
  }
}
