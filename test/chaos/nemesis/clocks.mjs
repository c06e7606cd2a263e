// What happens to clocks: the wall clock of a peer, or of all, is suddenly another one. Durations are measured by the monotonic one.
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../history/recorder.mjs";
import { between, oneOf, shuffled } from "./draw.mjs";
import { setClockOffset } from "./special-clocks.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */

/** From what a clock is set right by to what a machine with an empty battery says: a second, half a minute, an hour, three years. */
const JUMPS_MS = [1200, 30_000, 3_600_000, 100_000_000_000];
/** What a peer's report and this process may disagree by. */
const TOLERANCE_MS = 600;

/** Wall clocks jump, forward and backward; half of the time they stay wrong, also through what comes next. @param {Fleet} fleet @param {Random} random */
export async function jumpClocks(fleet, random) {
  const ids = shuffled(random, fleet.ids).slice(0, oneOf(random, [1, 1, fleet.ids.length]));
  const told = [];
  for (let time = between(random, 1, 4); time > 0; time--) {
    for (const id of ids) {
      const offsetMs = (between(random, 0, 1) === 0 ? 1 : -1) * oneOf(random, JUMPS_MS);
      setClockOffset(fleet.clockOf(id), offsetMs);
      told.push(`${id} by ${offsetMs}`);
    }
    await sleep(between(random, 100, 3000));
  }
  if (between(random, 0, 1) === 0) {
    for (const id of ids) setClockOffset(fleet.clockOf(id), 0);
    told.push("back");
  } else await untilBelieved(fleet, ids);
  return `peers ${told.join(", ")} ms`;
}

/** A clock that nobody looks at would be no fault. @param {Fleet} fleet @param {readonly number[]} ids */
async function untilBelieved(fleet, ids) {
  const sinceMs = nowMs();
  const isWrong = (/** @type {number} */ id) => {
    const status = fleet.statuses.get(id);
    if (status === undefined || status.atMs < sinceMs) return false;
    const seenMs = status.wallMs - status.monotonicMs - (Date.now() - nowMs());
    return Math.abs(seenMs - fleet.clockOffsetOf(id)) < TOLERANCE_MS;
  };
  if (!(await fleet.until(() => ids.every(isWrong)))) fleet.failures.push("a peer's clock has not jumped");
}
