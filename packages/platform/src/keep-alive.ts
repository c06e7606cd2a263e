/** A day: it is never waited for. */
const INTERVAL_MS = 86_400_000;

/**
 * Keeps the process alive for as long as `work` takes, which somebody waits for: Node.js ends a process whose event loop is
 * empty, whoever waits. The timers of the platform's clock do not keep it alive, and a socket may not be there.
 */
export async function keepAlive<Value>(work: Promise<Value>): Promise<Value> {
  const interval = setInterval(() => undefined, INTERVAL_MS);
  try {
    return await work;
  } finally {
    clearInterval(interval);
  }
}
