import type { Clock, MonotonicMs, Timer, WallTimeMs } from "@coterie/interface";

/** Node.js's own time. Its timers do not keep a process alive: what they serve is also done by `close`. */
export function createSystemClock(): Clock {
  const nowMs = (): MonotonicMs => performance.now() as MonotonicMs;
  return {
    nowMs,
    wallTimeMs: () => Date.now() as WallTimeMs,
    setTimer: (delayMs, callback) => setTimer(nowMs, delayMs, callback),
    nextTurn: (callback) => void setImmediate(callback),
  };
}

/** Node.js may run a timer up to a millisecond early: then it waits on. */
function setTimer(nowMs: () => MonotonicMs, delayMs: number, callback: () => void): Timer {
  const dueMs = nowMs() + delayMs;
  let timeout = setTimeout(look, delayMs).unref();
  function look(): void {
    const restMs = dueMs - nowMs();
    if (restMs > 0) timeout = setTimeout(look, restMs).unref();
    else callback();
  }
  return { cancel: () => clearTimeout(timeout) };
}
