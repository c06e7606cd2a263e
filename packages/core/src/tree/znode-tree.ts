import { assert, type WallTimeMs, type Zxid } from "@coterie/interface";
import type { AclId, AclTable } from "../acl/acl-table.ts";
import { BytesDigest } from "../digest/bytes-digest.ts";
import { pathDigestOfAscii, pathDigestOfUtf8 } from "../digest/path-digest.ts";
import type { StateDigest } from "../digest/state-digest.ts";
import { ChangeSet } from "./change-set.ts";
import { Children } from "./children.ts";
import { PathBytes, readName } from "./path-bytes.ts";
import type { PathHashKey } from "./path-hash.ts";
import { PathLookup, ROOT } from "./path-lookup.ts";
import { type ZnodeId, ZnodeIds } from "./znode-ids.ts";
import {
  ACL_ID,
  AVERSION,
  CHILD_COUNT,
  CVERSION,
  DATA_LENGTH,
  ID,
  MTIME,
  MZXID,
  NAME_LENGTH,
  NEXT,
  OWNER,
  PATH_DIGEST,
  PZXID,
  REF_NONE,
  type RestoredZnode,
  VERSION,
  ZnodeRecords,
  type ZnodeRef,
} from "./znode-record.ts";

const SLASH = 0x2f;
const EMPTY: Uint8Array = new Uint8Array(0);

interface NewZnode {
  readonly data: Uint8Array | null;
  /** One use of it passes to the tree. */
  readonly aclId: AclId;
  /** The stored ephemeralOwner (semantics 2.4). */
  readonly owner: bigint;
  readonly zxid: Zxid;
  readonly timeMs: WallTimeMs;
}

/**
 * The znodes: names, data, Stats, children, and the digest over them. Knows no permission, session or watch,
 * and checks nothing that `prepare` has checked: a broken precondition is an assertion.
 *
 * Every change of a record stands between `leave` and `enter`, which keep the digest and the change set true.
 */
export class ZnodeTree {
  readonly records: ZnodeRecords = new ZnodeRecords();
  readonly ids: ZnodeIds = new ZnodeIds();
  readonly changes: ChangeSet = new ChangeSet(this.ids);
  readonly children: Children = new Children(this.records, this.ids);
  readonly lookup: PathLookup;
  private readonly digest: StateDigest;
  private readonly acls: AclTable;
  private readonly path = new PathBytes();
  private readonly bytesDigest = new BytesDigest();
  private dataBytes = 0;

  constructor(hashKey: PathHashKey, digest: StateDigest, acls: AclTable) {
    this.lookup = new PathLookup(this.records, this.ids, hashKey);
    this.digest = digest;
    this.acls = acls;
  }

  /** Znodes, the root included. */
  get size(): number {
    return this.ids.size;
  }

  /** Bytes of all znodes' data. */
  get dataSizeBytes(): number {
    return this.dataBytes;
  }

  /** Bytes of the buffers that hold the tree. */
  get bufferSizeBytes(): number {
    return this.records.sizeBytes + this.lookup.sizeBytes + this.ids.sizeBytes;
  }

  /** Pages that records may still take (slab.ts). */
  get pagesLeft(): number {
    return this.records.pagesLeft;
  }

  find(path: string): ZnodeRef {
    return this.lookup.find(path);
  }

  /** As `find`, for the path `bytes[start, end)`. */
  findBytes(bytes: Uint8Array, start: number, end: number): ZnodeRef {
    return this.lookup.findBytes(bytes, start, end);
  }

  /** Makes a znode; its parent exists. Does not count it there: see `countCreate`. */
  create(path: string, znode: NewZnode): ZnodeId {
    const end = this.path.write(path);
    return this.createAt(this.path.bytes, 0, end, znode);
  }

  /** As `create`, for the path `bytes[start, end)`. */
  createAt(bytes: Uint8Array, start: number, end: number, znode: NewZnode): ZnodeId {
    const { records, ids } = this;
    const nameStart = nameStartIn(bytes, start, end);
    const parent = this.lookup.findBytes(bytes, start, Math.max(start + 1, nameStart - 1));
    assert(parent !== REF_NONE, "the parent of a created znode exists");
    const id = ids.take();
    this.changes.aboutToChange(id);
    const { data } = znode;
    const ref = records.allocate(bytes, nameStart, end, data === null ? 0 : data.length);
    ids.place(id, ref);
    records.initialize(ref, id, znode.aclId, znode.zxid, znode.timeMs);
    if (znode.owner !== 0n) this.writeOwner(ref, znode.owner);
    this.writeData(ref, data);
    records.set(ref, PATH_DIGEST, childDigest(records.get(parent, PATH_DIGEST), bytes, nameStart, end));
    this.lookup.insert(ref, bytes, start, end);
    this.children.add(parent, ref);
    this.enter(ref);
    return id;
  }

  /** Removes a znode that has no children. */
  remove(ref: ZnodeRef): void {
    const { records } = this;
    const id = records.get(ref, ID);
    assert(id !== ROOT && records.get(ref, CHILD_COUNT) === 0, "only a leaf below the root is removed");
    this.leave(ref);
    this.children.remove(ref);
    this.lookup.remove(ref);
    this.dataBytes -= Math.max(0, records.get(ref, DATA_LENGTH));
    this.acls.release(records.get(ref, ACL_ID));
    records.free(ref);
    this.ids.give(id);
  }

  /** Counts a create below `parent`: the stored cversion moves only up, and only then does pzxid (semantics 2.1). */
  countCreate(parent: ZnodeRef, cversion: number, zxid: Zxid): void {
    const { records } = this;
    if (cversion <= records.get(parent, CVERSION)) return;
    this.leave(parent);
    records.set(parent, CVERSION, cversion);
    records.setLong(parent, PZXID, zxid);
    this.enter(parent);
  }

  /** Counts a delete below `parent`. */
  countDelete(parent: ZnodeRef, zxid: Zxid): void {
    if (zxid <= this.records.getLong(parent, PZXID)) return;
    this.leave(parent);
    this.records.setLong(parent, PZXID, zxid);
    this.enter(parent);
  }

  /** Returns the znode's reference, which is a new one if the record had to move. */
  setData(ref: ZnodeRef, data: Uint8Array | null, version: number, zxid: Zxid, timeMs: WallTimeMs): ZnodeRef {
    this.leave(ref);
    const at = this.replaceData(ref, data);
    this.records.set(at, VERSION, version);
    this.records.setLong(at, MZXID, zxid);
    this.records.setLong(at, MTIME, timeMs);
    this.enter(at);
    return at;
  }

  /** Changes the data and nothing else, as a quota's usage does (semantics 2.5). */
  rewriteData(ref: ZnodeRef, data: Uint8Array | null): void {
    this.leave(ref);
    this.enter(this.replaceData(ref, data));
  }

  /** One use of `aclId` passes to the tree. */
  setAcl(ref: ZnodeRef, aclId: AclId, aversion: number): void {
    this.leave(ref);
    this.acls.release(this.records.get(ref, ACL_ID));
    this.records.set(ref, ACL_ID, aclId);
    this.records.set(ref, AVERSION, aversion);
    this.enter(ref);
  }

  /** Whether the znode's name is the ASCII text `name`. */
  isNamed(ref: ZnodeRef, name: string): boolean {
    return this.records.get(ref, NAME_LENGTH) === name.length && this.nameOf(ref) === name;
  }

  nameOf(ref: ZnodeRef): string {
    const start = this.records.nameStart(ref);
    return readName(this.records.bytesOf(ref), start, start + this.records.get(ref, NAME_LENGTH));
  }

  pathOf(ref: ZnodeRef): string {
    const root = this.ids.refOf(ROOT);
    if (ref === root) return "/";
    const names: string[] = [];
    for (let at = ref; at !== root; at = this.children.parentOf(at)) names.push(this.nameOf(at));
    return `/${names.reverse().join("/")}`;
  }

  /** A view of the data, valid until the next change of the tree; null where the data is null. */
  dataOf(ref: ZnodeRef): Uint8Array | null {
    const length = this.records.get(ref, DATA_LENGTH);
    if (length < 0) return null;
    return this.records.dataView(ref, length);
  }

  /** The stored ephemeralOwner, signed. */
  ownerOf(ref: ZnodeRef): bigint {
    const high = this.records.get(ref, OWNER);
    const low = this.records.get(ref, OWNER + 1);
    if (high === 0 && low === 0) return 0n;
    return (BigInt(high) << 32n) | BigInt(low >>> 0);
  }

  /** The names of the children, in the order of the ring: oldest first, but after a restore in no order to rely on. */
  childrenOf(ref: ZnodeRef): string[] {
    const names: string[] = [];
    const first = this.children.firstOf(ref);
    if (first === REF_NONE) return names;
    let child = first;
    do {
      names.push(this.nameOf(child));
      child = this.ids.refOf(this.records.get(child, NEXT));
    } while (child !== first);
    return names;
  }

  /** Makes "/" with zero zxids and times; the first call on an empty tree. */
  createRoot(aclId: AclId): void {
    const { records, ids } = this;
    const id = ids.take();
    assert(id === ROOT, "the root is the first znode");
    this.changes.aboutToChange(id);
    const ref = records.allocate(EMPTY, 0, 0, 0);
    ids.place(id, ref);
    records.set(ref, ID, id);
    records.set(ref, ACL_ID, aclId);
    this.writeData(ref, EMPTY);
    this.enter(ref);
  }

  /** Makes the record that a checkpoint's page holds, or puts it in the place of an older one. One use of `aclId` passes to the tree. */
  restore(from: RestoredZnode, aclId: AclId): void {
    const { records, ids } = this;
    const before = ids.claim(from.id);
    if (before !== REF_NONE) this.dropRestored(before);
    ids.place(from.id, records.restore(from, aclId, this.bytesDigest));
    this.dataBytes += from.dataEnd - from.dataStart;
  }

  /** Takes a restored znode away again, if it is there. */
  unrestore(id: ZnodeId): void {
    const { ids } = this;
    if (!ids.has(id)) return;
    this.dropRestored(ids.refOf(id));
    ids.unclaim(id);
  }

  /** Takes a restored record away again: a later page holds a newer value of its id, or none. */
  private dropRestored(ref: ZnodeRef): void {
    this.dataBytes -= Math.max(0, this.records.get(ref, DATA_LENGTH));
    this.acls.release(this.records.get(ref, ACL_ID));
    this.records.free(ref);
  }

  /** Takes the record out of the digest, before it changes. */
  private leave(ref: ZnodeRef): void {
    this.changes.aboutToChange(this.records.get(ref, ID));
    this.digest.subtractZnode(this.records.wordsOf(ref), this.records.wordAt(ref));
  }

  private enter(ref: ZnodeRef): void {
    const words = this.records.wordsOf(ref);
    const at = this.records.wordAt(ref);
    this.digest.addZnode(words, at, this.acls.digestOf(words[at + ACL_ID]!));
  }

  private writeOwner(ref: ZnodeRef, owner: bigint): void {
    this.records.set(ref, OWNER, Number(BigInt.asIntN(32, owner >> 32n)));
    this.records.set(ref, OWNER + 1, Number(BigInt.asIntN(32, owner)));
  }

  private replaceData(ref: ZnodeRef, data: Uint8Array | null): ZnodeRef {
    const { records } = this;
    this.dataBytes -= Math.max(0, records.get(ref, DATA_LENGTH));
    const at = records.resize(ref, data === null ? 0 : data.length);
    if (at !== ref) {
      this.ids.place(records.get(at, ID), at);
      this.lookup.move(ref, at);
    }
    this.writeData(at, data);
    return at;
  }

  private writeData(ref: ZnodeRef, data: Uint8Array | null): void {
    this.writeRange(ref, data, 0, data === null ? 0 : data.length);
  }

  private writeRange(ref: ZnodeRef, bytes: Uint8Array | null, start: number, end: number): void {
    this.records.writeData(ref, bytes, start, end, this.bytesDigest);
    this.dataBytes += end - start;
  }
}

/** Where the name begins in the path `bytes[start, end)`. */
function nameStartIn(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] !== SLASH) at -= 1;
  assert(at > start && at < end, "the path of a znode ends in a name behind a slash");
  return at;
}

/** The path digest of the child with the name `bytes[start, end)`: in ASCII they are its units. */
function childDigest(parent: number, bytes: Uint8Array, start: number, end: number): number {
  let all = 0;
  for (let i = start; i < end; i++) all |= bytes[i]!;
  return all <= 0x7f ? pathDigestOfAscii(parent, bytes, start, end) : pathDigestOfUtf8(parent, bytes, start, end);
}
