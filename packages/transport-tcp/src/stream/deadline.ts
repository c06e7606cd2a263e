import type { Clock, Timer } from "@coterie/interface";

/** So many turns of the event loop, at least, whoever is waited for has got to go on. */
const STEPS = 20;

/**
 * Calls `expire` once, `delayMs` from now or somewhat more, unless cancelled before. The time passes in steps, with a turn of
 * the event loop after each, and a step counts no more than its turn: while the event loop stood still nobody was slow who
 * only was not heard (R8), and who has several turns' work to do gets them.
 */
export function setDeadline(clock: Clock, delayMs: number, expire: () => void): Timer {
  let isCancelled = false;
  let timer: Timer;
  const wait = (stepsLeft: number): void => {
    timer = clock.setTimer(delayMs / STEPS, () => {
      clock.nextTurn(() => {
        if (isCancelled) return;
        if (stepsLeft > 1) wait(stepsLeft - 1);
        else expire();
      });
    });
  };
  wait(STEPS);
  return {
    cancel: () => {
      isCancelled = true;
      timer.cancel();
    },
  };
}
