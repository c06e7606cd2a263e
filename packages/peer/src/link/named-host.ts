import { isIP, SocketAddress } from "node:net";

/**
 * Whether one of the names of a certificate (`RemoteIdentity.names`) stands for `host`, a DNS name or an IP address. As
 * when a host is dialled: letter case does not count, and `*` stands for the first label of a name, whole.
 */
export function isNamed(names: readonly string[], host: string): boolean {
  const plain = plainHost(host);
  if (plain === "") return false;
  const wildcard = isIP(plain) === 0 ? plain.replace(/^[^.]+/, "*") : plain;
  return names.some((name) => {
    const given = plainHost(name);
    return given === plain || (given === wildcard && given.includes("."));
  });
}

/** One text for one host: lower case, no final dot, no brackets and zone of an IPv6 address, whose groups are shortened. */
function plainHost(host: string): string {
  const plain = host
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/%.*$/, "")
    .replace(/\.$/, "")
    .toLowerCase();
  return isIP(plain) === 6 ? new SocketAddress({ address: plain, family: "ipv6" }).address : plain;
}
