// The longest turn of the event loop, which is what applications feel.
import { report } from "./measure.mjs";

const preemptions = () => process.resourceUsage().involuntaryContextSwitches;

/**
 * Keeps the longest turn: of all, and of those in which the operating system took no thread of ours off its core, since on a shared
 * machine the longest one is mostly waiting.
 */
export class LongestTurns {
  longestMs = 0;
  longestUndisturbedMs = 0;
  #count = 0;
  #disturbed = 0;
  #begunMs = 0;
  #before = 0;

  begin() {
    this.#before = preemptions();
    this.#begunMs = performance.now();
  }

  end() {
    const lengthMs = performance.now() - this.#begunMs;
    this.#count += 1;
    this.longestMs = Math.max(this.longestMs, lengthMs);
    if (preemptions() === this.#before) this.longestUndisturbedMs = Math.max(this.longestUndisturbedMs, lengthMs);
    else this.#disturbed += 1;
  }

  get shareDisturbed() {
    return this.#disturbed / Math.max(1, this.#count);
  }
}

/** Does `work` while the event loop turns without a rest, and gives what came of it, its time and its longest turns. */
export async function watchTurns(work) {
  const turns = new LongestTurns();
  let isDone = false;
  turns.begin();
  const turning = new Promise((resolve) => {
    const turn = () => {
      turns.end();
      turns.begin();
      if (isDone) resolve();
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
  const startMs = performance.now();
  const result = await work();
  const wholeMs = performance.now() - startMs;
  isDone = true;
  await turning;
  const { longestMs, longestUndisturbedMs } = turns;
  return { result, wholeMs, longestMs, longestUndisturbedMs };
}

export function reportTurns(name, { wholeMs, longestMs, longestUndisturbedMs, shareDisturbed }, targetMs) {
  const share = shareDisturbed === undefined ? "" : ` (${(100 * shareDisturbed).toFixed(1)} % of turns disturbed)`;
  const undisturbed = { value: longestUndisturbedMs, target: targetMs, atLeast: false };
  report({ name: `${name}, longest turn undisturbed`, unit: "ms", ...undisturbed });
  report({ name: `${name}, longest turn${share}`, unit: "ms", value: longestMs });
  report({ name: `${name}, whole time`, unit: "ms", value: wholeMs });
}
