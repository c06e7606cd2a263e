import type { LogPosition, Zxid } from "@coterie/interface";
import type { LevelDatabase } from "@coterie/storage-level";
import { KEYS, logKey, parseLogKey, parsePageKey } from "../../src/format/keys.ts";
import { encodeStoreFormat } from "../../src/format/store-format.ts";
import { createMemoryLevel, type Medium, MemoryPlace } from "./memory-store.ts";
import { MemorySidecar } from "./memory-sidecar.ts";

/** All that stands in a database, by a look that is no part of any store. */
export async function contentsOf(database: LevelDatabase): Promise<[Uint8Array, Uint8Array][]> {
  await database.open();
  return database.iterator().all();
}

/** What is on a medium now, on another one: as after the loss of power, since every batch is synced. */
export async function copyOf({ place, sidecar }: Medium): Promise<Medium> {
  const copy: Medium = { place: new MemoryPlace(), sidecar: new MemorySidecar() };
  copy.sidecar.content = sidecar.content;
  if (place.database === null) return copy;
  copy.place.database = createMemoryLevel();
  const contents = await contentsOf(place.database);
  await copy.place.database.batch(contents.map(([key, value]) => ({ type: "put", key, value })));
  return copy;
}

/** Key and value of the log record that holds an entry. */
export async function recordOf({ place }: Medium, zxid: Zxid): Promise<[Uint8Array, Uint8Array]> {
  const records = (await contentsOf(place.database!)).filter(([key]) => parseLogKey(key) !== null);
  return records.find(([key]) => parseLogKey(key)!.end.zxid >= zxid)!;
}

export async function damageEntry(medium: Medium, zxid: Zxid): Promise<void> {
  await flip(medium, await recordOf(medium, zxid));
}

export async function damagePage(medium: Medium, index: number): Promise<void> {
  const pages = (await contentsOf(medium.place.database!)).filter(([key]) => parsePageKey(key) !== null);
  await flip(
    medium,
    pages.find(([key]) => parsePageKey(key)!.index === index)!,
  );
}

async function flip({ place }: Medium, [key, value]: [Uint8Array, Uint8Array]): Promise<void> {
  const damaged = Uint8Array.from(value);
  damaged[damaged.length >> 1]! ^= 4;
  await place.database!.put(key, damaged);
}

export async function swapEntries(medium: Medium, one: Zxid, other: Zxid): Promise<void> {
  const [first, second] = [await recordOf(medium, one), await recordOf(medium, other)];
  await medium.place.database!.put(first[0], second[1]);
  await medium.place.database!.put(second[0], first[1]);
}

export async function loseEnd({ place }: Medium): Promise<void> {
  await place.database!.del((await lastRecord(place))[0]);
}

export async function lastRecord(place: MemoryPlace): Promise<[Uint8Array, Uint8Array]> {
  return (await contentsOf(place.database!)).findLast(([key]) => parseLogKey(key) !== null)!;
}

/** A record that is cut off, one zxid behind the last one. */
export async function tearTail({ place }: Medium): Promise<void> {
  const [key, value] = await lastRecord(place);
  const { generation, end } = parseLogKey(key)!;
  const torn: LogPosition = { ...end, zxid: (end.zxid + 1) as Zxid };
  await place.database!.put(logKey(generation, torn), value.subarray(0, value.length >> 1));
}

export async function writeUnknownFormat({ place }: Medium): Promise<void> {
  await place.database!.open();
  await place.database!.put(KEYS.format, encodeStoreFormat(99).value);
}

/** Every batch is refused from now on. */
export function breakMedium({ place }: Medium, isFull: boolean): void {
  const message = isFull ? "IO error: 000003.log: No space left on device" : "IO error: 000003.log: Input/output error";
  const refusal = Object.assign(new Error(message), { code: "LEVEL_IO_ERROR" });
  Object.defineProperty(place.database!, "batch", {
    configurable: true,
    value: () => {
      throw refusal;
    },
  });
}

export function mendMedium({ place }: Medium): void {
  Reflect.deleteProperty(place.database!, "batch");
}
