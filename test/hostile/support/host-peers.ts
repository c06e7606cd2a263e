import { closeAfterEach } from "./close-after-each.ts";
import { HostedPeer } from "./hosted-peer.ts";

/** Gives what starts a peer for one test of this file, behind which it is stopped. */
export function hostPeers(): typeof HostedPeer.start {
  const closing = closeAfterEach();
  return async (...options) => {
    const hosted = await HostedPeer.start(...options);
    closing(() => hosted.stop());
    return hosted;
  };
}
