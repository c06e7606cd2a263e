import {
  assert,
  type ChainHash,
  chainHash,
  COUNTER_MAX,
  counterOf,
  epochOf,
  LOG_LIMITS,
  type LogEntry,
  type LogPosition,
  type Zxid,
} from "@coterie/interface";
import { TAG_CONFIG } from "../entry-tags.ts";
import { checkConfig } from "./fields.ts";
import { frameCorrupt, type FrameReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-writer.ts";

/** The step to the next zxid, the tag, and the length of no bytes. */
const ENTRY_SIZE_MIN_BYTES = 3;
/** In place of a step: the whole zxid follows, since it begins another epoch. */
const STEP_INTO_EPOCH = 0;

/**
 * Entries that follow `after`, at least one: their number, then for each the step from the zxid before it, 1 byte tag,
 * the length of its bytes and the bytes; behind them the chain hash of the last. The hashes between are not sent.
 */
export function writeEntries(sink: FrameSink, after: LogPosition, entries: readonly LogEntry[]): void {
  const last = entries.at(-1);
  assert(last !== undefined, "a frame of entries has at least one");
  sink.varint(entries.length);
  let previous = after.zxid;
  let epochEnd = epochEndOf(previous);
  for (const { zxid, tag, bytes } of entries) {
    if (zxid < epochEnd) {
      assert(zxid > previous, "entries ascend");
      sink.varint(zxid - previous);
    } else {
      assert(counterOf(zxid) > 0, "no entry has the counter 0");
      epochEnd = epochEndOf(zxid);
      sink.varint(STEP_INTO_EPOCH);
      sink.long(zxid);
    }
    assert(bytes.length <= LOG_LIMITS.entrySizeMaxBytes, "an entry is at most as long as a store takes it");
    sink.byte(tag);
    sink.varint(bytes.length);
    sink.raw(bytes);
    previous = zxid;
  }
  sink.int(last.chainHash);
}

/**
 * The entries, their bytes as views of the frame. The chain is made again from `after`, and refused if it does not
 * arrive at the hash that was sent: one wrong byte in an entry, or an `after` of another history, shows here. A voter
 * set that cannot be used is refused, too.
 */
export function readEntries(reader: FrameReader, after: LogPosition): LogEntry[] {
  const count = reader.count(ENTRY_SIZE_MIN_BYTES);
  if (count === 0) throw frameCorrupt("it should hold entries, and has none");
  const entries: LogEntry[] = [];
  let { zxid, chainHash: hash } = after;
  let epochEnd = epochEndOf(zxid);
  for (let index = 0; index < count; index++) {
    const step = reader.varint();
    if (step === STEP_INTO_EPOCH) {
      zxid = readFirstOfEpoch(reader, epochEnd);
      epochEnd = epochEndOf(zxid);
    } else {
      zxid = (zxid + step) as Zxid;
      if (zxid >= epochEnd) throw frameCorrupt("an entry's counter is above every counter");
    }
    const tag = reader.byte();
    const sizeBytes = reader.varint();
    if (sizeBytes > LOG_LIMITS.entrySizeMaxBytes) throw frameCorrupt(`an entry has ${sizeBytes} bytes`);
    const bytes = reader.view(sizeBytes);
    if (tag === TAG_CONFIG) checkConfig(bytes);
    hash = chainHash(hash, zxid, tag, bytes);
    entries.push({ zxid, chainHash: hash, tag, bytes });
  }
  const sent = reader.int() as ChainHash;
  if (sent !== hash) throw frameCorrupt("its entries do not lead to the chain hash that it gives");
  return entries;
}

function readFirstOfEpoch(reader: FrameReader, epochEnd: number): Zxid {
  const zxid = reader.long() as Zxid;
  if (zxid < epochEnd) throw frameCorrupt("an entry begins no later epoch");
  if (counterOf(zxid) === 0) throw frameCorrupt("an entry has the counter 0");
  return zxid;
}

/** The number above all zxids of the epoch of `zxid`: dividing once an epoch, not once an entry, is worth it. */
function epochEndOf(zxid: Zxid): number {
  return (epochOf(zxid) + 1) * (COUNTER_MAX + 1);
}
