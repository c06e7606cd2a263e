import type { SessionId, Zxid } from "@coterie/interface";
import type { Acl } from "@coterie/protocol";
import type { AclTable } from "../acl/acl-table.ts";
import { ACL_ID, AVERSION, CHILD_COUNT, CVERSION, DATA_LENGTH, REF_NONE, VERSION } from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";
import { PendingTable } from "./pending-table.ts";

/** What `prepare` must know of a znode, as it will be once every txn prepared so far is applied. */
export interface PendingZnode {
  readonly path: string;
  readonly version: number;
  /** The stored cversion. */
  readonly cversion: number;
  readonly aversion: number;
  /** The stored ephemeralOwner. */
  readonly owner: bigint;
  readonly acl: readonly Acl[];
  readonly childCount: number;
  /** Bytes of data; -1 for null. */
  readonly dataLength: number;
}

/** A znode that a prepared txn changes. */
interface Entry extends PendingZnode {
  /** Of the path (tree/path-hash.ts). */
  readonly hash: number;
  version: number;
  cversion: number;
  aversion: number;
  acl: readonly Acl[];
  childCount: number;
  dataLength: number;
  exists: boolean;
  /** The last txn that changes it; ZXID_NONE while none does. */
  zxid: number;
}

interface Undo {
  readonly entry: Entry;
  /** What the entry said before; null if it was not pending then. */
  readonly before: Entry | null;
  /** What was pending at its path before. */
  readonly replaced: Entry | undefined;
}

const QUEUE_COMPACTION_MIN = 1024;

/**
 * The committed state with the effects of every txn that is prepared and not yet applied on top (semantics 2):
 * what a leader validates the next request against, so that writes that depend on each other may be in flight
 * together. Bounded by the proposals in flight, which consensus limits.
 */
export class PendingState {
  private readonly tree: ZnodeTree;
  private readonly acls: AclTable;
  private readonly entries = new PendingTable<Entry>();
  /** Sessions whose create or close is prepared and not yet applied. */
  private readonly opening = new Map<SessionId, Zxid>();
  private readonly closing = new Map<SessionId, Zxid>();
  /** Changes in zxid order, so that `applied` finds what it covers; `head` is the first that is still pending. */
  private changedEntries: Entry[] = [];
  private changedZxids: number[] = [];
  private head = 0;
  private readonly undos: Undo[] = [];
  private canUndo = false;

  constructor(tree: ZnodeTree, acls: AclTable) {
    this.tree = tree;
    this.acls = acls;
  }

  /** The znode, which only the methods below may change; null if there will be none. */
  get(path: string): PendingZnode | null {
    const hash = this.tree.lookup.hashOf(path);
    const entry = this.entries.get(path, hash);
    if (entry !== undefined && !entry.exists) return null;
    const znode = entry ?? this.committed(path, hash);
    // A closing session takes its ephemerals with it.
    if (znode !== null && this.closing.size > 0 && this.closing.has(znode.owner as SessionId)) return null;
    return znode;
  }

  create(path: string, owner: bigint, acl: readonly Acl[], dataLength: number, zxid: Zxid): void {
    const entry: Entry = {
      path,
      hash: this.tree.lookup.hashAgain(path),
      version: 0,
      cversion: 0,
      aversion: 0,
      owner,
      acl,
      childCount: 0,
      dataLength,
      exists: true,
      zxid: 0,
    };
    this.change(entry, zxid);
  }

  remove(znode: PendingZnode, zxid: Zxid): void {
    this.change(znode as Entry, zxid).exists = false;
  }

  setData(znode: PendingZnode, version: number, dataLength: number, zxid: Zxid): void {
    const entry = this.change(znode as Entry, zxid);
    entry.version = version;
    entry.dataLength = dataLength;
  }

  setAcl(znode: PendingZnode, aversion: number, acl: readonly Acl[], zxid: Zxid): void {
    const entry = this.change(znode as Entry, zxid);
    entry.aversion = aversion;
    entry.acl = acl;
  }

  /** A child was created or deleted below `parent`. */
  setChildren(parent: PendingZnode, cversion: number, childCount: number, zxid: Zxid): void {
    const entry = this.change(parent as Entry, zxid);
    entry.cversion = cversion;
    entry.childCount = childCount;
  }

  /** From here on changes can be taken back by `rollback`, until `commit`. */
  begin(): void {
    this.canUndo = true;
  }

  commit(): void {
    this.canUndo = false;
    this.undos.length = 0;
  }

  rollback(): void {
    for (let undo = this.undos.pop(); undo !== undefined; undo = this.undos.pop()) {
      const { entry, before, replaced } = undo;
      this.changedEntries.pop();
      this.changedZxids.pop();
      if (before !== null) Object.assign(entry, before);
      else if (replaced === undefined) this.entries.delete(entry);
      else this.entries.set(replaced);
    }
    this.canUndo = false;
  }

  openSession(id: SessionId, zxid: Zxid): void {
    this.opening.set(id, zxid);
  }

  closeSession(id: SessionId, zxid: Zxid): void {
    this.closing.set(id, zxid);
  }

  isOpening(id: SessionId): boolean {
    return this.opening.size > 0 && this.opening.has(id);
  }

  isClosing(id: SessionId): boolean {
    return this.closing.size > 0 && this.closing.has(id);
  }

  /** Everything up to `zxid` is committed state now. */
  applied(zxid: Zxid): void {
    const { changedEntries, changedZxids, entries } = this;
    while (this.head < changedZxids.length && changedZxids[this.head]! <= zxid) {
      const entry = changedEntries[this.head]!;
      this.head += 1;
      if (entry.zxid <= zxid) entries.delete(entry);
    }
    if (this.head === changedZxids.length) this.forgetChanges(this.head);
    else if (this.head >= QUEUE_COMPACTION_MIN && this.head * 2 > changedZxids.length) this.forgetChanges(this.head);
    forgetUpTo(this.opening, zxid);
    forgetUpTo(this.closing, zxid);
  }

  /** The proposals in flight will never commit, or another leader decides about them. */
  discard(): void {
    this.entries.clear();
    this.opening.clear();
    this.closing.clear();
    this.forgetChanges(this.changedZxids.length);
    // A multi that an assertion cut short must not be taken back later.
    this.commit();
  }

  /** Notes that the txn `zxid` changes the znode; returns it for changing. */
  private change(entry: Entry, zxid: Zxid): Entry {
    const isNew = entry.zxid === 0;
    if (this.canUndo) {
      const replaced = isNew ? this.entries.get(entry.path, entry.hash) : undefined;
      this.undos.push({ entry, before: isNew ? null : { ...entry }, replaced });
    }
    if (isNew) this.entries.set(entry);
    entry.zxid = zxid;
    this.changedEntries.push(entry);
    this.changedZxids.push(zxid);
    return entry;
  }

  private forgetChanges(count: number): void {
    if (count === 0) return;
    this.changedEntries = this.changedEntries.slice(count);
    this.changedZxids = this.changedZxids.slice(count);
    this.head = 0;
  }

  /** The znode at `path`, whose hash has just been asked for. */
  private committed(path: string, hash: number): Entry | null {
    const { tree } = this;
    const ref = tree.lookup.findLast();
    if (ref === REF_NONE) return null;
    const { records } = tree;
    return {
      path,
      hash,
      version: records.get(ref, VERSION),
      cversion: records.get(ref, CVERSION),
      aversion: records.get(ref, AVERSION),
      owner: tree.ownerOf(ref),
      acl: this.acls.listOf(records.get(ref, ACL_ID)),
      childCount: records.get(ref, CHILD_COUNT),
      dataLength: records.get(ref, DATA_LENGTH),
      exists: true,
      zxid: 0,
    };
  }
}

function forgetUpTo(sessions: Map<SessionId, Zxid>, zxid: Zxid): void {
  if (sessions.size === 0) return;
  // Insertion order is zxid order: stop at the first that is still pending.
  for (const [id, pendingZxid] of sessions) {
    if (pendingZxid > zxid) return;
    sessions.delete(id);
  }
}
