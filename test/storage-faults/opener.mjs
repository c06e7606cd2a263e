// A process of its own that opens databases, reads them and has them compacted, so that it is this one that ends if LevelDB
// does not bear what it finds. It sees the packages as they are built. Arguments: "checked", "rebuilt" if a store is to be
// rebuilt before that, or "unchecked" for LevelDB alone; then stores' folders. Says of each, in a line, what became of it.
import { writeSync } from "node:fs";
import { createClassicLevelPlace } from "../../packages/storage-classic-level/dist/classic-level-place.js";
import { repair } from "../../packages/storage-classic-level/dist/index.js";
import { loadClassicLevel } from "../../packages/storage-classic-level/dist/load-classic-level.js";
import { toOpenError } from "../../packages/storage-level/dist/index.js";

const [mode, ...locations] = process.argv.slice(2);
const SIZES = { cacheSizeBytes: 2 ** 20, writeBufferSizeBytes: 2 ** 16 };
const [LOWEST, HIGHEST] = [Uint8Array.of(0), new Uint8Array(40).fill(255)];

/**
 * @param {string} location
 * @returns {Promise<any>} with all that LevelDB can do
 */
async function openDatabase(location) {
  if (mode !== "unchecked") return createClassicLevelPlace({ location, ...SIZES }).open({ create: false });
  const { ClassicLevel } = await loadClassicLevel();
  const database = new ClassicLevel(`${location}/db`, { keyEncoding: "view", valueEncoding: "view" });
  await database.open({ createIfMissing: false });
  return database;
}

/** @param {any} database */
async function readAll(database) {
  for (const reverse of [false, true]) {
    const found = await database
      .iterator({ reverse })
      .all()
      .catch(() => []);
    for (const [key] of found) await database.get(key).catch(() => undefined);
  }
}

/** Lets LevelDB go through every table: a table of its own over all keys, and all that it overlaps. */
async function compactAll(location) {
  const database = await openDatabase(location);
  await readAll(database);
  await database.put(LOWEST, LOWEST).catch(() => undefined);
  await database.put(HIGHEST, HIGHEST).catch(() => undefined);
  await database.close();
  const again = await openDatabase(location);
  await again.compactRange(LOWEST, HIGHEST).catch(() => undefined);
  await readAll(again);
  await again.close();
}

async function lookAt(location) {
  try {
    if (mode === "rebuilt") await repair({ location }, "rebuild-database");
    await compactAll(location);
    return mode === "rebuilt" ? "rebuilt" : "opened";
  } catch (error) {
    if (mode === "unchecked") return "refused";
    const { code, message } = /** @type {import("../../packages/interface/dist/index.js").CoterieError} */ (
      toOpenError(error, "opening")
    );
    const refusal = `${code} ${JSON.stringify(message)}`;
    try {
      await repair({ location }, "rebuild-database");
      await compactAll(location);
      return `rebuilt ${refusal}`;
    } catch (second) {
      return `refused ${refusal}, and then ${JSON.stringify(String(second))}`;
    }
  }
}

for (const location of locations) writeSync(1, `${await lookAt(location)}\n`);
