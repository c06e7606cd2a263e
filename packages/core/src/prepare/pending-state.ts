import type { SessionId, Zxid } from "@coterie/interface";
import type { Acl } from "@coterie/protocol";
import type { AclTable } from "../acl/acl-table.ts";
import { ACL_ID, AVERSION, CHILD_COUNT, CVERSION, DATA_LENGTH, REF_NONE, VERSION } from "../tree/znode-record.ts";
import type { ZnodeTree } from "../tree/znode-tree.ts";

/** What `prepare` must know of a znode, as it will be once every txn prepared so far is applied. */
export interface PendingZnode {
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

/** Null: the znode will not exist. */
type PendingValue = PendingZnode | null;

interface PendingEntry {
  readonly value: PendingValue;
  /** The txn that makes it so. */
  readonly zxid: Zxid;
}

interface QueuedChange {
  readonly zxid: Zxid;
  readonly path: string;
}

interface Undo {
  readonly path: string;
  readonly entry: PendingEntry | undefined;
}

/**
 * The committed state with the effects of every txn that is prepared and not yet applied on top (semantics 2):
 * what a leader validates the next request against, so that writes that depend on each other may be in flight
 * together. Bounded by the proposals in flight, which consensus limits.
 */
export class PendingState {
  private readonly tree: ZnodeTree;
  private readonly acls: AclTable;
  private readonly entries = new Map<string, PendingEntry>();
  /** Sessions whose create or close is prepared and not yet applied. */
  private readonly opening = new Map<SessionId, Zxid>();
  private readonly closing = new Map<SessionId, Zxid>();
  /** Changes in zxid order, so that `applied` finds what it covers; `head` is the first one still pending. */
  private queue: QueuedChange[] = [];
  private head = 0;
  private readonly undos: Undo[] = [];
  private canUndo = false;

  constructor(tree: ZnodeTree, acls: AclTable) {
    this.tree = tree;
    this.acls = acls;
  }

  get isEmpty(): boolean {
    return this.entries.size === 0 && this.opening.size === 0 && this.closing.size === 0;
  }

  get(path: string): PendingValue {
    const entry = this.entries.size === 0 ? undefined : this.entries.get(path);
    const value = entry === undefined ? this.committed(path) : entry.value;
    // A closing session takes its ephemerals with it.
    if (value !== null && this.closing.size > 0 && this.closing.has(value.owner as SessionId)) return null;
    return value;
  }

  set(path: string, value: PendingValue, zxid: Zxid): void {
    if (this.canUndo) this.undos.push({ path, entry: this.entries.get(path) });
    this.entries.set(path, { value, zxid });
    this.queue.push({ zxid, path });
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
      this.queue.pop();
      if (undo.entry === undefined) this.entries.delete(undo.path);
      else this.entries.set(undo.path, undo.entry);
    }
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
    const { queue, entries } = this;
    while (this.head < queue.length && queue[this.head]!.zxid <= zxid) {
      const change = queue[this.head++]!;
      const entry = entries.get(change.path);
      if (entry !== undefined && entry.zxid <= zxid) entries.delete(change.path);
    }
    if (this.head === queue.length) {
      this.queue = [];
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > queue.length) {
      this.queue = queue.slice(this.head);
      this.head = 0;
    }
    forgetUpTo(this.opening, zxid);
    forgetUpTo(this.closing, zxid);
  }

  /** The proposals in flight will never commit, or another leader decides about them. */
  discard(): void {
    this.entries.clear();
    this.opening.clear();
    this.closing.clear();
    this.queue = [];
    this.head = 0;
  }

  private committed(path: string): PendingValue {
    const { tree } = this;
    const ref = tree.find(path);
    if (ref === REF_NONE) return null;
    const { records } = tree;
    return {
      version: records.get(ref, VERSION),
      cversion: records.get(ref, CVERSION),
      aversion: records.get(ref, AVERSION),
      owner: tree.ownerOf(ref),
      acl: this.acls.listOf(records.get(ref, ACL_ID)),
      childCount: records.get(ref, CHILD_COUNT),
      dataLength: records.get(ref, DATA_LENGTH),
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
