import type { Acl } from "@coterie/protocol";

/** What getACL shows to a reader without ADMIN: digest entries without the hash (client-protocol 8.1). */
export function maskAcl(acl: readonly Acl[]): readonly Acl[] {
  return acl.map((entry) => {
    const colon = entry.scheme === "digest" ? entry.id.indexOf(":") : -1;
    return colon < 0 ? entry : { ...entry, id: `${entry.id.slice(0, colon)}:x` };
  });
}
