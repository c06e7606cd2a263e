import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import {
  chainHash,
  createZxid,
  type Epoch,
  type HardState,
  type LogEntry,
  type LogPosition,
  type LogStorage,
  type PeerId,
  type Zxid,
} from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { createFileSidecar, createLevelStorage } from "@coterie/storage-level";
import { createClassicLevelPlace, DOCTOR_SIZES } from "../../src/classic-level-place.ts";
import { sidecarPath } from "../../src/paths.ts";

const START = { zxid: 0, chainHash: 0 } as unknown as LogPosition;

export const HARD_STATE: HardState = {
  clusterId: "on-disk",
  peerId: 2 as PeerId,
  incarnation: 4,
  acceptedEpoch: 3 as Epoch,
  currentEpoch: 2 as Epoch,
  isAmnesiac: false,
};

export const ALL = { after: 0 as Zxid, upTo: createZxid(1000, 0) };

const directories: string[] = [];

/** A directory of its own for each store; gone after the test. */
export async function createLocation(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "coterie-store-"));
  directories.push(directory);
  return join(directory, "store");
}

export function removeLocationsAfterEach(): void {
  afterEach(async () => {
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
  });
}

export function entriesAfter(before: LogPosition, count: number, sizeBytes = 100): LogEntry[] {
  const entries: LogEntry[] = [];
  let last = before;
  for (let index = 0; index < count; index++) {
    const zxid = (last.zxid === 0 ? createZxid(1, 1) : last.zxid + 1) as Zxid;
    const bytes = noise(zxid, sizeBytes);
    const entry = { zxid, tag: 1, bytes, chainHash: chainHash(last.chainHash, zxid, 1, bytes) };
    entries.push(entry);
    last = entry;
  }
  return entries;
}

/** Bytes that do not compress: LevelDB would make little of others. */
function noise(seed: number, sizeBytes: number): Uint8Array {
  let state = (seed % 2 ** 31) + 1;
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    return state >>> 24;
  });
}

/** A store as versions before the journal made it, with all of its log in LevelDB. */
export function createOlderStorage({ location }: { readonly location: string }): LogStorage {
  const place = createClassicLevelPlace({ location, ...DOCTOR_SIZES });
  return createLevelStorage({ place, sidecar: createFileSidecar({ path: sidecarPath(location) }), durable: true });
}

export interface Filled {
  readonly location: string;
  readonly entries: readonly LogEntry[];
}

/** A closed store of 40 entries in 20 batches. */
export async function filledStore(createStorage = createClassicLevelStorage): Promise<Filled> {
  const location = await createLocation();
  const store = createStorage({ location });
  await store.open();
  const entries = entriesAfter(START, 40, 3000);
  await store.write({ hardState: HARD_STATE });
  for (let from = 0; from < 40; from += 2) {
    await store.write({ append: entries.slice(from, from + 2), committed: entries[from]!.zxid });
  }
  await store.close();
  return { location, entries };
}

/** Tables instead of a write-ahead log: enough is written for LevelDB to make some. */
export async function fillTables(store: LogStorage, before: LogPosition): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let batch = 0; batch < 12; batch++) {
    const append = entriesAfter(entries.at(-1) ?? before, 10, 50_000);
    await store.write({ append });
    entries.push(...append);
  }
  return entries;
}

export async function fileIn(location: string, pattern: RegExp): Promise<string> {
  const database = join(location, "db");
  const name = (await readdir(database)).sort().findLast((found) => pattern.test(found));
  if (name === undefined) throw new Error(`no ${pattern} in ${database}`);
  return join(database, name);
}

/** The file of the journal that was written last. */
export async function segmentIn(location: string): Promise<string> {
  const journal = join(location, "log");
  const name = (await readdir(journal)).sort().findLast((found) => found.endsWith(".segment"));
  if (name === undefined) throw new Error(`no segment in ${journal}`);
  return join(journal, name);
}

export async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 0x10;
  await writeFile(path, bytes);
}

/** Every file of a store but what LevelDB only logs and locks with, by name, with its bytes. */
export async function filesOf(location: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const names = await readdir(location, { recursive: true, withFileTypes: true });
  for (const entry of names.filter((found) => found.isFile() && !/^(LOG|LOG\.old|LOCK)$/.test(found.name))) {
    const path = join(entry.parentPath, entry.name);
    files[path] = (await readFile(path)).toString("base64");
  }
  return files;
}

export async function copyStore(location: string): Promise<string> {
  const copy = await createLocation();
  await cp(location, copy, { recursive: true });
  return copy;
}

export { START };
