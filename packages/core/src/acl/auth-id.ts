/**
 * An identity that a connection has shown (client-protocol 9): ("ip", its address) from the start, others by auth
 * packets or certificates. Hashes are computed before it gets here: a digest id is `user:base64(sha1)`.
 */
export interface AuthId {
  readonly scheme: string;
  readonly id: string;
}

/** Schemes whose identities count as authenticated where an ACL entry says `auth`; an address does not. */
const AUTHENTICATED_SCHEMES: ReadonlySet<string> = new Set(["digest", "x509", "sasl"]);

export function isAuthenticated(identity: AuthId): boolean {
  return AUTHENTICATED_SCHEMES.has(identity.scheme);
}
