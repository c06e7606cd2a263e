import { type ConnectionOptions, CoterieError, type ListenOptions } from "@coterie/interface";

/** What a Clock's timer can wait. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** @throws CoterieError BAD_ARGUMENTS, which names the option. */
export function checkConnectionOptions(options: ConnectionOptions): void {
  const given = (options ?? {}) as Partial<Record<keyof ConnectionOptions, unknown>>;
  checkNumber("frameSizeMaxBytes", given.frameSizeMaxBytes, 1, Number.POSITIVE_INFINITY);
  checkNumber("sendQueueTargetBytes", given.sendQueueTargetBytes, 0, Number.POSITIVE_INFINITY);
}

/** @throws CoterieError BAD_ARGUMENTS, which names the option. */
export function checkListenOptions(options: ListenOptions): void {
  checkConnectionOptions(options);
  if ((options.fourLetterWords ?? []).length > 0) {
    throw new CoterieError("BAD_ARGUMENTS", "The option fourLetterWords needs a transport with ZooKeeper's framing.");
  }
}

/** @throws CoterieError BAD_ARGUMENTS, which names the option. */
export function checkTimeout(name: string, value: unknown): void {
  checkNumber(name, value, 0, TIMEOUT_MAX_MS);
}

function checkNumber(name: string, value: unknown, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  const shown = typeof value === "number" || value === undefined || value === null ? value : `a ${typeof value}`;
  throw new CoterieError("BAD_ARGUMENTS", `The option ${name} is ${shown}; it has to be a number in ${min}..${max}.`);
}
