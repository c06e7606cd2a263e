import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LogStorage } from "@coterie/interface";
import { expect } from "vitest";
import { ALL } from "../../../packages/storage-classic-level/test/support/stores.ts";
import type { DiskPlace } from "./places.ts";
import type { StoreEnsemble } from "./store-ensemble.ts";

/** Wide enough that a test finds nothing else where it looks for one. */
const PADDING = "-".repeat(70_000);
export const WIDE_ENTRIES = 4;

/** Entries that can be found on the disk, numbered from 0 on, through a peer. It stands in all stores that they are decided. */
export async function writeWide(ensemble: StoreEnsemble, id: number): Promise<void> {
  for (let each = 0; each < WIDE_ENTRIES; each++) await writeWideEntry(ensemble, id, each);
  await ensemble.tick(10);
}

/** One alone; that it is decided stands in no store yet. */
export async function writeWideEntry(ensemble: StoreEnsemble, id: number, entry: number): Promise<void> {
  await ensemble.write(id, `/wide-${entry}`, `${markerOf(entry)}${PADDING}`);
}

function markerOf(entry: number): string {
  return `marker ${entry} `;
}

/** Flips a bit of what stands on the disk for an entry, in a store that may be open. */
export async function damageWide({ journal }: DiskPlace, entry: number): Promise<void> {
  for (const name of (await readdir(journal)).toSorted().toReversed()) {
    const path = join(journal, name);
    const at = (await readFile(path)).lastIndexOf(markerOf(entry));
    if (at > 0) return flipBit(path, at);
  }
  throw new Error(`${markerOf(entry)}stands in no file`);
}

/** In its place: LevelDB may have the file in its memory. */
async function flipBit(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    buffer[0]! ^= 0x10;
    await file.write(buffer, 0, 1, at);
  } finally {
    await file.close();
  }
}

/** Where each entry stands, by a hash over all up to it: what a store gives has been held against its bytes. */
async function logOf(storage: LogStorage): Promise<readonly string[]> {
  const reading = await storage.read(ALL, 2 ** 24);
  if (reading.kind !== "entries") throw new Error(`the log is ${reading.kind}`);
  return reading.entries.map(({ zxid, chainHash, bytes }) => `${zxid} ${chainHash} ${bytes.length}`);
}

/** Every peer that is up can read all of its log, which is the same everywhere. */
export async function expectSameLogs({ up }: StoreEnsemble): Promise<void> {
  const logs = await Promise.all(up.map(async ({ storage }) => logOf(storage)));
  expect(logs[0]!.length).toBeGreaterThan(WIDE_ENTRIES);
  for (const log of logs) expect(log).toEqual(logs[0]);
}
