import { assert, chainHash, type LogEntry, type LogPosition, type Zxid } from "@coterie/interface";
import type { Pacer } from "../database/pacer.ts";
import { encodeLogRecord, type Stored } from "../format/log-record.ts";
import { STORAGE_LIMITS } from "../limits.ts";

export interface RecordHead {
  readonly generation: number;
  readonly committed: Zxid;
  readonly stateNumber: number;
}

/**
 * The records of entries that lead on from `before`: one, unless they are large. Every entry is held against the chain,
 * since a wrong hash would be a fault for ever.
 *
 * @throws AssertionError
 */
export async function cutRecords(
  head: RecordHead,
  before: LogPosition,
  entries: readonly LogEntry[],
  pacer: Pacer,
): Promise<Stored[]> {
  const records: Stored[] = [];
  let previous = before;
  let recordBefore = before;
  let from = 0;
  let sizeBytes = 0;
  for (const [index, entry] of entries.entries()) {
    const entrySizeBytes = entry.bytes.length + STORAGE_LIMITS.itemOverheadBytes;
    if (index > from && sizeBytes + entrySizeBytes > STORAGE_LIMITS.recordSizeMaxBytes) {
      records.push(encode(head, recordBefore, entries.slice(from, index)));
      recordBefore = previous;
      from = index;
      sizeBytes = 0;
    }
    assert(entry.zxid > previous.zxid, "the zxids of a log ascend");
    const expected = chainHash(previous.chainHash, entry.zxid, entry.tag, entry.bytes);
    assert(entry.chainHash === expected, "each entry continues the hash chain");
    previous = entry;
    sizeBytes += entrySizeBytes;
    const spent = pacer.spendItem(entry.bytes.length);
    if (spent !== null) await spent;
  }
  if (from < entries.length) records.push(encode(head, recordBefore, entries.slice(from)));
  return records;
}

function encode(
  { generation, committed, stateNumber }: RecordHead,
  before: LogPosition,
  entries: readonly LogEntry[],
): Stored {
  return encodeLogRecord(generation, before, entries, committed, stateNumber);
}
