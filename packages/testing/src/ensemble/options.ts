import { checkInteger, checkOptions, type OptionKinds, PEER_ID_MAX } from "@coterie/interface";
import type { Logger, PeerOptions, SessionLimits } from "@coterie/peer";

export interface TestEnsembleOptions {
  /** Voters: their ids are 1, 2, 3 and so on. Default: 3. */
  readonly peerCount?: number;
  /** Peers that do not vote, whose ids follow. Default: none. */
  readonly observerCount?: number;
  /**
   * All chance comes from it, an integer in 0..2^53-1: equal seeds and equal calls give equal runs. It stands in the message of each
   * failure. Default: 1, so that a test does the same every time; a loop over seeds looks for more.
   */
  readonly seed?: number;
  /** As a peer's. Default: "embedded", as in production: an election takes some seconds, and those of this clock cost nothing. */
  readonly timing?: NonNullable<PeerOptions["timing"]>;
  /** Of `openSession` and `connect`, unless their own options say otherwise. Default: 10,000. */
  readonly sessionTimeoutMs?: number;
  /** As a peer's: the bounds of what a session's timeout may be. */
  readonly sessions?: SessionLimits;
  /** As `createManualClock`'s. */
  readonly wallTimeMs?: number;
  /** Of all peers; each message begins with the peer's id. Default: silent. */
  readonly logger?: Logger;
}

const OPTIONS: OptionKinds<TestEnsembleOptions> = {
  peerCount: "any",
  observerCount: "any",
  seed: "any",
  timing: "any",
  sessionTimeoutMs: "any",
  sessions: "any",
  wallTimeMs: "any",
  logger: "any",
};
const SEED_DEFAULT = 1;
const SESSION_TIMEOUT_DEFAULT_MS = 10_000;
const SESSION_TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** What is looked at here; the rest is left to the clock and the peers. */
export interface CheckedOptions extends TestEnsembleOptions {
  readonly peerCount: number;
  readonly observerCount: number;
  readonly seed: number;
  readonly sessionTimeoutMs: number;
}

/** @throws CoterieError BAD_ARGUMENTS */
export function checkEnsembleOptions(options: TestEnsembleOptions): CheckedOptions {
  checkOptions("createTestEnsemble", options, OPTIONS);
  const { peerCount = 3, observerCount = 0, seed = SEED_DEFAULT } = options;
  const { sessionTimeoutMs = SESSION_TIMEOUT_DEFAULT_MS } = options;
  checkInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  checkInteger("peerCount", peerCount, 1, PEER_ID_MAX);
  checkInteger("observerCount", observerCount, 0, PEER_ID_MAX - peerCount);
  if (options.wallTimeMs !== undefined) checkInteger("wallTimeMs", options.wallTimeMs, 0, Number.MAX_SAFE_INTEGER);
  checkInteger("sessionTimeoutMs", sessionTimeoutMs, 1, SESSION_TIMEOUT_MAX_MS);
  return { ...options, peerCount, observerCount, seed, sessionTimeoutMs };
}
