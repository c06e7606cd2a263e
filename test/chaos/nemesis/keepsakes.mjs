// What is kept for the time after: backups of peers at work, and stores of which no quorum is left. What they amount to is looked at
// when the run is over.
import { createReadStream } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { verifyBackup } from "../../../packages/coterie/dist/index.js";
import { between, oneOf, shuffled } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */

/** A peer at work is backed up, as fast as it can or slowly. @param {Fleet} fleet @param {Random} random */
export async function backup(fleet, random) {
  const id = oneOf(random, fleet.ids);
  const file = join(fleet.directory, `backup-${random.uint32()}`);
  const bytesPerSecond = oneOf(random, [null, 65_536, 1_000_000]);
  const problem = await fleet.askForBackup(id, file, bytesPerSecond);
  if (problem !== null) {
    await rm(file, { force: true });
    return `of peer ${id}, which gave none: ${problem}`;
  }
  const { zxid } = await verifyBackup(createReadStream(file));
  await Promise.all(fleet.backups.splice(0).map((before) => rm(before.file)));
  fleet.backups.push({ file, zxid });
  return `of peer ${id} at ${zxid}`;
}

/**
 * All die at once, while clients write, and the stores of a minority are copied: what would be left if those of the others never came
 * back. The run goes on with all of them.
 *
 * @param {Fleet} fleet @param {Random} random
 */
export async function disaster(fleet, random) {
  await Promise.all(fleet.ids.map((id) => fleet.end(id, "SIGKILL")));
  const minority = Math.ceil(fleet.ids.length / 2) - 1;
  const left = shuffled(random, fleet.ids).slice(0, between(random, 1, minority));
  const folder = join(fleet.directory, "survivors");
  await rm(folder, { recursive: true, force: true });
  for (const id of left) await cp(fleet.storeOf(id), join(folder, String(id)), { recursive: true });
  fleet.survivors = left.map((id) => ({ id, directory: join(folder, String(id)) }));
  await sleep(between(random, 0, 500));
  await Promise.all(fleet.ids.map((id) => fleet.start(id)));
  return `of all but ${left.join()}`;
}
