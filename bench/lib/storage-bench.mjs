// What the scenarios of bench/storage share: stores on this machine's disk, and entries.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chainHash } from "@coterie/interface";
import { createClassicLevelStorage } from "@coterie/storage-classic-level";

/** On the disk of the repository: a temporary directory is often in memory. */
const folder = fileURLToPath(new URL("../../.cache/bench-storage/", import.meta.url));

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
export async function createStore(name) {
  const location = createPlace(name);
  const store = createClassicLevelStorage({ location });
  await store.open();
  await store.write({ hardState: HARD_STATE });
  return { store, location };
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

/** Bytes that this process has had written to disks, or null where the system does not say. */
export function writtenBytes() {
  try {
    return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))[1]);
  } catch {
    return null;
  }
}
