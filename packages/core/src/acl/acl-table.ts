import { assert } from "@coterie/interface";
import { type Acl, PERMISSIONS } from "@coterie/protocol";
import { aclDigestOf } from "../digest/acl-digest.ts";

/** A small number for an ACL list, 0 and up. Znodes share lists, as most trees have a handful. */
export type AclId = number;

interface AclEntry {
  readonly list: readonly Acl[];
  readonly key: string;
  readonly digest: number;
  readonly sizeBytes: number;
  uses: number;
}

/** An object and two strings, without their text. Measured. */
const ENTRY_SIZE_BYTES = 140;
/** A character stands in the key and in the list, at two bytes each at most. */
const KEY_UNIT_SIZE_BYTES = 4;

/** Every ACL list in use, each held once, with a count of the znodes that use it. */
export class AclTable {
  private readonly ids = new Map<string, AclId>();
  private readonly entries: (AclEntry | null)[] = [];
  private readonly vacant: AclId[] = [];
  private listsSizeBytes = 0;

  constructor() {
    this.entries.push({ list: OPEN_ACL, key: "", digest: aclDigestOf(OPEN_ACL), sizeBytes: 0, uses: 1 });
  }

  /** Lists in use, the open one included. */
  get size(): number {
    return this.ids.size + 1;
  }

  /** About what the lists take in memory, the open one apart: they are objects, and no part of the tree's buffers. */
  get sizeBytes(): number {
    return this.listsSizeBytes;
  }

  /** Whether an equal list is in use. */
  has(list: readonly Acl[]): boolean {
    return isOpenAcl(list) || this.ids.has(keyOf(list));
  }

  /** The id of an equal list, one use more. The list must not be changed afterwards. */
  acquire(list: readonly Acl[]): AclId {
    // Nearly every znode of nearly every tree.
    if (isOpenAcl(list)) return OPEN_ACL_ID;
    const key = keyOf(list);
    const known = this.ids.get(key);
    if (known !== undefined) {
      this.entries[known]!.uses += 1;
      return known;
    }
    const id = this.vacant.pop() ?? this.entries.length;
    const sizeBytes = list.length * ENTRY_SIZE_BYTES + key.length * KEY_UNIT_SIZE_BYTES;
    this.entries[id] = { list, key, digest: aclDigestOf(list), sizeBytes, uses: 1 };
    this.listsSizeBytes += sizeBytes;
    this.ids.set(key, id);
    return id;
  }

  /** One use more of a list in use. */
  acquireAgain(id: AclId): void {
    if (id !== OPEN_ACL_ID) this.entries[id]!.uses += 1;
  }

  release(id: AclId): void {
    if (id === OPEN_ACL_ID) return;
    const entry = this.entries[id];
    assert(entry !== null && entry !== undefined && entry.uses > 0, "an ACL list is released once a use");
    entry.uses -= 1;
    if (entry.uses > 0) return;
    this.ids.delete(entry.key);
    this.entries[id] = null;
    this.listsSizeBytes -= entry.sizeBytes;
    this.vacant.push(id);
  }

  listOf(id: AclId): readonly Acl[] {
    return this.entries[id]!.list;
  }

  /** What the state digest says of the list. */
  digestOf(id: AclId): number {
    return this.entries[id]!.digest;
  }
}

/** Everything to everyone, as ZooKeeper's OPEN_ACL_UNSAFE. */
export const OPEN_ACL: readonly Acl[] = Object.freeze([
  Object.freeze({ perms: PERMISSIONS.ALL, scheme: "world", id: "anyone" }),
]);
const OPEN_ACL_ID: AclId = 0;

function isOpenAcl(list: readonly Acl[]): boolean {
  if (list.length !== 1) return false;
  const { perms, scheme, id } = list[0]!;
  return perms === PERMISSIONS.ALL && scheme === "world" && id === "anyone";
}

/** Distinct for distinct lists: the lengths stand before the texts, so no text can imitate a border. */
function keyOf(list: readonly Acl[]): string {
  let key = "";
  for (const { perms, scheme, id } of list) key += `${perms},${scheme.length},${id.length}:${scheme}${id}`;
  return key;
}
