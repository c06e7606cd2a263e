// What /proc tells of this machine's processors.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const TICKS_A_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const CALM_CPUS = 0.15;

/** Seconds that all processors were busy, what the host took away included. */
export function busySeconds() {
  const ticks = readFileSync("/proc/stat", "utf8").split("\n", 1)[0].split(/\s+/).slice(1, 9).map(Number);
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = ticks;
  return (user + nice + system + interrupts + softInterrupts + stolen) / TICKS_A_SECOND;
}

/** Seconds that these processes had, for as long as they live. */
export function cpuSeconds(pids) {
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
}

function cpuOf(pid) {
  const [user, system] = timesOf(pid);
  return user + system;
}

/** Processor time of this process and of its children that have ended. */
export function ownSeconds() {
  return timesOf("self").reduce((sum, seconds) => sum + seconds, 0);
}

/** User and system time, and those of its children that have ended; zeros for a process that is gone. */
function timesOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).map((ticks) => Number(ticks) / TICKS_A_SECOND);
  } catch {
    return [0, 0, 0, 0];
  }
}

export function residentMib(pids) {
  const one = (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  return pids.reduce((sum, pid) => sum + one(pid), 0) / 1024;
}

/** Waits until the machine does next to nothing, for so long at most. */
export async function untilCalm(patienceSeconds) {
  const endsMs = performance.now() + patienceSeconds * 1000;
  while (performance.now() < endsMs) {
    const [busy, startMs] = [busySeconds(), performance.now()];
    await pause(500);
    if ((busySeconds() - busy) / ((performance.now() - startMs) / 1000) < CALM_CPUS) return;
  }
}
