/**
 * Addresses and ranges of the `ip` scheme (client-protocol 9): dotted IPv4 or IPv6, with an optional `/bits`.
 *
 * An ACL may name a thousand of them, and all are read at every look at it: so there are no bigints here and, for
 * IPv4, no garbage.
 */
interface IpRange {
  readonly groups: Groups;
  readonly prefixBits: number;
}

/** An address as numbers of 16 bits, the highest first: two of IPv4, eight of IPv6. */
type Groups = readonly number[];
const GROUP_BITS = 16;

/** Whether `text` is an address or a range that an ACL may name. */
export function isIpRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** Whether `address` lies in `range`. False when either is malformed or they are of different kinds. */
export function isIpInRange(address: string, range: string): boolean {
  if (isIpv6(address) !== isIpv6(range)) return false;
  const wanted = parseRange(range);
  const given = parseAddress(address);
  if (wanted === undefined || given === undefined) return false;
  let bitsLeft = wanted.prefixBits;
  for (let i = 0; bitsLeft > 0; i++, bitsLeft -= GROUP_BITS) {
    const ignored = Math.max(0, GROUP_BITS - bitsLeft);
    if (given[i]! >> ignored !== wanted.groups[i]! >> ignored) return false;
  }
  return true;
}

function parseRange(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  const groups = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (groups === undefined) return undefined;
  const bits = groups.length * GROUP_BITS;
  if (slash < 0) return { groups, prefixBits: bits };
  const suffix = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(suffix)) return undefined;
  const prefixBits = Number(suffix);
  return prefixBits <= bits ? { groups, prefixBits } : undefined;
}

function isIpv6(text: string): boolean {
  return text.includes(":");
}

function parseAddress(text: string): Groups | undefined {
  return isIpv6(text) ? parseIpv6(text) : parseIpv4(text);
}

const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;

function parseIpv4(text: string): Groups | undefined {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= ZERO && unit <= NINE && digits < 3) {
      octet = octet * 10 + unit - ZERO;
      digits += 1;
    } else if (unit === DOT && digits > 0 && octet <= 255 && dots < 3) {
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      dots += 1;
    } else {
      return undefined;
    }
  }
  if (dots !== 3 || digits === 0 || octet > 255) return undefined;
  return [value >> 8, ((value & 0xff) << 8) | octet];
}

const COLON = 0x3a;
const IPV6_GROUPS = 8;
const GROUP_DIGITS_MAX = 4;

function parseIpv6(text: string): Groups | undefined {
  // A zone ("%eth0") says where an address is used, not which one it is.
  const zone = text.indexOf("%");
  const end = zone < 0 ? text.length : zone;
  const groups: number[] = [];
  const startsWithGap = text.startsWith("::");
  /** Where the zeros stand that "::" leaves out; -1 without one. */
  let gap = startsWithGap ? 0 : -1;
  let at = startsWithGap ? 2 : 0;
  while (at < end) {
    const start = at;
    let value = 0;
    for (let digit = hexDigitAt(text, at); digit >= 0; digit = hexDigitAt(text, at)) {
      value = value * 16 + digit;
      if (++at - start > GROUP_DIGITS_MAX) return undefined;
    }
    // The end may be written as a dotted IPv4 address.
    if (text.charCodeAt(at) === DOT) {
      const ipv4 = parseIpv4(text.slice(start, end));
      if (ipv4 === undefined) return undefined;
      groups.push(...ipv4);
      break;
    }
    if (at === start) return undefined;
    groups.push(value);
    if (at === end) break;
    if (text.charCodeAt(at) !== COLON || ++at === end) return undefined;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gap >= 0) return undefined;
    gap = groups.length;
    at += 1;
  }
  if (gap < 0) return groups.length === IPV6_GROUPS ? groups : undefined;
  if (groups.length >= IPV6_GROUPS) return undefined;
  while (groups.length < IPV6_GROUPS) groups.splice(gap, 0, 0);
  return groups;
}

/** The value of the hexadecimal digit at `index`, or -1. */
function hexDigitAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit >= ZERO && unit <= NINE) return unit - ZERO;
  const letter = (unit | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}
