import type { Located } from "../txn/logged-operation.ts";
import { KnownParents } from "./known-parents.ts";
import { PathBytes } from "./path-bytes.ts";
import { hashPath, type PathHashKey } from "./path-hash.ts";
import { PathIndex } from "./path-index.ts";
import { WaitingInserts } from "./waiting-inserts.ts";
import type { ZnodeId, ZnodeIds } from "./znode-ids.ts";
import { ID, NAME_LENGTH, PARENT, PATH_HASH, REF_NONE, type ZnodeRecords, type ZnodeRef } from "./znode-record.ts";

/** The id of "/", in every tree and every checkpoint. */
export const ROOT: ZnodeId = 1;
const SLASH = 0x2f;
/** How many look-ups wait for memory together. */
export const GROUP_MAX = 32;
/** Longer paths are looked up one by one, so that a group's text stays small. */
const GROUPED_LENGTH_MAX = 1024;

/** From a path to the znode that has it. */
export class PathLookup {
  private readonly index = new PathIndex();
  /** The path that was looked up last, and its hash. */
  readonly text: PathBytes = new PathBytes();
  private hash = 0;
  private readonly groupText = new PathBytes();
  private readonly knownParents = new KnownParents();
  private readonly records: ZnodeRecords;
  private readonly ids: ZnodeIds;
  /** What paths are hashed with. */
  readonly hashKey: PathHashKey;
  private readonly hashes = new Int32Array(GROUP_MAX);
  private readonly ends = new Int32Array(GROUP_MAX);
  private readonly candidates = new Int32Array(GROUP_MAX);
  /** What the loads of a group amount to: kept, so that no compiler finds them needless. */
  protected touched = 0;

  constructor(records: ZnodeRecords, ids: ZnodeIds, hashKey: PathHashKey) {
    this.records = records;
    this.ids = ids;
    this.hashKey = hashKey;
  }

  get sizeBytes(): number {
    return this.index.sizeBytes;
  }

  /** The znode at `path`, or `REF_NONE`. Any text may be asked for; what is no path names no znode. */
  find(path: string): ZnodeRef {
    this.hashOf(path);
    return this.findLast();
  }

  /** The hash under which `path` is found. */
  hashOf(path: string): number {
    const { text } = this;
    text.write(path);
    return (this.hash = hashPath(this.hashKey, text.bytes, 0, text.length));
  }

  /** As `find`, for the path that `hashOf` or `find` was last asked about. */
  findLast(): ZnodeRef {
    return this.findHashed(this.hash, this.text.bytes, 0, this.text.length);
  }

  /** The hash of `path`, for free if it is the path that was asked about last. */
  hashAgain(path: string): number {
    return this.text.holds(path) ? this.hash : this.hashOf(path);
  }

  /** As `find`, for a path in UTF-8, as the wire carries it. */
  findBytes(bytes: Uint8Array, start: number, end: number): ZnodeRef {
    return this.findHashed(hashPath(this.hashKey, bytes, start, end), bytes, start, end);
  }

  /**
   * Finds many: `refs[i]` becomes the znode at `group[i].path`, of `GROUP_MAX` at most. Each look-up waits twice for
   * memory, for its index slot and then for its record. Asking for all slots before the first is used, and then for all
   * records, lets the waits overlap: in a large tree this is faster than one `find` after another.
   */
  findGroup(group: readonly Located[], refs: Int32Array): void {
    const count = group.length;
    this.hashGroup(group);
    this.touchGroup(count);
    const { bytes } = this.groupText;
    for (let i = 0, start = 0; i < count; start = this.ends[i]!, i++) {
      const { path } = group[i]!;
      const end = this.ends[i]!;
      const candidate = this.candidates[i]!;
      if (path.length > GROUPED_LENGTH_MAX) refs[i] = this.find(path);
      else if (candidate !== REF_NONE && this.isAt(candidate, bytes, start, end)) refs[i] = candidate;
      else refs[i] = this.findHashed(this.hashes[i]!, bytes, start, end);
    }
  }

  /** As `PathIndex.reserve`. */
  reserve(shard: number, count: number): boolean {
    return this.index.reserve(shard, count);
  }

  /** Lists the record, whose path is `bytes[start, end)` and which no other has. */
  insert(ref: ZnodeRef, bytes: Uint8Array, start: number, end: number): void {
    const hash = hashPath(this.hashKey, bytes, start, end);
    this.records.set(ref, PATH_HASH, hash);
    this.index.insert(hash, ref);
  }

  /** For a tree that is being built: nothing is found before all of its inserts are finished. */
  createInserts(): WaitingInserts {
    return new WaitingInserts(this.index);
  }

  /** The record at `from` is at `to` now. The root is found without the index. */
  move(from: ZnodeRef, to: ZnodeRef): void {
    if (this.records.get(to, ID) !== ROOT) this.index.move(this.records.get(to, PATH_HASH), from, to);
  }

  remove(ref: ZnodeRef): void {
    this.index.remove(this.records.get(ref, PATH_HASH), ref);
    this.knownParents.forget(this.records.get(ref, ID));
  }

  private findHashed(hash: number, bytes: Uint8Array, start: number, end: number): ZnodeRef {
    if (end <= start || bytes[start] !== SLASH) return REF_NONE;
    if (end - start === 1) return this.ids.refOf(ROOT);
    const { index } = this;
    for (let slot = index.probe(hash, -1); slot >= 0; slot = index.probe(hash, slot)) {
      const ref = index.refAt(hash, slot);
      if (this.isAt(ref, bytes, start, end)) return ref;
    }
    return REF_NONE;
  }

  private hashGroup(group: readonly Located[]): void {
    const { hashes, ends, groupText } = this;
    for (let i = 0, end = 0; i < group.length; i++) {
      const { path } = group[i]!;
      const start = end;
      if (path.length <= GROUPED_LENGTH_MAX) end = groupText.append(path, start);
      hashes[i] = hashPath(this.hashKey, groupText.bytes, start, end);
      ends[i] = end;
    }
  }

  /**
   * Loads that do not depend on each other, in loops so short that the processor keeps many of them in flight: to
   * probe the index in the loop that touches the records takes twice as long as in one of its own.
   */
  private touchGroup(count: number): void {
    const { index, records, hashes, candidates } = this;
    let touched = 0;
    for (let i = 0; i < count; i++) touched ^= index.touch(hashes[i]!);
    for (let i = 0; i < count; i++) {
      const slot = index.probe(hashes[i]!, -1);
      candidates[i] = slot < 0 ? REF_NONE : index.refAt(hashes[i]!, slot);
    }
    for (let i = 0; i < count; i++) if (candidates[i] !== REF_NONE) touched ^= records.touch(candidates[i]!);
    this.touched = touched;
  }

  /** Whether the record's path is `bytes[start, end)`: its name, then its parent's path. */
  private isAt(ref: ZnodeRef, bytes: Uint8Array, start: number, end: number): boolean {
    const { records } = this;
    const nameStart = end - records.get(ref, NAME_LENGTH);
    if (nameStart <= start || bytes[nameStart - 1] !== SLASH) return false;
    if (!records.isNamed(ref, bytes, nameStart, end)) return false;
    const parent = records.get(ref, PARENT);
    const parentEnd = nameStart - 1;
    if (parent === ROOT) return parentEnd === start;
    if (this.knownParents.isKnown(parent, bytes, start, parentEnd)) return true;
    if (!this.climb(this.ids.refOf(parent), bytes, start, parentEnd)) return false;
    this.knownParents.learn(parent, bytes, start, parentEnd);
    return true;
  }

  /** As `isAt`, name by name up to the root, or to an ancestor whose path is known. */
  private climb(from: ZnodeRef, bytes: Uint8Array, start: number, end: number): boolean {
    const { records, ids, knownParents } = this;
    let at = from;
    let nameEnd = end;
    for (;;) {
      const nameStart = nameEnd - records.get(at, NAME_LENGTH);
      if (nameStart <= start || bytes[nameStart - 1] !== SLASH) return false;
      if (!records.isNamed(at, bytes, nameStart, nameEnd)) return false;
      nameEnd = nameStart - 1;
      const parent = records.get(at, PARENT);
      if (parent === ROOT) return nameEnd === start;
      if (knownParents.isKnown(parent, bytes, start, nameEnd)) return true;
      at = ids.refOf(parent);
    }
  }
}
