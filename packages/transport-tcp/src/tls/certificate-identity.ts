import type { RemoteIdentity } from "@coterie/interface";
import type { X509Certificate } from "node:crypto";
import { isIP, SocketAddress } from "node:net";

/** What a certificate says of its holder, in the words of `RemoteIdentity`. */
export function identityOf(certificate: X509Certificate): RemoteIdentity {
  return {
    kind: "certificate",
    subject: subjectOf(certificate.subject),
    names: namesOf(certificate.subjectAltName),
  };
}

/**
 * Whether a certificate is for `host`, a name or an IP address: by its subject alternative name only. The common name, which
 * some still look at, was never meant to hold a host (RFC 9525).
 */
export function isFor(certificate: X509Certificate, host: string): boolean {
  const plain = host.replace(/%.*$/, "");
  if (isIP(plain) !== 0) return certificate.checkIP(plain) !== undefined;
  return certificate.checkHost(plain, { subject: "never", partialWildcards: false }) !== undefined;
}

/**
 * OpenSSL gives Node.js one line for each part of the name, first part first, with the characters escaped that RFC 2253
 * wants escaped, line ends included. RFC 2253 begins with the last.
 */
function subjectOf(lines: string | undefined): string {
  return (lines ?? "")
    .split("\n")
    .toReversed()
    .map((part) => part.replaceAll(" + ", "+"))
    .join(",");
}

/** Entries are divided by a comma and a space; what has one inside itself is quoted, and is no name that can be meant. */
function namesOf(text: string | undefined): string[] {
  const entries = (text ?? "").matchAll(/(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)/g);
  return [...entries].flatMap(([, kind, value = ""]) => {
    if (kind === "DNS" && !value.startsWith('"')) return [value];
    return kind === "IP Address" && isIP(value) !== 0 ? [shortIp(value)] : [];
  });
}

/** OpenSSL writes all groups of an IPv6 address. */
function shortIp(ip: string): string {
  return isIP(ip) === 6 ? new SocketAddress({ address: ip, family: "ipv6" }).address : ip;
}
