import { CoterieError } from "./coterie-error.ts";
import { shownOf } from "./shown-of.ts";
import type { ConnectionOptions, ListenOptions, TransportSupports } from "./transport.ts";

/** What `Clock.setTimer` can wait. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;
const WORD = /^[!-~]{4}$/;

/**
 * For who implements `Transport.dial`. An option that is missing or NaN, from a setting that is not there, say, would limit
 * nothing.
 *
 * @throws CoterieError BAD_ARGUMENTS, which names the option.
 */
export function checkConnectionOptions(options: ConnectionOptions): void {
  // They may come from where types are not checked.
  const given = (options ?? {}) as Partial<Record<keyof ConnectionOptions, unknown>>;
  checkNumber("frameSizeMaxBytes", given.frameSizeMaxBytes, 1, Number.POSITIVE_INFINITY);
  checkNumber("sendQueueTargetBytes", given.sendQueueTargetBytes, 0, Number.POSITIVE_INFINITY);
}

/**
 * For who implements `Transport.listen`. Words need ZooKeeper's framing: nothing else begins with four bytes that could be
 * one.
 *
 * @throws CoterieError BAD_ARGUMENTS, which names the option.
 */
export function checkListenOptions(
  options: ListenOptions,
  { zookeeperFraming }: Pick<TransportSupports, "zookeeperFraming">,
): void {
  checkConnectionOptions(options);
  for (const name of ["connectionsMax", "connectionsPerAddressMax"] as const) {
    if (options[name] !== undefined) checkNumber(name, options[name], 0, Number.POSITIVE_INFINITY);
  }
  const words: unknown = options.fourLetterWords ?? [];
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string" && WORD.test(word))) {
    throw badOption("fourLetterWords", words, "an array of words of four ASCII characters");
  }
  if (words.length > 0 && !zookeeperFraming) {
    throw new CoterieError("BAD_ARGUMENTS", "The option fourLetterWords needs a transport with ZooKeeper's framing.");
  }
}

/**
 * For a transport's own limits in time.
 *
 * @throws CoterieError BAD_ARGUMENTS, which names the option, for what no timer can wait.
 */
export function checkTimeoutMs(name: string, value: unknown): void {
  checkNumber(name, value, 0, TIMEOUT_MAX_MS);
}

function checkNumber(name: string, value: unknown, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  const range = max === Number.POSITIVE_INFINITY ? `from ${min} on` : `within ${min}..${max}`;
  throw badOption(name, value, `a number ${range}`);
}

function badOption(name: string, value: unknown, rule: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", `The option ${name} is ${shownOf(value)}; it has to be ${rule}.`);
}
