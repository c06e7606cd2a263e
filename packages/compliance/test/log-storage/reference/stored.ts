import {
  assert,
  CHAIN_HASH_NONE,
  chainHash,
  type CheckpointMark,
  epochOf,
  type HardState,
  isEpoch,
  isPeerId,
  LOG_LIMITS,
  type LogBatch,
  type LogEntry,
  type LogFault,
  type LogPosition,
  type StoredCheckpoint,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";

/** All that a place holds. Never changed once it is made: replacing it is an atomic write, holding it a snapshot. */
export interface Stored {
  readonly hardState: HardState;
  readonly notes: Uint8Array;
  readonly base: LogPosition;
  readonly entries: readonly LogEntry[];
  /** Entries that damage has made unreadable. */
  readonly unreadable: ReadonlySet<Zxid>;
  readonly committed: Zxid;
  readonly checkpoint: StoredCheckpoint | null;
  readonly pages: readonly Uint8Array[];
}

const LOG_START: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };

export function emptyStored(hardState: HardState): Stored {
  return {
    hardState,
    notes: new Uint8Array(0),
    base: LOG_START,
    entries: [],
    unreadable: new Set(),
    committed: ZXID_NONE,
    checkpoint: null,
    pages: [],
  };
}

export function positionOf({ zxid, chainHash: hash }: LogPosition): LogPosition {
  return { zxid, chainHash: hash };
}

export function lastOf(stored: Stored): LogPosition {
  return positionOf(stored.entries.at(-1) ?? stored.base);
}

/** What the batch makes of what is stored, part by part, in the order of its fields. @throws AssertionError */
export function applied(stored: Stored | null, batch: LogBatch, draft: readonly Uint8Array[]): Stored {
  const hardState = batch.hardState ?? stored?.hardState;
  assert(hardState !== undefined, "the first write says whose the store is");
  checkHardState(hardState);
  const notes = batch.notes ?? stored?.notes ?? new Uint8Array(0);
  assert(notes.length <= LOG_LIMITS.notesSizeMaxBytes, "notes have a largest size");
  let next: Stored = { ...(stored ?? emptyStored(hardState)), hardState, notes };
  if (batch.checkpoint !== undefined) next = marked(next, batch.checkpoint, draft);
  if (batch.truncateAfter !== undefined) next = truncated(next, batch.truncateAfter);
  if (batch.repair !== undefined) next = repaired(next, batch.repair);
  if (batch.append !== undefined) next = appended(next, batch.append);
  const committed = batch.committed ?? next.committed;
  assert(committed >= next.committed && committed <= lastOf(next).zxid, "committed goes up, within the log");
  return { ...next, committed };
}

function checkHardState(state: HardState): void {
  assert(/^[\x20-\x7e]{1,64}$/.test(state.clusterId), "a cluster id is 1..64 printable ASCII characters");
  assert(isPeerId(state.peerId), "a peer id is 1..254");
  assert(Number.isSafeInteger(state.incarnation) && state.incarnation >= 0, "an incarnation is 0..2^53-1");
  assert(isEpoch(state.acceptedEpoch) && isEpoch(state.currentEpoch), "an epoch is 0..2^21-1");
}

function marked(stored: Stored, mark: CheckpointMark, draft: readonly Uint8Array[]): Stored {
  assert(mark.pageCount === draft.length, "the mark counts the pages of the draft");
  assert(/^[\x20-\x7e]{1,64}$/.test(mark.digest), "a digest is 1..64 ASCII characters");
  const isDelta = mark.kind === "delta";
  const sizeBytes = draft.reduce((sum, page) => sum + page.length, 0);
  const pages = isDelta ? [...stored.pages, ...draft] : [...draft];
  const checkpoint: StoredCheckpoint = {
    ...positionOf(mark),
    digest: mark.digest,
    pageCount: pages.length,
    baseSizeBytes: isDelta ? (stored.checkpoint?.baseSizeBytes ?? 0) : sizeBytes,
    deltasSizeBytes: isDelta ? (stored.checkpoint?.deltasSizeBytes ?? 0) + sizeBytes : 0,
  };
  const next = { ...stored, checkpoint, pages };
  if (mark.kind === "incoming")
    return { ...next, base: positionOf(mark), entries: [], unreadable: new Set(), committed: mark.zxid };
  if (mark.kind === "covering") {
    const committed = Math.max(stored.committed, mark.zxid) as Zxid;
    return { ...next, ...without(stored, ({ zxid }) => zxid <= mark.zxid), base: positionOf(mark), committed };
  }
  const isInLog = [stored.base, ...stored.entries].some(
    (at) => at.zxid === mark.zxid && at.chainHash === mark.chainHash,
  );
  assert(isInLog, "an own checkpoint stands at a position of the log");
  return next;
}

export function without(stored: Stored, isGone: (entry: LogEntry) => boolean): Pick<Stored, "entries" | "unreadable"> {
  const entries = stored.entries.filter((entry) => !isGone(entry));
  const left = new Set(entries.map(({ zxid }) => zxid));
  return { entries, unreadable: new Set([...stored.unreadable].filter((zxid) => left.has(zxid))) };
}

function truncated(stored: Stored, after: Zxid): Stored {
  assert(after >= stored.committed, "what is committed stays");
  const next = { ...stored, ...without(stored, ({ zxid }) => zxid > after) };
  assert(lastOf(next).zxid === after, "a truncation names an entry or the base");
  return next;
}

function repaired(stored: Stored, repair: readonly LogEntry[]): Stored {
  const unreadable = new Set(stored.unreadable);
  for (const [index, entry] of repair.entries()) {
    const isWhatWasThere = isFirstUnreadable({ ...stored, unreadable }, entry);
    if (index === 0 && !isWhatWasThere) return stored;
    assert(isWhatWasThere, "a repair puts back what was there");
    unreadable.delete(entry.zxid);
  }
  return { ...stored, unreadable };
}

export function isFirstUnreadable(
  { entries, unreadable }: Stored,
  { zxid, bytes, chainHash: hash }: LogEntry,
): boolean {
  const first = entries.find((entry) => unreadable.has(entry.zxid));
  return first?.zxid === zxid && first.chainHash === hash && Buffer.compare(first.bytes, bytes) === 0;
}

function appended(stored: Stored, append: readonly LogEntry[]): Stored {
  assert(append.length <= LOG_LIMITS.batchEntriesMax, "a batch has a largest number of entries");
  const sizeBytes = append.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert(sizeBytes <= LOG_LIMITS.batchSizeMaxBytes, "a batch has a largest size");
  let last = lastOf(stored);
  for (const entry of append) {
    assert(entry.bytes.length <= LOG_LIMITS.entrySizeMaxBytes, "an entry has a largest size");
    assert(Number.isInteger(entry.tag) && entry.tag >= 0 && entry.tag <= 255, "a tag is 0..255");
    assert(entry.zxid > last.zxid, "zxids ascend");
    const hash = chainHash(last.chainHash, entry.zxid, entry.tag, entry.bytes);
    assert(entry.chainHash === hash, "each entry continues the chain");
    last = entry;
  }
  return { ...stored, entries: [...stored.entries, ...append] };
}

export function faultsOf({ base, entries, unreadable }: Stored): LogFault[] {
  const faults: LogFault[] = [];
  let after = base;
  for (const entry of entries) {
    const previous = faults.at(-1);
    if (!unreadable.has(entry.zxid)) after = positionOf(entry);
    else if (previous !== undefined && previous.after === after)
      faults.splice(-1, 1, { after, upTo: positionOf(entry) });
    else faults.push({ after, upTo: positionOf(entry) });
  }
  return faults;
}

/** Inside a fault only its end is known. */
export function epochEndsOf(stored: Stored): LogPosition[] {
  const ends = faultsOf(stored).map(({ upTo }) => upTo.zxid);
  const known = stored.entries.filter(({ zxid }) => !stored.unreadable.has(zxid) || ends.includes(zxid));
  const isLast = (entry: LogEntry, index: number): boolean =>
    index + 1 === known.length || epochOf(known[index + 1]!.zxid) > epochOf(entry.zxid);
  return known.filter(isLast).map(positionOf);
}

/** The first of `items`, as far as they fit, and at least one. */
export function fitting<Item>(items: readonly Item[], sizeMaxBytes: number, sizeOf: (item: Item) => number): Item[] {
  let sizeBytes = 0;
  const end = items.findIndex((item, index) => {
    sizeBytes += sizeOf(item);
    return index > 0 && sizeBytes > sizeMaxBytes;
  });
  return items.slice(0, end === -1 ? items.length : end);
}
