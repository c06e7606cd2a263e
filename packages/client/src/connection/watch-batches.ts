import type { SetWatches2Request } from "@coterie/protocol";
import type { WatchedPaths } from "@coterie/session";

/** Text of paths in one setWatches2: far below the frame limit, so that any number of watches is registered (WA-06). */
export const WATCH_BATCH_MAX_BYTES: number = 128 * 1024;

/** The requests that register `watched` anew. A path that is longer than the limit stands in one of its own. */
export function watchBatches(watched: WatchedPaths, relativeZxid: number): SetWatches2Request[] {
  const batches: SetWatches2Request[] = [];
  let persistent: string[] = [];
  let recursive: string[] = [];
  let sizeBytes = 0;
  const finish = (): void => {
    if (persistent.length + recursive.length === 0) return;
    batches.push({
      kind: "setWatches2",
      relativeZxid,
      dataWatches: [],
      existWatches: [],
      childWatches: [],
      persistentWatches: persistent,
      persistentRecursiveWatches: recursive,
    });
    persistent = [];
    recursive = [];
    sizeBytes = 0;
  };
  const add = (path: string, isRecursive: boolean): void => {
    const pathSizeBytes = Buffer.byteLength(path);
    if (sizeBytes + pathSizeBytes > WATCH_BATCH_MAX_BYTES) finish();
    (isRecursive ? recursive : persistent).push(path);
    sizeBytes += pathSizeBytes;
  };
  for (const path of watched.persistent) add(path, false);
  for (const path of watched.recursive) add(path, true);
  finish();
  return batches;
}
