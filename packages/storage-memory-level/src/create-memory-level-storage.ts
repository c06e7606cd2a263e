import {
  createLevelPlace,
  createLevelStorage,
  type LevelStorageOptions,
  type LogStorage,
} from "@coterie/storage-level";
import { MemoryLevel } from "memory-level";

export type MemoryLevelStorageOptions = Pick<LevelStorageOptions, "clock">;

/**
 * A LogStorage in memory: what is written stays for as long as this object does, through `close` and `open`. It is what
 * stands on a disk otherwise, record by record, so that a test meets the same code.
 */
export function createMemoryLevelStorage(options: MemoryLevelStorageOptions = {}): LogStorage {
  const database = new MemoryLevel<Uint8Array, Uint8Array>({
    keyEncoding: "view",
    valueEncoding: "view",
    storeEncoding: "view",
  });
  return createLevelStorage({ ...options, place: createLevelPlace("the store in memory", database), durable: false });
}
