import { type ConnectionOptions, CoterieError, type ListenOptions } from "@coterie/interface";
import { shownOf } from "./reasons.ts";
import { STREAM_LIMITS, type StreamLimits } from "./stream-context.ts";

/** What a Clock's timer can wait. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

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
    const isCount = value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= 0);
    if (!isCount) throw bad(`limits.${name}`, value, "an integer from 0 on, or Infinity");
  }
  for (const name of TIMEOUTS) {
    const value: unknown = limits[name];
    if (!isWithin(value, 0, TIMEOUT_MAX_MS)) throw bad(`limits.${name}`, value, `within 0..${TIMEOUT_MAX_MS}`);
  }
  return limits;
}

/** @throws CoterieError BAD_ARGUMENTS, which names the option. */
export function checkConnectionOptions(options: ConnectionOptions): void {
  const given = (options ?? {}) as Partial<Record<keyof ConnectionOptions, unknown>>;
  const { frameSizeMaxBytes, sendQueueTargetBytes } = given;
  if (!isWithin(frameSizeMaxBytes, 1)) throw bad("frameSizeMaxBytes", frameSizeMaxBytes, "a number from 1 on");
  if (!isWithin(sendQueueTargetBytes, 0)) throw bad("sendQueueTargetBytes", sendQueueTargetBytes, "a number from 0 on");
}

/** @throws CoterieError BAD_ARGUMENTS, which names the option. */
export function checkListenOptions(options: ListenOptions): void {
  checkConnectionOptions(options);
  const words: unknown = options.fourLetterWords ?? [];
  const areWords = Array.isArray(words) && words.every((word) => typeof word === "string" && /^[!-~]{4}$/.test(word));
  if (!areWords) throw bad("fourLetterWords", words, "an array of words of four ASCII characters");
}

function isWithin(value: unknown, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return typeof value === "number" && value >= min && value <= max;
}

function bad(name: string, value: unknown, rule: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", `The option ${name} is ${shownOf(value)}; it has to be ${rule}.`);
}
