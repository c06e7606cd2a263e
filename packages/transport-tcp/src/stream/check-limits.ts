import { checkTimeoutMs, CoterieError, shownOf } from "@coterie/interface";
import { STREAM_LIMITS, type StreamLimits } from "./stream-context.ts";

const COUNTS = ["connectionsMax", "connectionsPerAddressMax"] as const;
const TIMEOUTS = ["handshakeTimeoutMs", "dialTimeoutMs", "closeTimeoutMs"] as const;

/**
 * All limits, with the defaults where none was given. What is given has to be a limit: one that is undefined or NaN, from
 * a variable that is not set, say, would limit nothing.
 *
 * @throws CoterieError BAD_ARGUMENTS, which names the limit.
 */
export function checkLimits(given: Partial<StreamLimits> | undefined): StreamLimits {
  const limits = { ...STREAM_LIMITS, ...given };
  for (const name of COUNTS) {
    const value: unknown = limits[name];
    if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= 0)) continue;
    const message = `The option limits.${name} is ${shownOf(value)}; it has to be an integer from 0 on, or Infinity.`;
    throw new CoterieError("BAD_ARGUMENTS", message);
  }
  for (const name of TIMEOUTS) checkTimeoutMs(`limits.${name}`, limits[name]);
  return limits;
}
