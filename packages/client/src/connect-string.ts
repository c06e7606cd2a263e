import { CoterieError, shownOf } from "@coterie/interface";
import { isIPv6 } from "node:net";

/** Where to find an ensemble, and where in it a session's paths begin. */
export interface ConnectTarget {
  /** In the form of the transport that is to dial them: for TCP `host:port` or `[IPv6]:port`. At least one. */
  readonly addresses: readonly string[];
  /** Default: none, the root. */
  readonly chroot?: string | undefined;
}

export const PORT_DEFAULT = 2181;

const PORT_MAX = 65_535;
const FORM_EXAMPLE = `as in "host1:2181,host2:2181/app" or "[2001:db8::1]:2181"`;

/**
 * Reads ZooKeeper's connection strings: servers with commas between them, each a name, an IPv4 address or an IPv6 address in
 * brackets, with or without a port (2181), and then perhaps a chroot. Blanks around servers are left out, and so are servers
 * that stand there twice.
 *
 * @throws CoterieError BAD_ARGUMENTS that says what is wrong and how it is written instead.
 */
export function parseConnectString(text: string): ConnectTarget {
  if (typeof text !== "string") throw bad(`A connection string is text, ${FORM_EXAMPLE}, not ${shownOf(text)}.`);
  const scheme = /^\s*([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (scheme !== null) throw bad(`"${text}" begins with "${scheme[1]}://"; leave that out, ${FORM_EXAMPLE}.`);
  const slash = text.indexOf("/");
  const servers = (slash === -1 ? text : text.slice(0, slash)).split(",").map((server) => server.trim());
  if (servers.length === 1 && servers[0] === "") throw bad(`"${text}" names no server; name one, ${FORM_EXAMPLE}.`);
  const addresses = [...new Set(servers.map((server) => addressOf(server, text)))];
  const chroot = slash === -1 ? "/" : text.slice(slash).trimEnd();
  if (chroot === "/") return { addresses };
  checkChroot(chroot);
  return { addresses, chroot };
}

function addressOf(server: string, text: string): string {
  if (server === "") throw bad(`"${text}" has a comma with no server beside it.`);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(server);
  if (bracketed !== null) {
    const [, host = "", port] = bracketed;
    if (!isIPv6(host)) throw bad(`"${host}" in "${server}" is no IPv6 address, and only those stand in brackets.`);
    return `[${host}]:${portOf(port, server)}`;
  }
  const [host = "", port, ...rest] = server.split(":");
  if (rest.length > 0 || isIPv6(server)) {
    const hint = isIPv6(server)
      ? `write "[${server}]:${PORT_DEFAULT}"`
      : "one colon stands between a name and its port";
    throw bad(`"${server}" has several colons: an IPv6 address stands in brackets, so ${hint}.`);
  }
  if (host === "") throw bad(`"${server}" has no name before its port.`);
  if (/[\s[\]@?#\\]/.test(host)) throw bad(`"${host}" is neither a host's name nor an IP address.`);
  return `${host}:${portOf(port, server)}`;
}

function portOf(port: string | undefined, server: string): number {
  if (port === undefined) return PORT_DEFAULT;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number >= 1 && number <= PORT_MAX) return number;
  throw bad(
    `"${port}" in "${server}" is no port: a number in 1..${PORT_MAX}, or nothing and no colon for ${PORT_DEFAULT}.`,
  );
}

/** The least that a chroot has to be, so that no path below it means another znode than it says. */
export function checkChroot(chroot: string): void {
  const wrong = chrootFault(chroot);
  if (wrong !== null) throw bad(`The chroot "${chroot}" ${wrong}.`);
}

function chrootFault(chroot: string): string | null {
  if (typeof chroot !== "string") return "is no text";
  if (!chroot.startsWith("/")) return `does not begin with "/"`;
  if (chroot.includes(",")) return "has a comma: the chroot stands once, behind the last server";
  if (chroot.endsWith("/")) return `ends with "/"; leave that out`;
  const names = chroot.slice(1).split("/");
  if (names.includes("")) return `has an empty name in it: "//"`;
  if (names.includes(".") || names.includes("..")) return `has "." or ".." in it: paths are absolute`;
  if (/[\p{Cc}\p{Cs}\ufff0-\uffff]/u.test(chroot)) return "has a character that no znode's name has";
  return null;
}

function bad(message: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", message);
}
