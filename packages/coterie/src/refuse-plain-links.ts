import { CoterieError } from "@coterie/interface";
import type { PeerOptions } from "@coterie/peer";
import { isLoopback, isTcpTransport, parseTcpAddress } from "@coterie/transport-tcp";
import { isIP } from "node:net";

/**
 * Over TCP with neither a secret nor certificates no link leaves this machine. Where an address says so already, it is said before
 * anything starts; what a name stands for is seen when its connection opens, and is refused then.
 *
 * @throws CoterieError BAD_ARGUMENTS
 */
export function refusePlainLinks({ id, ensemble, transport }: PeerOptions): void {
  if (transport === undefined || !isTcpTransport(transport) || transport.supports.identity) return;
  for (const [peer, address] of Object.entries(ensemble)) {
    if (Number(peer) === id || !isElsewhere(address)) continue;
    throw new CoterieError(
      "BAD_ARGUMENTS",
      `peer ${peer} at ${address} is on another machine, and links beyond this one are never in plain text: ` +
        "give all peers the same secret, as tcp({ secret }), or certificates, as tcp({ tls })",
    );
  }
}

/** Of an address that is none the transport says so. */
function isElsewhere(address: string): boolean {
  try {
    const { host } = parseTcpAddress(address);
    return isIP(host) !== 0 && !isLoopback(host);
  } catch {
    return false;
  }
}
