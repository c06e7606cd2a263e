// What happens to processes: they die, stand still, starve, are deployed anew, or lose their disk.
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { availableParallelism, constants, getPriority, setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { between, oneOf, shuffled } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */

const BURNER = "for (;;) Math.sqrt(Math.random());";

/** The leader half of the time. @param {Fleet} fleet @param {Random} random */
function victimOf(fleet, random) {
  const { leader } = fleet;
  return leader !== null && between(random, 0, 1) === 0 ? leader : oneOf(random, fleet.ids);
}

/** @param {Fleet} fleet @param {Random} random */
export async function kill(fleet, random) {
  const id = victimOf(fleet, random);
  await fleet.end(id, "SIGKILL");
  await sleep(between(random, 0, 3000));
  await fleet.start(id);
  return `peer ${id}`;
}

/** More than a quorum can spare, all of them at most. @param {Fleet} fleet @param {Random} random */
export async function killMany(fleet, random) {
  const count = between(random, Math.ceil(fleet.ids.length / 2), fleet.ids.length);
  const ids = shuffled(random, fleet.ids).slice(0, count);
  await Promise.all(ids.map((id) => fleet.end(id, "SIGKILL")));
  await sleep(between(random, 0, 1500));
  await Promise.all(
    ids.map(async (id) => {
      await sleep(between(random, 0, 500));
      await fleet.start(id);
    }),
  );
  return `peers ${ids.join()}`;
}

/** @param {Fleet} fleet @param {Random} random */
export async function stop(fleet, random) {
  const id = victimOf(fleet, random);
  const child = fleet.processes.get(id);
  const forMs = between(random, 100, 6000);
  child?.kill("SIGSTOP");
  await sleep(forMs);
  child?.kill("SIGCONT");
  return `peer ${id} for ${forMs} ms`;
}

/** Clients stand still for longer than some of their sessions live: what they hold is given to others meanwhile. @param {Fleet} fleet @param {Random} random */
export async function stopClients(fleet, random) {
  const name = oneOf(random, [...fleet.outside.keys()]);
  const child = fleet.outside.get(name);
  const forMs = between(random, 200, 5000);
  child?.kill("SIGSTOP");
  await sleep(forMs);
  child?.kill("SIGCONT");
  return `clients ${name} for ${forMs} ms`;
}

/** Everybody in turn, in good order. @param {Fleet} fleet @param {Random} random */
export async function restartAll(fleet, random) {
  const ids = shuffled(random, fleet.ids);
  for (const id of ids) {
    await fleet.end(id, "SIGTERM");
    await fleet.start(id);
    if (!(await fleet.until(() => fleet.isHealthy(id)))) break;
  }
  return `peers ${ids.join()}`;
}

/** A peer gets what others leave of the processors. @param {Fleet} fleet @param {Random} random */
export async function starve(fleet, random) {
  const id = victimOf(fleet, random);
  const forMs = between(random, 1000, 6000);
  const pid = fleet.processes.get(id)?.pid;
  const burners = Array.from({ length: 2 * availableParallelism() }, () => spawn(process.execPath, ["-e", BURNER]));
  if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  await sleep(forMs);
  for (const burner of burners) burner.kill("SIGKILL");
  // Back to what the run has: without rights nobody is raised again, and then the process is replaced.
  try {
    if (pid !== undefined) setPriority(pid, getPriority());
  } catch {
    await fleet.end(id, "SIGKILL");
    await fleet.start(id);
  }
  return `peer ${id} for ${forMs} ms`;
}

/** A disk is lost with all that it held, while nobody else is hurt: one may forget. @param {Fleet} fleet @param {Random} random */
export async function wipe(fleet, random) {
  const id = oneOf(random, fleet.ids);
  await fleet.end(id, between(random, 0, 1) === 0 ? "SIGKILL" : "SIGTERM");
  await rm(fleet.storeOf(id), { recursive: true, force: true });
  await sleep(between(random, 0, 1000));
  await fleet.start(id);
  return `peer ${id}`;
}
