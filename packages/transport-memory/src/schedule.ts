import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Clock, Timer } from "@coterie/interface";

/** What the network needs of time. */
export interface Schedule {
  /** Calls `task` soon, outside whatever runs now; in the order of the calls. */
  nextTurn(task: () => void): void;
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Null where nobody gave a clock: then lines cannot take time. */
  readonly clock: Clock | null;
}

export function createClockSchedule(clock: Clock): Schedule {
  return {
    nextTurn: (task) => clock.nextTurn(task),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    clock,
  };
}

/** From this many rounds of promises on it is asked whether the event loop has turned since. */
const ROUNDS_UNWATCHED_MAX = 32;
/** After this many rounds of promises the next one waits until the event loop has turned. */
const ROUNDS_PER_TURN_MAX = 1_000;

/**
 * Rounds are promise callbacks, which no fake timers replace. Since these run before anything else that the event loop
 * has, two ends that answer each other for ever would keep timers and I/O waiting for ever. So the rounds between two
 * turns of the loop are counted, and above a limit the next one waits for a message through a channel of
 * node:worker_threads, which no fake timers replace either. The channel exists only while the answer is awaited: an open
 * one would outlive its network.
 */
export function createPromiseSchedule(): Schedule {
  // The platform's timers, or the fakes of a test that made the network under fakes. They only end what got stuck.
  const { setTimeout, clearTimeout } = globalThis;
  let rounds = 0;
  let watch: MessagePort | null = null;
  let waiting: (() => void)[] = [];

  const turned = (port: MessagePort): void => {
    port.close();
    watch = null;
    rounds = 0;
    const tasks = waiting;
    waiting = [];
    for (const task of tasks) void Promise.resolve().then(task);
  };
  const startWatch = (): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    port1.once("message", () => turned(port1));
    port1.unref();
    port2.postMessage(null);
    return port1;
  };

  return {
    nextTurn(task) {
      rounds += 1;
      if (rounds > ROUNDS_UNWATCHED_MAX) watch ??= startWatch();
      if (watch === null || rounds <= ROUNDS_PER_TURN_MAX) {
        void Promise.resolve().then(task);
        return;
      }
      waiting.push(task);
      // What waits here is work to do: the process does not end before it.
      watch.ref();
    },
    setTimer(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      // A fake may give a number.
      if (typeof timer === "object") timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
    clock: null,
  };
}
