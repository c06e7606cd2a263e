// What happens to disks: they fail, are slow, are full, or are mixed up.
import { closeSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../history/recorder.mjs";
import { between, oneOf, shuffled } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */

/** What was hurt may only be noticed, and told, when all is well again. */
const AFTERMATH_MS = 10_000;
const BALLAST_PIECE_BYTES = 2 ** 20;

/** While a disk is at fault its peer may end, and is started again until it stays. @param {Fleet} fleet @param {number} id @param {() => Promise<void>} hurt */
async function excusing(fleet, id, hurt) {
  fleet.excused.set(id, Infinity);
  await hurt();
  fleet.excused.set(id, nowMs() + AFTERMATH_MS);
  await fleet.until(() => fleet.isHealthy(id));
}

/** Every sync fails (ST-15, ST-16). @param {Fleet} fleet @param {Random} random */
export async function failDisk(fleet, random) {
  const id = oneOf(random, fleet.ids);
  const forMs = between(random, 200, 3000);
  await excusing(fleet, id, async () => {
    writeFileSync(fleet.diskModeOf(id), "eio");
    await sleep(forMs);
    writeFileSync(fleet.diskModeOf(id), "");
  });
  return `peer ${id} for ${forMs} ms`;
}

/** Every sync takes long (ST-19). @param {Fleet} fleet @param {Random} random */
export async function slowDisk(fleet, random) {
  const id = oneOf(random, fleet.ids);
  const [syncMs, forMs] = [oneOf(random, [20, 200, 1500]), between(random, 500, 6000)];
  writeFileSync(fleet.diskModeOf(id), `slow ${syncMs}`);
  await sleep(forMs);
  writeFileSync(fleet.diskModeOf(id), "");
  return `peer ${id}, ${syncMs} ms more for each sync, for ${forMs} ms`;
}

/** There is no room left, and then there is again (ST-18). @param {Fleet} fleet @param {Random} random */
export async function fillDisk(fleet, random) {
  const { small } = fleet;
  if (small === null) throw new Error("there is no small disk");
  const forMs = between(random, 500, 4000);
  const ballast = join(small.folder, "ballast");
  await excusing(fleet, small.id, async () => {
    fill(small.folder, ballast);
    await sleep(forMs);
    rmSync(ballast, { force: true });
  });
  return `peer ${small.id} for ${forMs} ms`;
}

/** @param {string} folder @param {string} ballast */
function fill(folder, ballast) {
  const file = openSync(ballast, "w");
  const { bavail, bsize } = statfsSync(folder);
  try {
    for (let left = bavail * bsize; left > 0; left -= BALLAST_PIECE_BYTES) {
      writeSync(file, Buffer.alloc(Math.min(left, BALLAST_PIECE_BYTES), 1));
    }
  } catch (error) {
    // The peer has taken the rest meanwhile.
    if (/** @type {{ code?: string }} */ (error).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

/** Two directories are mixed up while their peers are down (ST-24): each has to refuse the other's, and is well with its own. @param {Fleet} fleet @param {Random} random */
export async function swap(fleet, random) {
  const [one = 1, other = 2] = shuffled(random, fleet.ids);
  const how = oneOf(random, /** @type {const} */ (["SIGKILL", "SIGTERM"]));
  await Promise.all([one, other].map((id) => fleet.end(id, how)));
  fleet.swapStores(one, other);
  for (const id of [one, other]) {
    const code = await fleet.tryStart(id);
    if (code !== "STORE_FOREIGN")
      fleet.failures.push(`peer ${id} with another's directory: ${code ?? "it has started"}, not STORE_FOREIGN`);
  }
  fleet.swapStores(one, other);
  await Promise.all([one, other].map((id) => fleet.start(id)));
  return `peers ${one} and ${other}`;
}
