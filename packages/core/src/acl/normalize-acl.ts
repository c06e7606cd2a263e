import type { ErrorCode } from "@coterie/interface";
import { type Acl, type AclSpec, PERMISSIONS } from "@coterie/protocol";
import { CORE_LIMITS_DEFAULT } from "../limits.ts";
import { OPEN_ACL } from "./acl-table.ts";
import { type AuthId, isAuthenticated } from "./auth-id.ts";
import { isAclId } from "./schemes.ts";

/**
 * The ACL to store for the one that a client asks for (client-protocol 8.2): duplicates dropped, `auth` expanded
 * to the connection's authenticated identities. An error code if it is not acceptable; more than `entriesMax`
 * entries, asked for or stored, are not.
 */
export function normalizeAcl(
  asked: readonly AclSpec[] | null,
  identities: readonly AuthId[],
  entriesMax: number = CORE_LIMITS_DEFAULT.aclEntriesMax,
): readonly Acl[] | ErrorCode {
  if (asked === null || asked.length === 0 || asked.length > entriesMax) return "INVALID_ACL";
  if (isOpenSpec(asked)) return OPEN_ACL;
  const list: Acl[] = [];
  const seen = new Set<string>();
  for (const entry of asked) {
    const key = keyOfEntry(entry);
    if (seen.has(key)) continue;
    seen.add(key);
    const error = addEntry(list, entry, identities);
    if (error !== null) return error;
    if (list.length > entriesMax) return "INVALID_ACL";
  }
  return list;
}

function addEntry(list: Acl[], entry: AclSpec, identities: readonly AuthId[]): ErrorCode | null {
  const { perms, scheme, id } = entry;
  if (scheme === "auth") {
    const authenticated = identities.filter(isAuthenticated);
    for (const identity of authenticated) list.push({ perms, scheme: identity.scheme, id: identity.id });
    return authenticated.length > 0 ? null : "INVALID_ACL";
  }
  if (scheme === "world" && id === null) return "MARSHALLING_ERROR";
  if (id === null) return "INVALID_ACL";
  if (!(scheme === "world" ? id === "anyone" : isAclId(scheme, id))) return "INVALID_ACL";
  list.push({ perms, scheme, id });
  return null;
}

/** Distinct for distinct entries: the length stands before the scheme, and a null id is told from every text. */
function keyOfEntry({ perms, scheme, id }: AclSpec): string {
  return `${perms},${scheme.length}:${scheme}${id === null ? "" : `=${id}`}`;
}

/** The list that nearly every client asks for; its stored form is shared. */
function isOpenSpec(asked: readonly AclSpec[]): boolean {
  if (asked.length !== 1) return false;
  const { perms, scheme, id } = asked[0]!;
  return perms === PERMISSIONS.ALL && scheme === "world" && id === "anyone";
}
