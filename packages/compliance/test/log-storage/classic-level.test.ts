import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import type { Zxid } from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import type { LevelDatabase } from "@coterie/storage-level";
import { createSystemClock } from "@coterie/storage-level";
import { Pacer } from "../../../storage-level/src/database/pacer.ts";
import { LOG_KEYS_END, logGenerationKey, parsePageKey } from "../../../storage-level/src/format/keys.ts";
import { createFileJournal, type LogChange } from "../../../storage-level/src/journal/file-journal.ts";
import { toLogKey } from "../../../storage-level/src/journal/log-key.ts";
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

/** Opens the journal itself, and writes one frame more: what comes out of it is what nobody has written. */
async function hurtLog(place: Place, change: (records: readonly LogRecord[]) => readonly LogChange[]): Promise<void> {
  const journal = createFileJournal({ path: join(locationOf(place), "log") });
  await journal.open(Infinity);
  const cursor = journal.cursor({ from: logGenerationKey(0), end: LOG_KEYS_END }, { isReverse: false, keysMax: 1000 });
  const records = (await cursor.next()).map(({ key, value }) => ({ key: toLogKey(key)!, value: Buffer.from(value) }));
  await cursor.close();
  await journal.append(change(records), false, new Pacer(createSystemClock()));
  await journal.close();
}

type LogRecord = Pick<LogChange, "key"> & { readonly value: Buffer };

/** The record that holds the entry. */
function recordOf(records: readonly LogRecord[], zxid: Zxid): LogRecord {
  const found = records.find(({ key }) => key.zxid >= zxid);
  if (found === undefined) throw new Error(`no record holds ${zxid}`);
  return found;
}

function flipped(bytes: Uint8Array): Buffer {
  const value = Buffer.from(bytes);
  const at = value.length >> 1;
  value[at] = value[at]! ^ 4;
  return value;
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
        entry: async (place, zxid) =>
          hurtLog(place, (records) => {
            const { key, value } = recordOf(records, zxid);
            return [{ key, value: flipped(value) }];
          }),

        page: async (place, index) =>
          hurt(place, async (database) => {
            for await (const key of database.keys())
              if (parsePageKey(key)?.index === index) await database.put(key, flipped((await database.get(key))!));
          }),

        swappedEntries: async (place, one, other) =>
          hurtLog(place, (records) => {
            const [first, second] = [recordOf(records, one), recordOf(records, other)];
            return [
              { key: first.key, value: second.value },
              { key: second.key, value: first.value },
            ];
          }),

        lostEnd: async (place) => hurtLog(place, (records) => [{ key: records.at(-1)!.key, value: null }]),

        tornTail: async (place) =>
          hurtLog(place, (records) => {
            const { key } = records.at(-1)!;
            return [{ key: { ...key, zxid: key.zxid + 3 }, value: Uint8Array.of(1, 2, 3, 4, 5, 6, 7) }];
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
