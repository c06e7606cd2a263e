// What the scenarios of bench/storage share: stores on this machine's disk, and entries.
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chainHash } from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";
import { createClassicLevelPlace } from "../../packages/storage-classic-level/dist/classic-level-place.js";
import { createFileSidecar, createLevelStorage } from "../../packages/storage-level/dist/index.js";
import { endEverythingAtExit } from "../compare/servers/processes.mjs";

/** On the disk of the repository: a temporary directory is often in memory. */
const folder = fileURLToPath(new URL("../../.cache/bench-storage/", import.meta.url));

// Also of a process that is told to end: what is to be removed at its end is.
endEverythingAtExit();

export const HARD_STATE = {
  clusterId: "bench",
  peerId: 1,
  incarnation: 1,
  acceptedEpoch: 1,
  currentEpoch: 1,
  isAmnesiac: false,
};

/** An empty place; gone at the end of the process. */
export function createPlace(name) {
  const path = `${folder}${name}-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A store that stands and is open. */
export async function createStore(name, createStorage = createClassicLevelStorage) {
  const location = createPlace(name);
  const store = createStorage({ location });
  await store.open();
  await store.write({ hardState: HARD_STATE });
  return { store, location };
}

/** As it was before there was a journal: all of the log in LevelDB. */
export function createStorageWithoutJournal({ location }) {
  const place = createClassicLevelPlace({ location, cacheSizeBytes: 8 * 2 ** 20, writeBufferSizeBytes: 4 * 2 ** 20 });
  return createLevelStorage({ place, sidecar: createFileSidecar({ path: `${location}/sidecar` }), durable: true });
}

/** Makes entries that lead on from each other, of bytes that do not compress. */
export function createEntries(sizeBytes) {
  const noise = Uint8Array.from({ length: 65_536 + sizeBytes }, () => Math.random() * 256);
  let last = { zxid: 0, chainHash: 0 };
  const next = () => {
    const zxid = last.zxid === 0 ? 2 ** 32 + 1 : last.zxid + 1;
    const from = (zxid * 211) % 65_536;
    const bytes = noise.subarray(from, from + sizeBytes);
    last = { zxid, tag: 1, bytes, chainHash: chainHash(last.chainHash, zxid, 1, bytes) };
    return last;
  };
  return {
    batch: (count) => Array.from({ length: count }, next),
    last: () => ({ zxid: last.zxid, chainHash: last.chainHash }),
  };
}

export function createPage(sizeBytes = 65_536) {
  return Uint8Array.from({ length: sizeBytes }, () => Math.random() * 256);
}
