import { assert } from "@coterie/interface";
import { type Acl, PERMISSIONS } from "@coterie/protocol";
import { aclDigestOf } from "../digest/acl-digest.ts";

/** A small number for an ACL list, 0 and up. Znodes share lists, as most trees have a handful. */
export type AclId = number;

interface AclEntry {
  readonly list: readonly Acl[];
  readonly key: string;
  readonly digest: number;
  uses: number;
}

/** Every ACL list in use, each held once, with a count of the znodes that use it. */
export class AclTable {
  private readonly ids = new Map<string, AclId>();
  private readonly entries: (AclEntry | null)[] = [];
  private readonly vacant: AclId[] = [];

  constructor() {
    this.entries.push({ list: OPEN_ACL, key: "", digest: aclDigestOf(OPEN_ACL), uses: 1 });
  }

  /** Lists in use, the open one included. */
  get size(): number {
    return this.ids.size + 1;
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
    this.entries[id] = { list, key, digest: aclDigestOf(list), uses: 1 };
    this.ids.set(key, id);
    return id;
  }

  release(id: AclId): void {
    if (id === OPEN_ACL_ID) return;
    const entry = this.entries[id];
    assert(entry !== null && entry !== undefined && entry.uses > 0, "an ACL list is released once a use");
    entry.uses -= 1;
    if (entry.uses > 0) return;
    this.ids.delete(entry.key);
    this.entries[id] = null;
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
