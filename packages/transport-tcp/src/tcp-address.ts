import { CoterieError, shownOf } from "@coterie/interface";
import { isIPv6 } from "node:net";

/** Where to listen or to dial: a name or an IP address, IPv6 without brackets, and a port in 0..65535. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;
/** The longest name that DNS knows, 253, and what a zone may add to an IPv6 address. */
const HOST_SIZE_MAX = 300;
const FORM = /^(?:\[(?<ipv6>[^\]]*)\]|(?<host>[^:[\]\s/]+)):(?<port>\d{1,5})$/;

/**
 * Reads `host:port` or `[IPv6]:port`, with a port from `portMin` on.
 *
 * @throws CoterieError ADDRESS_UNUSABLE if it is neither.
 */
export function parseTcpAddress(address: string, portMin = 0): TcpAddress {
  // It may come from where types are not checked.
  const groups =
    typeof address === "string" && address.length <= HOST_SIZE_MAX ? FORM.exec(address)?.groups : undefined;
  const port = Number(groups?.["port"]);
  const host = groups?.["ipv6"] ?? groups?.["host"];
  const isGood =
    host !== undefined && port >= portMin && port <= PORT_MAX && (groups?.["ipv6"] === undefined || isIPv6(host));
  if (isGood) return { host, port };
  throw new CoterieError(
    "ADDRESS_UNUSABLE",
    `${shownOf(address)} is not host:port or [IPv6]:port, with a port in ${portMin}..${PORT_MAX}.`,
  );
}

export function formatTcpAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An IP address as `ConnectionInfo.remoteIp` has it: without zone and IPv4-in-IPv6 prefix. */
export function plainIp(ip: string): string {
  const withoutZone = ip.replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone);
  return mapped?.[1] ?? withoutZone;
}

export function isLoopback(ip: string): boolean {
  return ip === "::1" || ip.startsWith("127.");
}
