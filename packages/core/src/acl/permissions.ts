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

/**
 * `isPermitted` for many questions of one asker, who must not change meanwhile: each list is read once a permission. A
 * multi may ask of the same thousand entries tens of thousands of times.
 */
export function createPermissionMemo(): typeof isPermitted {
  const answers = new Map<number, Map<readonly Acl[], boolean>>();
  return (acl, wanted, identities) => {
    if (acl === OPEN_ACL) return true;
    let known = answers.get(wanted);
    if (known === undefined) answers.set(wanted, (known = new Map()));
    let answer = known.get(acl);
    if (answer === undefined) known.set(acl, (answer = isPermitted(acl, wanted, identities)));
    return answer;
  };
}

function isSuper(identities: readonly AuthId[]): boolean {
  return identities.some((identity) => identity.scheme === SUPER_SCHEME);
}
