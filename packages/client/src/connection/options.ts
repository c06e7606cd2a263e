import type { Random } from "@coterie/interface";
import type { WatchedPaths } from "@coterie/session";
import type { ClientLimits } from "../limits.ts";

export interface ConnectionMachineOptions {
  /** At least one, in the transport's form, each once. */
  readonly addresses: readonly string[];
  /** Asked for. */
  readonly sessionTimeoutMs: number;
  /** Whether a server in read-only mode will do. */
  readonly mayBeReadOnly: boolean;
  /** Whether the server keeps the session for as long as the connection is open. */
  readonly isKept: boolean;
  readonly limits: ClientLimits;
  readonly random: Random;
  /** `ChannelHandler.watches`; calls nothing back. */
  readonly watches: () => WatchedPaths;
}
