import { CoterieError } from "@coterie/interface";

/** A timeout travels as a signed 32-bit number of milliseconds. */
export const SESSION_TIMEOUT_MAX_MS: number = 2 ** 31 - 1;

/** ZooKeeper's defaults for minSessionTimeout and maxSessionTimeout, in ticks (semantics 5.2). */
export const SESSION_TIMEOUT_MIN_TICKS = 2;
export const SESSION_TIMEOUT_MAX_TICKS = 20;

/** Between which bounds a peer grants timeouts. Integers, 1 <= minMs <= maxMs <= 2^31-1. */
export interface SessionTimeoutBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * The bounds for a tick of `tickMs`: 2 to 20 ticks, unless `bounds` says otherwise.
 * @throws CoterieError BAD_ARGUMENTS if the tick or a bound is no integer in range, or the bounds exclude everything.
 */
export function createSessionTimeoutBounds(
  tickMs: number,
  bounds: Partial<SessionTimeoutBounds> = {},
): SessionTimeoutBounds {
  if (!isSessionTimeout(tickMs)) throw badArguments("the tick", tickMs);
  const minMs = bounds.minMs ?? Math.min(SESSION_TIMEOUT_MIN_TICKS * tickMs, SESSION_TIMEOUT_MAX_MS);
  const maxMs = bounds.maxMs ?? Math.min(SESSION_TIMEOUT_MAX_TICKS * tickMs, SESSION_TIMEOUT_MAX_MS);
  if (!isSessionTimeout(minMs)) throw badArguments("the smallest session timeout", minMs);
  if (!isSessionTimeout(maxMs)) throw badArguments("the largest session timeout", maxMs);
  if (minMs > maxMs) {
    throw new CoterieError("BAD_ARGUMENTS", `no session timeout is at least ${minMs} ms and at most ${maxMs} ms`);
  }
  return { minMs, maxMs };
}

/**
 * The timeout that a client gets, an integer within `bounds`: what it is told is what is enforced (SE-13). Any
 * number may be asked for; zero, negatives and NaN get the smallest, what is huge the largest.
 */
export function negotiateTimeout(requestedMs: number, { minMs, maxMs }: SessionTimeoutBounds): number {
  // Written so that NaN, which no comparison holds for, takes the first branch.
  if (!(requestedMs > minMs)) return minMs;
  return requestedMs < maxMs ? Math.floor(requestedMs) : maxMs;
}

/** Whether `value` can be the timeout of a session: an integer of milliseconds in 1..2^31-1. */
export function isSessionTimeout(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= SESSION_TIMEOUT_MAX_MS;
}

function badArguments(what: string, value: number): CoterieError {
  const range = `an integer of milliseconds in 1..${SESSION_TIMEOUT_MAX_MS}`;
  return new CoterieError("BAD_ARGUMENTS", `${what} must be ${range}, got ${value}`);
}
