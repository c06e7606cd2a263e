import type { ErrorCode } from "@coterie/interface";
import { type Acl, type AclSpec, PERMISSIONS } from "@coterie/protocol";
import { OPEN_ACL } from "./acl-table.ts";
import { type AuthId, isAuthenticated } from "./auth-id.ts";
import { isAclId } from "./schemes.ts";

/**
 * The ACL to store for the one that a client asks for (client-protocol 8.2): duplicates dropped, `auth` expanded
 * to the connection's authenticated identities. An error code if it is not acceptable.
 */
export function normalizeAcl(
  asked: readonly AclSpec[] | null,
  identities: readonly AuthId[],
): readonly Acl[] | ErrorCode {
  if (asked === null || asked.length === 0) return "INVALID_ACL";
  if (isOpenSpec(asked)) return OPEN_ACL;
  const list: Acl[] = [];
  for (const [index, entry] of asked.entries()) {
    if (asked.findIndex((other) => isSameEntry(other, entry)) < index) continue;
    const error = addEntry(list, entry, identities);
    if (error !== null) return error;
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

function isSameEntry(one: AclSpec, other: AclSpec): boolean {
  return one.perms === other.perms && one.scheme === other.scheme && one.id === other.id;
}

/** The list that nearly every client asks for; its stored form is shared. */
function isOpenSpec(asked: readonly AclSpec[]): boolean {
  if (asked.length !== 1) return false;
  const { perms, scheme, id } = asked[0]!;
  return perms === PERMISSIONS.ALL && scheme === "world" && id === "anyone";
}
