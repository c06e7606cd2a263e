import { checkInteger, checkOptions, type OptionKinds } from "@coterie/interface";
import type { Logger, SessionLimits } from "@coterie/peer";

export interface TestZooKeeperOptions {
  /** Of the first peer on 127.0.0.1; further ones take free ports. Default: 0, a free one. */
  readonly port?: number;
  /** Default: 1. With 3, clients have somewhere else to go. */
  readonly peerCount?: number;
  /** As a peer's: the bounds of what a session's timeout may be. */
  readonly sessions?: SessionLimits;
  /** Default: silent. */
  readonly logger?: Logger;
}

export interface CheckedZooKeeperOptions extends TestZooKeeperOptions {
  readonly port: number;
  readonly peerCount: number;
}

const OPTIONS: OptionKinds<TestZooKeeperOptions> = { port: "any", peerCount: "any", sessions: "any", logger: "any" };
const PORT_MAX = 65_535;
const PEERS_MAX = 9;

/** @throws CoterieError BAD_ARGUMENTS */
export function checkZooKeeperOptions(options: TestZooKeeperOptions): CheckedZooKeeperOptions {
  checkOptions("createTestZooKeeper", options, OPTIONS);
  const { port = 0, peerCount = 1 } = options;
  return {
    ...options,
    port: checkInteger("port", port, 0, PORT_MAX),
    peerCount: checkInteger("peerCount", peerCount, 1, PEERS_MAX),
  };
}
