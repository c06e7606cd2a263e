/**
 * Addresses and ranges of the `ip` scheme (client-protocol 9): dotted IPv4 or IPv6, with an optional `/bits`.
 * An address is a bigint of 32 or 128 bits, so that both kinds compare by one shift.
 */
interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

interface IpRange extends IpAddress {
  readonly prefixBits: number;
}

/** Whether `text` is an address or a range that an ACL may name. */
export function isIpRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** Whether `address` lies in `range`. False when either is malformed or they are of different kinds. */
export function isIpInRange(address: string, range: string): boolean {
  const wanted = parseRange(range);
  const given = parseAddress(address);
  if (wanted === undefined || given === undefined || wanted.bits !== given.bits) return false;
  const shift = BigInt(wanted.bits - wanted.prefixBits);
  return given.value >> shift === wanted.value >> shift;
}

function parseRange(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash < 0) return { ...address, prefixBits: address.bits };
  const suffix = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(suffix)) return undefined;
  const prefixBits = Number(suffix);
  return prefixBits <= address.bits ? { ...address, prefixBits } : undefined;
}

function parseAddress(text: string): IpAddress | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { bits: 32, value };
}

const IPV6_GROUPS = 8;

function parseIpv6(text: string): IpAddress | undefined {
  // A zone ("%eth0") says where an address is used, not which one it is.
  const halves = text.split("%", 1)[0]!.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) };
}

/** The 16-bit groups of one half of an IPv6 address. The address's end may be written as a dotted IPv4 address. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".")) {
      const ipv4 = isEnd && index === parts.length - 1 ? parseIpv4(part) : undefined;
      if (ipv4 === undefined) return undefined;
      groups.push(Number(ipv4.value >> 16n), Number(ipv4.value & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}
