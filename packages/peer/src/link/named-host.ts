import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** Node.js also takes `*` for a part of a label, as nobody does who dials; a comma or quote would be another entry. */
const NAME = /^(\*\.)?[^*,"]+$/;

/**
 * Whether one of the names of a certificate (`RemoteIdentity.names`) stands for `host`, a DNS name or an IP address. As
 * when a host is dialled: letter case does not count, and `*` stands for the first label of a name with three or more.
 */
export function isNamed(names: readonly string[], host: string): boolean {
  const entries = names
    .filter((name) => NAME.test(name))
    .map((name) => `${isIP(name) === 0 ? "DNS" : "IP Address"}:${name}`);
  const plain = host.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  // It looks at nothing else of a certificate that has a subject alternative name.
  const certificate = { subjectaltname: entries.join(", ") } as PeerCertificate;
  return checkServerIdentity(plain, certificate) === undefined;
}
