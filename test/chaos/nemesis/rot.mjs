// What stands on disks rots while nobody looks.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createFileJournal } from "../../../packages/storage-level/dist/index.js";
import { coterie } from "../coterie.mjs";
import { between, oneOf, shuffled } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */
/** @typedef {{ bytes: Buffer, before: number, end: number }} LogRecord */

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
    const record = oneOf(random, own);
    await flipRecord(fleet.storeOf(id), record, random);
    flipped.push(`peer ${id} up to ${record.end}`);
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

/** What a store holds of the log, by a look at its journal that is no part of the store. @param {string} store @returns {Promise<LogRecord[]>} */
async function readLog(store) {
  const journal = createFileJournal({ path: join(store, "log") });
  await journal.open(Infinity);
  const range = { from: Buffer.from("l"), end: Buffer.from("m") };
  const cursor = journal.cursor(range, { isReverse: false, keysMax: 1000 });
  const records = [];
  for (let found = await cursor.next(); found.length > 0; found = await cursor.next()) {
    for (const { key, value } of found) {
      const [name, bytes] = [Buffer.from(key), Buffer.from(value)];
      const end = name.readUInt32BE(5) * 2 ** 32 + name.readUInt32BE(9);
      records.push({ bytes, before: Number(bytes.readBigUInt64LE(1)), end });
    }
  }
  await cursor.close();
  await journal.close();
  return records;
}

/** In its place: the file has the same bytes but for one bit. @param {string} store @param {LogRecord} record @param {Random} random */
async function flipRecord(store, { bytes, end }, random) {
  for (const name of await readdir(join(store, "log"))) {
    const path = join(store, "log", name);
    const file = await readFile(path);
    const at = file.indexOf(bytes);
    if (at === -1) continue;
    flip(file.subarray(at, at + bytes.length), random);
    await writeFile(path, file);
    return;
  }
  throw new Error(`the record up to ${end} stands in no file of ${store}`);
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
