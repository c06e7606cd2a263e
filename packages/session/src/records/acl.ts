import { CoterieError, shownOf } from "@coterie/interface";
import { PERMISSIONS, type Acl as WireAcl } from "@coterie/protocol";
import type { Acl, Permission } from "../session.ts";

const BITS: Readonly<Record<Permission, number>> = Object.freeze({
  read: PERMISSIONS.READ,
  write: PERMISSIONS.WRITE,
  create: PERMISSIONS.CREATE,
  delete: PERMISSIONS.DELETE,
  admin: PERMISSIONS.ADMIN,
});
const NAMES: readonly Permission[] = ["read", "write", "create", "delete", "admin"];

const OPEN: readonly WireAcl[] = Object.freeze([
  Object.freeze({ perms: PERMISSIONS.ALL, scheme: "world", id: "anyone" }),
]);

/** Everything for everyone if `acl` is undefined. The server decides about schemes, ids and empty lists. @throws CoterieError BAD_ARGUMENTS */
export function wireAclOf(acl: readonly Acl[] | undefined): readonly WireAcl[] {
  if (acl === undefined) return OPEN;
  if (!Array.isArray(acl)) throw new CoterieError("BAD_ARGUMENTS", "an ACL is an array of { permissions, scheme, id }");
  return acl.map(wireEntryOf);
}

/** ZooKeeper tells null where it has none, which lets everybody do everything (skipACL). */
export function aclOf(acl: readonly WireAcl[] | null): Acl[] {
  return (acl ?? []).map(({ perms, scheme, id }) => ({ permissions: permissionsOf(perms), scheme, id }));
}

function wireEntryOf(entry: Acl): WireAcl {
  const { permissions, scheme, id } = entry ?? {};
  if (typeof scheme !== "string" || typeof id !== "string") {
    throw new CoterieError("BAD_ARGUMENTS", 'scheme and id of an ACL are strings, as "world" and "anyone"');
  }
  return { perms: bitsOf(permissions), scheme, id };
}

function bitsOf(permissions: Acl["permissions"]): number {
  if (permissions === "all") return PERMISSIONS.ALL;
  if (!Array.isArray(permissions)) throw permissionError(permissions);
  let bits = 0;
  for (const name of permissions as readonly Permission[]) {
    if (!Object.hasOwn(BITS, name)) throw permissionError(name);
    bits |= BITS[name];
  }
  return bits;
}

function permissionError(found: unknown): CoterieError {
  const names = NAMES.map((name) => JSON.stringify(name)).join(", ");
  return new CoterieError("BAD_ARGUMENTS", `permissions are "all" or an array of ${names}, not ${shownOf(found)}`);
}

/** Bits that ZooKeeper does not define are left out. */
function permissionsOf(bits: number): Acl["permissions"] {
  if ((bits & PERMISSIONS.ALL) === PERMISSIONS.ALL) return "all";
  return NAMES.filter((name) => (bits & BITS[name]) !== 0);
}
