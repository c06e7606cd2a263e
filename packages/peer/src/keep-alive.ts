/** A day: it is never waited for. */
const INTERVAL_MS = 86_400_000;

/**
 * Keeps the process alive for as long as `work` takes, which somebody waits for. A peer's timers do not, and its sockets may
 * be none.
 */
export async function keepAlive<Value>(work: Promise<Value>): Promise<Value> {
  const interval = setInterval(() => undefined, INTERVAL_MS);
  try {
    return await work;
  } finally {
    clearInterval(interval);
  }
}
