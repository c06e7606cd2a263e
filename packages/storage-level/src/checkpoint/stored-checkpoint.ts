import type { StoredCheckpoint } from "@coterie/interface";
import type { CheckpointRecord } from "../format/records.ts";

/** A checkpoint as the caller of a store sees it. */
export function checkpointOf({ position, digest, segments }: CheckpointRecord): StoredCheckpoint {
  const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  const baseSizeBytes = segments[0]?.sizeBytes ?? 0;
  return {
    ...position,
    digest,
    pageCount: segments.reduce((sum, { pageCount }) => sum + pageCount, 0),
    baseSizeBytes,
    deltasSizeBytes: sizeBytes - baseSizeBytes,
  };
}
