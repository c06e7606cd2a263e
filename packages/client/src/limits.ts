import { checkInteger, CoterieError } from "@coterie/interface";

/** Every limit of a client, by name; each with what happens when it is reached. */
export interface ClientLimits {
  /** Requests of the session that are not answered yet, sent or not: the next one is answered with THROTTLED_OP. */
  readonly queuedMax: number;
  /** Bytes of requests that wait to be sent: the next one is answered with THROTTLED_OP. */
  readonly queuedMaxBytes: number;
  /** Bytes of a reply: the connection ends, and the read that asked for it is answered with FRAME_TOO_LARGE. */
  readonly replySizeMaxBytes: number;
  /** Bytes that the transport holds and has not sent: further requests wait in the queue until it has. */
  readonly sendQueueTargetBytes: number;
  /** Identities of the session: the next one is answered with BAD_ARGUMENTS. */
  readonly identitiesMax: number;
  /** The least time for a dial and its handshake; otherwise they have the session's timeout divided by the servers. */
  readonly connectTimeoutMinMs: number;
  /** The pause after the first round of all servers, about; twice as long after each further round. */
  readonly backoffMinMs: number;
  /** The longest pause. Not more than a quarter of the session's timeout is waited either. */
  readonly backoffMaxMs: number;
  /** The time for ending the session behind all that was submitted: then it is left to expire. */
  readonly closeTimeoutMs: number;
}

export const CLIENT_LIMITS: ClientLimits = Object.freeze({
  queuedMax: 65_536,
  queuedMaxBytes: 64 * 2 ** 20,
  replySizeMaxBytes: 4 * 2 ** 20,
  sendQueueTargetBytes: 2 ** 20,
  identitiesMax: 64,
  connectTimeoutMinMs: 1_000,
  backoffMinMs: 100,
  backoffMaxMs: 2_000,
  closeTimeoutMs: 5_000,
});

const LIMIT_MAX = 2 ** 31 - 1;

/** @throws CoterieError BAD_ARGUMENTS, naming the limit. */
export function checkClientLimits(given: Partial<ClientLimits> = {}): ClientLimits {
  const limits = { ...CLIENT_LIMITS };
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue;
    if (!Object.hasOwn(CLIENT_LIMITS, name)) {
      throw new CoterieError(
        "BAD_ARGUMENTS",
        `limits.${name} is no limit; there are ${Object.keys(limits).join(", ")}.`,
      );
    }
    limits[name as keyof ClientLimits] = checkCount(`limits.${name}`, value);
  }
  return limits;
}

/** @throws CoterieError BAD_ARGUMENTS unless `value` is an integer in 1..2^31-1. */
export function checkCount(name: string, value: unknown): number {
  return checkInteger(name, value, 1, LIMIT_MAX);
}
