import type { Clock, Timer } from "@coterie/interface";

/**
 * Calls `expire` once, `delayMs` from now, unless cancelled before. After a stall of the event loop it first lets in
 * what has arrived meanwhile, so that nobody is found slow who only was not read (R8).
 */
export function setDeadline(clock: Clock, delayMs: number, expire: () => void): Timer {
  let isCancelled = false;
  const timer = clock.setTimer(delayMs, () => {
    clock.nextTurn(() => {
      if (!isCancelled) expire();
    });
  });
  return {
    cancel: () => {
      isCancelled = true;
      timer.cancel();
    },
  };
}
