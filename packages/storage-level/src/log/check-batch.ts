import {
  assert,
  epochOf,
  type HardState,
  isEpoch,
  isPeerId,
  isZxid,
  LOG_LIMITS,
  type LogBatch,
  type LogEntry,
  type LogPosition,
} from "@coterie/interface";
import type { Pacer } from "../database/pacer.ts";

/** Refuses a batch that no store takes, whatever it holds. @throws AssertionError */
export async function checkBatch(batch: LogBatch, pacer: Pacer): Promise<void> {
  const { hardState, notes, checkpoint, truncateAfter, repair = [], append = [], committed } = batch;
  if (hardState !== undefined) checkHardState(hardState);
  assert((notes?.length ?? 0) <= LOG_LIMITS.notesSizeMaxBytes, "notes are no longer than their limit");
  if (checkpoint !== undefined) {
    checkPosition(checkpoint);
    assert(/^[\x20-\x7e]{1,64}$/.test(checkpoint.digest), "a digest is 1..64 printable ASCII characters");
    assert(Number.isInteger(checkpoint.pageCount) && checkpoint.pageCount >= 0, "pages are counted");
  }
  if (truncateAfter !== undefined) assert(isZxid(truncateAfter), "a truncation names a zxid");
  if (committed !== undefined) assert(isZxid(committed), "what is committed is a zxid");
  assert(repair.length + append.length <= LOG_LIMITS.batchEntriesMax, "a batch has no more entries than its limit");
  let sizeBytes = 0;
  for (const entries of [repair, append]) {
    for (const entry of entries) {
      sizeBytes += checkEntry(entry);
      // That there is an entry costs time here; how large it is does not.
      const spent = pacer.spendItem(0);
      if (spent !== null) await spent;
    }
  }
  assert(sizeBytes <= LOG_LIMITS.batchSizeMaxBytes, "the entries of a batch are no larger than its limit");
}

function checkHardState({ clusterId, peerId, incarnation, acceptedEpoch, currentEpoch }: HardState): void {
  assert(/^[\x20-\x7e]{1,64}$/.test(clusterId), "a cluster id is 1..64 printable ASCII characters");
  assert(isPeerId(peerId), "a peer id is in its range");
  assert(Number.isSafeInteger(incarnation) && incarnation >= 0, "an incarnation is an integer in 0..2^53-1");
  assert(isEpoch(acceptedEpoch) && isEpoch(currentEpoch), "epochs are in their range");
}

function checkPosition({ zxid, chainHash }: LogPosition): void {
  assert(isZxid(zxid) && Number.isInteger(epochOf(zxid)), "a zxid is an integer in 0..2^53-1");
  assert((chainHash | 0) === chainHash, "a chain hash is a signed integer of 32 bits");
}

function checkEntry(entry: LogEntry): number {
  const { tag, bytes } = entry;
  checkPosition(entry);
  assert(Number.isInteger(tag) && tag >= 0 && tag <= 255, "a tag is an integer in 0..255");
  assert(bytes.length <= LOG_LIMITS.entrySizeMaxBytes, "an entry is no larger than its limit");
  return bytes.length;
}

/** @throws AssertionError */
export function checkPages(pages: readonly Uint8Array[]): void {
  const sizeBytes = pages.reduce((sum, page) => sum + page.length, 0);
  assert(sizeBytes <= LOG_LIMITS.pageSizeMaxBytes, "pages are no larger than their limit");
}
