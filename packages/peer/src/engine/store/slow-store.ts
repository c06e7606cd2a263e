import type { Clock } from "@coterie/interface";
import { STORE_SLOW_WARN_MS } from "../../limits.ts";
import type { Logger } from "../../options.ts";

/** Says so, again and again, while a call of the store is under way for long: a disk that hangs gives no other sign. */
export async function warnWhileSlow<T>(clock: Clock, logger: Logger, what: string, call: Promise<T>): Promise<T> {
  const begunMs = clock.nowMs();
  const warn = (): void => {
    const durationMs = Math.round(clock.nowMs() - begunMs);
    logger.warn(
      { code: "STORE_SLOW", durationMs },
      `${what} has been under way for ${durationMs} ms: look at the disk`,
    );
    timer = clock.setTimer(STORE_SLOW_WARN_MS, warn);
  };
  let timer = clock.setTimer(STORE_SLOW_WARN_MS, warn);
  try {
    return await call;
  } finally {
    timer.cancel();
  }
}
