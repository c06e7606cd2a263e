// What happens to disks: they fail, are slow, are full, are mixed up, or rot while nobody looks.
import { closeSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../history/recorder.mjs";
import { between, oneOf, shuffled } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */
/** @typedef {{ key: Buffer, value: Buffer, before: number, end: number }} LogRecord */

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

/**
 * Bits flip in closed stores, at each peer in another part of the log (ST-21). One is spared, whose log reaches as far as any: where
 * every voter has lost something nobody may lead, though of every entry there is a good copy.
 *
 * @param {Fleet} fleet @param {Random} random
 */
export async function rot(fleet, random) {
  await Promise.all(fleet.ids.map((id) => fleet.end(id, "SIGTERM")));
  const logs = await Promise.all(fleet.ids.map((id) => readLog(fleet.storeOf(id))));
  const bounds = boundsOf(logs);
  const lasts = logs.map((log) => log.at(-1)?.end ?? 0);
  const spared = lasts.indexOf(Math.max(...lasts));
  const flipped = [];
  for (const [index, id] of fleet.ids.entries()) {
    if (index === spared) continue;
    const [from = 0, to = 0] = [bounds[index], bounds[index + 1]];
    const own = (logs[index] ?? []).filter(({ before, end }) => before >= from && end < to);
    if (own.length === 0) continue;
    const { key, value, end } = oneOf(random, own);
    const at = between(random, 0, value.length - 1);
    value.writeUInt8(value.readUInt8(at) ^ (1 << between(random, 0, 7)), at);
    await withDatabase(fleet.storeOf(id), (database) => database.put(key, value, { sync: true }));
    flipped.push(`peer ${id} up to ${end}`);
  }
  await Promise.all(fleet.ids.map((id) => fleet.start(id)));
  return flipped.length === 0 ? "nothing: the logs are too short" : flipped.join(", ");
}

/** As many parts of what all logs hold as there are peers. @param {readonly (readonly LogRecord[])[]} logs */
function boundsOf(logs) {
  const from = Math.max(...logs.map((log) => log[0]?.before ?? Infinity));
  const to = Math.min(...logs.map((log) => log.at(-1)?.end ?? 0));
  // By records of one peer: zxids are far apart where an epoch ends.
  const ends = (logs[0] ?? []).map(({ end }) => end).filter((end) => end > from && end <= to);
  return [...logs.map((_, index) => ends[Math.floor((ends.length * index) / logs.length)] ?? to), to];
}

/** What a store holds of the log, as docs/storage.md describes it. @param {string} store @returns {Promise<LogRecord[]>} */
function readLog(store) {
  return withDatabase(store, async (database) => {
    const records = [];
    for await (const [key, value] of database.iterator({ gte: Buffer.from("l"), lt: Buffer.from("m") })) {
      const end = key.readUInt32BE(5) * 2 ** 32 + key.readUInt32BE(9);
      records.push({ key, value, before: Number(value.readBigUInt64LE(1)), end });
    }
    return records;
  });
}

/** @template Result @param {string} store @param {(database: any) => Promise<Result>} use @returns {Promise<Result>} */
async function withDatabase(store, use) {
  const { ClassicLevel } = createRequire(
    new URL("../../../packages/storage-classic-level/package.json", import.meta.url),
  )("classic-level");
  const database = new ClassicLevel(join(store, "db"), {
    keyEncoding: "buffer",
    valueEncoding: "buffer",
    createIfMissing: false,
  });
  await database.open();
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}
