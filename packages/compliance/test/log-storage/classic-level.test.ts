import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import type { Zxid } from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import type { LevelDatabase } from "@coterie/storage-level";
import {
  LOG_KEYS_END,
  logGenerationKey,
  logKey,
  parseLogKey,
  parsePageKey,
} from "../../../storage-level/src/format/keys.ts";
import { encodeStoreFormat, STORE_FORMAT } from "../../../storage-level/src/format/store-format.ts";
import { loadClassicLevel } from "../../../storage-classic-level/src/load-classic-level.ts";
import { testLogStorage } from "../../src/index.ts";

/** A folder in memory where there is one: what is tested here is not the disk. */
const PLACES = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

interface Place {
  readonly folder: string;
  readonly name: string;
}

function locationOf({ folder, name }: Place): string {
  return join(folder, name);
}

/** Opens LevelDB itself, while no store is open. */
async function hurt(place: Place, change: (database: LevelDatabase) => Promise<void>): Promise<void> {
  const { ClassicLevel: Level } = await loadClassicLevel();
  const options = { keyEncoding: "view", valueEncoding: "view", createIfMissing: false };
  // Whether the compiler finds the two types alike depends on the order in which it meets them.
  const level: unknown = new Level<Uint8Array, Uint8Array>(join(locationOf(place), "db"), options);
  const database = level as LevelDatabase;
  await database.open();
  await change(database);
  await database.close();
}

async function keysOfLog(database: LevelDatabase): Promise<readonly Uint8Array[]> {
  return database.keys({ gte: logGenerationKey(0), lt: LOG_KEYS_END }).all();
}

/** The key of the record that holds the entry. */
async function keyOf(database: LevelDatabase, zxid: Zxid): Promise<Uint8Array> {
  const key = (await keysOfLog(database)).find((one) => parseLogKey(one)!.end.zxid >= zxid);
  if (key === undefined) throw new Error(`no record holds ${zxid}`);
  return key;
}

async function flip(database: LevelDatabase, key: Uint8Array): Promise<void> {
  const value = Buffer.from((await database.get(key))!);
  const at = value.length >> 1;
  value[at] = value[at]! ^ 4;
  await database.put(key, value);
}

describe("storage-classic-level", () => {
  testLogStorage<Place>(
    { describe, it },
    {
      supports: { durable: true },
      createPlace: async () => ({ folder: mkdtempSync(join(PLACES, "classic-level-")), name: "store" }),
      createStore: (place) => createClassicLevelStorage({ location: locationOf(place) }),
      removePlace: async ({ folder }) => rmSync(folder, { recursive: true, force: true }),

      // As a killed process leaves it. The sidecar goes first, since it must not be ahead of the database.
      crash: async (place) => {
        const left = { folder: place.folder, name: `${place.name}+` };
        const [from, to] = [locationOf(place), locationOf(left)];
        if (!existsSync(from)) return left;
        const names = readdirSync(from).sort((one, other) => (one === "db" ? 1 : other === "db" ? -1 : 0));
        for (const name of names) cpSync(join(from, name), join(to, name), { recursive: true });
        return left;
      },

      damages: {
        entry: async (place, zxid) => hurt(place, async (database) => flip(database, await keyOf(database, zxid))),

        page: async (place, index) =>
          hurt(place, async (database) => {
            for await (const key of database.keys()) if (parsePageKey(key)?.index === index) await flip(database, key);
          }),

        swappedEntries: async (place, one, other) =>
          hurt(place, async (database) => {
            const [first, second] = [await keyOf(database, one), await keyOf(database, other)];
            const [value, another] = [(await database.get(first))!, (await database.get(second))!];
            await database.put(first, another);
            await database.put(second, value);
          }),

        lostEnd: async (place) => hurt(place, async (database) => database.del((await keysOfLog(database)).at(-1)!)),

        tornTail: async (place) =>
          hurt(place, async (database) => {
            const { generation, end } = parseLogKey((await keysOfLog(database)).at(-1)!)!;
            const key = logKey(generation, { ...end, zxid: (end.zxid + 3) as Zxid });
            await database.put(key, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
          }),

        unknownFormat: async (place) =>
          hurt(place, async (database) => {
            const { key, value } = encodeStoreFormat(STORE_FORMAT + 1);
            await database.put(key, value);
          }),
      },
    },
  );
});
