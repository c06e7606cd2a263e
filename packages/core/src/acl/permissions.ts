import type { Acl } from "@coterie/protocol";
import { OPEN_ACL } from "./acl-table.ts";
import type { AuthId } from "./auth-id.ts";
import { meansIdentity } from "./schemes.ts";

/** The scheme of an identity that bypasses every check. */
const SUPER_SCHEME = "super";

/**
 * Whether `acl` grants one of the permission bits `wanted` to a connection that has shown `identities`
 * (client-protocol 8.1). `identities` are the connection's, never the request's own claim.
 */
export function isPermitted(acl: readonly Acl[], wanted: number, identities: readonly AuthId[]): boolean {
  if (acl === OPEN_ACL || acl.length === 0) return true;
  for (const { perms, scheme, id } of acl) {
    if ((perms & wanted) === 0) continue;
    if (scheme === "world" && id === "anyone") return true;
    for (const identity of identities) if (meansIdentity(scheme, id, identity)) return true;
  }
  return isSuper(identities);
}

export function isSuper(identities: readonly AuthId[]): boolean {
  return identities.some((identity) => identity.scheme === SUPER_SCHEME);
}
