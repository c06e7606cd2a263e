import type { Clock } from "@coterie/interface";
import type { AdmissionLimits } from "./admission.ts";
import type { FlushTurn } from "./flush-turn.ts";
import type { StreamSecurity } from "./stream-security.ts";

/** What each of these may be set to, and what it is if it is not. Reaching a limit ends or refuses one connection. */
export interface StreamLimits extends AdmissionLimits {
  /** From a connection's coming in to the end of its handshake, in milliseconds. Then it is refused. */
  readonly handshakeTimeoutMs: number;
  /** From `dial` to `opened`, name resolution included, in milliseconds. Then the dial has failed. */
  readonly dialTimeoutMs: number;
  /**
   * How long, after `close`, the other end may take to read each 256 KiB of what is left, and to end its side, in
   * milliseconds. Then it is aborted.
   */
  readonly closeTimeoutMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  connectionsMax: 10_000,
  connectionsPerAddressMax: 60,
  handshakeTimeoutMs: 10_000,
  dialTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
};

/** What all connections of one transport share. */
export interface StreamContext {
  readonly clock: Clock;
  readonly flushes: FlushTurn;
  readonly limits: StreamLimits;
  readonly security: StreamSecurity;
}
