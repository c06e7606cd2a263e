import type { AclEntry, AuthId } from "./command.ts";

export const PERMS = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;

/** Client-protocol 8.2: schemes whose identities an `auth` entry expands to. An ip address is none, nor is super. */
const AUTHENTICATED_SCHEMES: readonly string[] = ["digest", "x509", "sasl"];

/** Client-protocol 8.1, the check rule: whether any bit of `wanted` is granted to a connection with these identities. */
export function isAllowed(acl: readonly AclEntry[], wanted: number, auth: readonly AuthId[]): boolean {
  if (acl.length === 0) return true;
  if (auth.some((identity) => identity.scheme === "super")) return true;
  return acl.some((entry) => (entry.perms & wanted) !== 0 && auth.concat(ANYONE).some((who) => matches(entry, who)));
}

const ANYONE: AuthId = { scheme: "world", id: "anyone" };

/** Client-protocol 9: how an entry of each scheme meets an identity of the same scheme. */
function matches(entry: AclEntry, who: AuthId): boolean {
  if (entry.scheme !== who.scheme) return false;
  return entry.scheme === "ip" ? ipMatches(entry.id, who.id) : entry.id === who.id;
}

/** Client-protocol 8.2. Undefined is INVALID_ACL. Entries that `auth` expands to are not compared with the others. */
export function normaliseAcl(
  acl: readonly AclEntry[] | null,
  auth: readonly AuthId[],
  schemes: readonly string[],
): readonly AclEntry[] | undefined {
  const distinct: AclEntry[] = [];
  for (const entry of acl ?? []) {
    if (!distinct.some((other) => isSameEntry(other, entry))) distinct.push(entry);
  }
  if (distinct.length === 0) return undefined;
  const result: AclEntry[] = [];
  for (const entry of distinct) {
    if (entry.scheme === "auth") {
      const own = auth.filter((identity) => AUTHENTICATED_SCHEMES.includes(identity.scheme));
      if (own.length === 0) return undefined;
      for (const identity of own) result.push({ perms: entry.perms, scheme: identity.scheme, id: identity.id });
    } else if (isValidId(entry, schemes)) {
      result.push(entry);
    } else {
      return undefined;
    }
  }
  return result;
}

function isSameEntry(left: AclEntry, right: AclEntry): boolean {
  return left.perms === right.perms && left.scheme === right.scheme && left.id === right.id;
}

/** Client-protocol 9, column "ACL id validity". */
function isValidId(entry: AclEntry, schemes: readonly string[]): boolean {
  if (entry.scheme === "world") return entry.id === "anyone";
  if (!schemes.includes(entry.scheme)) return false;
  if (entry.scheme === "digest") return entry.id.split(":").length === 2;
  if (entry.scheme === "ip") return parseIpPattern(entry.id) !== undefined;
  return true;
}

/** Client-protocol 8.1: without ADMIN the password part of digest ids is hidden. */
export function maskAcl(acl: readonly AclEntry[]): readonly AclEntry[] {
  return acl.map((entry) => {
    if (entry.scheme !== "digest") return entry;
    return { ...entry, id: `${entry.id.slice(0, entry.id.indexOf(":"))}:x` };
  });
}

interface IpPattern {
  /** One character, 0 or 1, for each bit of the address. */
  readonly address: string;
  readonly bits: number;
}

/** Client-protocol 9: an address with an optional number of significant bits. */
function parseIpPattern(text: string): IpPattern | undefined {
  const slash = text.indexOf("/");
  const address = addressBits(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash === -1) return { address, bits: address.length };
  const bitsText = text.slice(slash + 1);
  const bits = Number(bitsText);
  return /^\d+$/.test(bitsText) && bits <= address.length ? { address, bits } : undefined;
}

function ipMatches(patternText: string, addressText: string): boolean {
  const pattern = parseIpPattern(patternText);
  const address = addressBits(addressText);
  if (pattern === undefined || address === undefined || pattern.address.length !== address.length) return false;
  return pattern.address.slice(0, pattern.bits) === address.slice(0, pattern.bits);
}

function addressBits(text: string): string | undefined {
  return text.includes(":") ? ipv6Bits(text) : ipv4Bits(text);
}

function ipv4Bits(text: string): string | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.map((part) => Number(part).toString(2).padStart(8, "0")).join("");
}

/** Eight groups of hexadecimal digits, one run of zero groups may be written as "::". */
function ipv6Bits(text: string): string | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = head.length + tail.length;
  if (halves.length === 1 ? given !== 8 : given >= 8) return undefined;
  const groups = [...head, ...Array.from({ length: 8 - given }, () => "0"), ...tail];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0")).join("");
}
