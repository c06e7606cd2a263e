import type { AuthId } from "./auth-id.ts";
import { isIpInRange, isIpRange } from "./ip-range.ts";

/** What an ACL entry of a scheme may say, and whom it means (client-protocol 9). */
interface Scheme {
  /** Whether an ACL may name `id`. */
  accepts(id: string): boolean;
  /** Whether the identity `shown` is one that the entry `named` means. */
  matches(shown: string, named: string): boolean;
}

const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  // A user and the hash of the password: one colon, no more.
  ["digest", { accepts: (id) => id.split(":").length === 2, matches: isSame }],
  ["ip", { accepts: isIpRange, matches: isIpInRange }],
  ["x509", { accepts: () => true, matches: isSame }],
  ["sasl", { accepts: () => true, matches: isSame }],
]);

function isSame(shown: string, named: string): boolean {
  return shown === named;
}

/** Whether an ACL may hold an entry of `scheme` that names `id`. `world` and `auth` are the caller's. */
export function isAclId(scheme: string, id: string): boolean {
  return SCHEMES.get(scheme)?.accepts(id) ?? false;
}

/** Whether an ACL entry for (`scheme`, `named`) means the identity `shown`. */
export function meansIdentity(scheme: string, named: string, shown: AuthId): boolean {
  return shown.scheme === scheme && (SCHEMES.get(scheme)?.matches(shown.id, named) ?? false);
}
