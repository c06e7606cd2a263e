import { afterEach } from "vitest";
import { HostedPeer } from "./hosted-peer.ts";

/** Gives what starts a peer for one test of this file, behind which it is stopped. */
export function hostPeers(): typeof HostedPeer.start {
  const hosts: HostedPeer[] = [];
  afterEach(async () => {
    for (const hosted of hosts.splice(0)) await hosted.stop();
  });
  return async (...options) => {
    const hosted = await HostedPeer.start(...options);
    hosts.push(hosted);
    return hosted;
  };
}
