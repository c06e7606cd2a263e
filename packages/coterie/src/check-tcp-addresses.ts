import { CoterieError } from "@coterie/interface";
import type { PeerOptions } from "@coterie/peer";
import { isTcpTransport, parseTcpAddress } from "@coterie/transport-tcp";

/**
 * Over TCP an address without a port, say, would be dialled in vain for ever.
 *
 * @throws CoterieError BAD_ARGUMENTS
 */
export function checkTcpAddresses({ id, ensemble, listen, transport }: PeerOptions): void {
  if (transport === undefined || !isTcpTransport(transport)) return;
  for (const [peer, address] of Object.entries(ensemble)) {
    checkAddress(`the address of peer ${peer}`, address, Number(peer) === id ? 0 : 1);
  }
  if (listen !== undefined) checkAddress("listen", listen, 0);
}

function checkAddress(name: string, address: string, portMin: number): void {
  try {
    parseTcpAddress(address, portMin);
  } catch (cause) {
    throw new CoterieError("BAD_ARGUMENTS", `${name}: ${(cause as Error).message}`, { cause });
  }
}
