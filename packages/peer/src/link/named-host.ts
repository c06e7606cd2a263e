import { isIP, SocketAddress } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** Node.js also takes `*` for a part of a label, as nobody does who dials; a comma or quote would be another entry. */
const NAME = /^(\*\.)?[^*,"]+$/;

/**
 * Whether one of the names of a certificate (`RemoteIdentity.names`) stands for `host`, a DNS name or an IP address. As
 * when a host is dialled: letter case does not count, and `*` stands for the first label of a name with three or more.
 */
export function isNamed(names: readonly string[], host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  // Not for Node.js to compare: some of its versions find no IPv6 address in any certificate.
  if (isIP(plain) !== 0) return names.some((name) => isIP(name) !== 0 && shortIp(name) === shortIp(plain));
  const entries = names.filter((name) => NAME.test(name)).map((name) => `DNS:${name}`);
  // It looks at nothing else of a certificate that has a subject alternative name.
  const certificate = { subjectaltname: entries.join(", ") } as PeerCertificate;
  return checkServerIdentity(plain, certificate) === undefined;
}

function shortIp(ip: string): string {
  return isIP(ip) === 6 ? new SocketAddress({ address: ip, family: "ipv6" }).address : ip;
}
