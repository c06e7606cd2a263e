// A disk as a value: what was written, whole, batch by batch.
import { assert, chainHash, epochOf } from "../../packages/interface/dist/index.js";
import { TAG_CONFIG } from "../../packages/consensus/dist/index.js";

const START = Object.freeze({ zxid: 0, chainHash: 0 });

export const BLANK_DISK = Object.freeze({ hardState: null, entries: [], committed: 0 });

export function lastOf(disk) {
  return disk.entries.at(-1) ?? START;
}

/** The disk after one batch; an assertion for a batch that no store has to take. */
export function write(disk, batch) {
  assert(batch.checkpoint === undefined && batch.repair === undefined, "nothing here is purged or damaged");
  const { hardState = disk.hardState } = batch;
  let { entries, committed } = disk;
  const after = batch.truncateAfter;
  if (after !== undefined) {
    assert(after >= committed, "what is committed is never truncated");
    assert(after === 0 || entries.some((entry) => entry.zxid === after), "a truncation names an entry");
    entries = entries.filter((entry) => entry.zxid <= after);
  }
  for (const entry of batch.append ?? []) {
    const last = entries.at(-1) ?? START;
    const hash = chainHash(last.chainHash, entry.zxid, entry.tag, entry.bytes);
    assert(entry.zxid > last.zxid && entry.chainHash === hash, "an appended entry follows");
    entries = [...entries, entry];
  }
  if (batch.committed !== undefined) {
    assert(batch.committed >= committed && batch.committed <= (entries.at(-1)?.zxid ?? 0), "commits are in the log");
    committed = batch.committed;
  }
  assert(hardState !== null, "a store is created with its hard state");
  return { hardState, entries, committed };
}

export function read(disk, { after, upTo }) {
  return { kind: "entries", entries: disk.entries.filter((entry) => entry.zxid > after && entry.zxid <= upTo) };
}

/** What a peer that starts from this disk is told. */
export function recover(disk) {
  if (disk.hardState === null) return { log: { kind: "blank" }, applied: 0, config: null };
  const { hardState, entries, committed } = disk;
  const epochEnds = entries.filter((entry, index) => {
    const next = entries[index + 1];
    return next === undefined || epochOf(next.zxid) !== epochOf(entry.zxid);
  });
  const log = {
    kind: "open",
    hardState,
    notes: new Uint8Array(0),
    base: START,
    last: lastOf(disk),
    epochEnds,
    committed,
    checkpoint: null,
    faults: [],
    droppedTailCount: 0,
  };
  const config = entries.findLast((entry) => entry.tag === TAG_CONFIG)?.bytes ?? null;
  return { log, applied: committed, config };
}
