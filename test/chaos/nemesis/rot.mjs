// What stands on disks rots while nobody looks.
import { createRequire } from "node:module";
import { join } from "node:path";
import { coterie } from "../coterie.mjs";
import { between, oneOf, shuffled } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */
/** @typedef {{ key: Buffer, value: Buffer, before: number, end: number }} LogRecord */

/** What a peer says that cannot read its checkpoint. */
const CORRUPT = ["STORE_CORRUPT", "CHECKPOINT_CORRUPT"];

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
    flip(value, random);
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

/**
 * A bit flips in a page of a checkpoint, at a minority (ST-10). Where it matters the peer has to refuse, the doctor to see it, and the peer
 * to be well after the repair that forgets most.
 *
 * @param {Fleet} fleet @param {Random} random
 */
export async function rotCheckpoint(fleet, random) {
  const ids = shuffled(random, fleet.ids).slice(0, between(random, 1, Math.ceil(fleet.ids.length / 2) - 1));
  const told = [];
  for (const id of ids) {
    await fleet.end(id, "SIGTERM");
    const page = await withDatabase(fleet.storeOf(id), (database) => flipPage(database, random));
    const code = page === null ? null : await fleet.tryStart(id);
    if (code !== null && !CORRUPT.includes(code)) fleet.failures.push(`peer ${id} with a rotten checkpoint: ${code}`);
    if (code !== null) await mend(fleet, id);
    told.push(page === null ? `peer ${id} has none` : `peer ${id}, page ${page}, ${code ?? "which does not matter"}`);
    await fleet.start(id);
  }
  return told.join("; ");
}

/** @param {Fleet} fleet @param {number} id */
async function mend(fleet, id) {
  const { code } = await coterie("doctor", fleet.storeOf(id));
  if (code !== 1) fleet.failures.push(`the doctor finds nothing wrong with the checkpoint of peer ${id}: ${code}`);
  // It ends with what the doctor finds behind it, amnesia, too.
  const repaired = await coterie("doctor", fleet.storeOf(id), "--repair", "set-database-aside");
  if (repaired.code === 2) fleet.failures.push(`peer ${id} cannot be mended: ${repaired.output}`);
}

/** Gives which page; null if there is none. @param {any} database @param {Random} random */
async function flipPage(database, random) {
  const pages = await database.iterator({ gte: Buffer.from("p"), lt: Buffer.from("q") }).all();
  if (pages.length === 0) return null;
  const [key, value] = oneOf(random, pages);
  flip(value, random);
  await database.put(key, value, { sync: true });
  return `${key.readUInt32BE(1)}/${key.readUInt32BE(5)}`;
}

/** @param {Buffer} value @param {Random} random */
function flip(value, random) {
  const at = between(random, 0, value.length - 1);
  value.writeUInt8(value.readUInt8(at) ^ (1 << between(random, 0, 7)), at);
}
