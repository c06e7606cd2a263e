import { KnownParents } from "./known-parents.ts";
import { PathBytes } from "./path-bytes.ts";
import { hashPath, type PathHashKey } from "./path-hash.ts";
import { PathIndex } from "./path-index.ts";
import type { ZnodeId, ZnodeIds } from "./znode-ids.ts";
import { ID, NAME_LENGTH, PARENT, PATH_HASH, REF_NONE, type ZnodeRecords, type ZnodeRef } from "./znode-record.ts";

/** The id of "/", in every tree and every checkpoint. */
export const ROOT: ZnodeId = 1;
const SLASH = 0x2f;

/** From a path to the znode that has it. */
export class PathLookup {
  private readonly index = new PathIndex();
  private readonly text = new PathBytes();
  private readonly knownParents = new KnownParents();
  private readonly records: ZnodeRecords;
  private readonly ids: ZnodeIds;
  private readonly hashKey: PathHashKey;

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
    const length = this.text.write(path);
    return this.findBytes(this.text.bytes, 0, length);
  }

  /** As `find`, for a path in UTF-8, as the wire carries it. */
  findBytes(bytes: Uint8Array, start: number, end: number): ZnodeRef {
    if (end <= start || bytes[start] !== SLASH) return REF_NONE;
    if (end - start === 1) return this.ids.refOf(ROOT);
    const hash = hashPath(this.hashKey, bytes, start, end);
    const { index } = this;
    for (let slot = index.probe(hash, -1); slot >= 0; slot = index.probe(hash, slot)) {
      const ref = index.refAt(hash, slot);
      if (this.isAt(ref, bytes, start, end)) return ref;
    }
    return REF_NONE;
  }

  /** Lists the record, whose path is `bytes[0, end)` and which no other has. */
  insert(ref: ZnodeRef, bytes: Uint8Array, end: number): void {
    const hash = hashPath(this.hashKey, bytes, 0, end);
    this.records.set(ref, PATH_HASH, hash);
    this.index.insert(hash, ref);
  }

  /** The record at `from` is at `to` now. The root is found without the index. */
  move(from: ZnodeRef, to: ZnodeRef): void {
    if (this.records.get(to, ID) !== ROOT) this.index.move(this.records.get(to, PATH_HASH), from, to);
  }

  remove(ref: ZnodeRef): void {
    this.index.remove(this.records.get(ref, PATH_HASH), ref);
    this.knownParents.forget(this.records.get(ref, ID));
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

  /** As `isAt`, name by name up to the root. */
  private climb(from: ZnodeRef, bytes: Uint8Array, start: number, end: number): boolean {
    const { records, ids } = this;
    const root = ids.refOf(ROOT);
    let nameEnd = end;
    for (let at = from; at !== root; at = ids.refOf(records.get(at, PARENT))) {
      const nameStart = nameEnd - records.get(at, NAME_LENGTH);
      if (nameStart <= start || bytes[nameStart - 1] !== SLASH) return false;
      if (!records.isNamed(at, bytes, nameStart, nameEnd)) return false;
      nameEnd = nameStart - 1;
    }
    return nameEnd === start;
  }
}
