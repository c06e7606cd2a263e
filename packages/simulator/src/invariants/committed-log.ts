import { createQuorum, decodeEnsembleConfig, type Quorum } from "@coterie/consensus";
import { type Epoch, type LogEntry, type Zxid, ZXID_NONE } from "@coterie/interface";

/** Entries with this tag are txns; those with the other one, configs. */
export const TAG_TXN = 0;
const TAG_CONFIG = 1;

/** What is known of the entry with one zxid, wherever it was seen first. */
export interface EntryRecord {
  readonly zxid: Zxid;
  readonly tag: number;
  readonly bytes: Uint8Array;
  /** Null until it has stood in a log: a proposal has none yet. */
  chainHash: number | null;
  /** False for the founding entry: nobody proposes it. */
  isProposed: boolean;
  /** The place in the committed log; -1 while it is not committed. */
  index: number;
  /** The epoch whose leader committed it; 0 while it is not committed. */
  committedIn: Epoch;
}

const NO_EPOCH = 0 as Epoch;

/** Every entry that was ever seen, and of them, in order, those that are committed. */
export class CommittedLog {
  readonly committed: EntryRecord[] = [];
  /** By the last config that is committed, or by the first one seen as long as none is; null before. */
  quorum: Quorum | null = null;
  private readonly records = new Map<Zxid, EntryRecord>();
  private recent: EntryRecord | undefined = undefined;

  entry(zxid: Zxid): EntryRecord | undefined {
    // Several invariants ask about the entry of one observation.
    if (this.recent?.zxid === zxid) return this.recent;
    const record = this.records.get(zxid);
    if (record !== undefined) this.recent = record;
    return record;
  }

  get lastCommitted(): Zxid {
    return this.committed.length === 0 ? ZXID_NONE : this.committed[this.committed.length - 1]!.zxid;
  }

  /** The index of the committed entry with this zxid; -1 for the start of the log; null if there is none. */
  indexOf(zxid: Zxid): number | null {
    if (zxid === ZXID_NONE) return -1;
    const record = this.entry(zxid);
    return record === undefined || record.index < 0 ? null : record.index;
  }

  addProposal(zxid: Zxid, bytes: Uint8Array): void {
    const known = this.records.get(zxid);
    if (known === undefined) {
      this.records.set(zxid, {
        zxid,
        tag: TAG_TXN,
        bytes,
        chainHash: null,
        isProposed: true,
        index: -1,
        committedIn: NO_EPOCH,
      });
    }
  }

  addEntries(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.addEntry(entry);
  }

  /** Entries from before the world's beginning: who proposed them is not known. */
  adoptEntries(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.addEntry(entry).isProposed = true;
  }

  addEntry(entry: LogEntry): EntryRecord {
    let record = this.entry(entry.zxid);
    if (record === undefined) {
      const { zxid, tag, bytes, chainHash } = entry;
      record = { zxid, tag, bytes, chainHash, isProposed: false, index: -1, committedIn: NO_EPOCH };
      this.records.set(zxid, record);
      // There is no other voter set until one is committed.
      if (tag === TAG_CONFIG && this.quorum === null) this.quorum = createQuorum(decodeEnsembleConfig(bytes));
    } else if (record.chainHash === null) {
      record.chainHash = entry.chainHash;
    }
    return record;
  }

  /** The next one. It has been seen. */
  commit(zxid: Zxid, epoch: Epoch): void {
    const record = this.records.get(zxid)!;
    record.index = this.committed.length;
    record.committedIn = epoch;
    this.committed.push(record);
    if (record.tag === TAG_CONFIG) this.quorum = createQuorum(decodeEnsembleConfig(record.bytes));
  }
}
