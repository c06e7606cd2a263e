import { callIsolated } from "@coterie/session";
import type { Logger } from "./options.ts";
import { printable } from "./printable.ts";

/**
 * What an application's logger throws, or rejects with, is a warning of the process: it must not end the peer, nor its host. Texts
 * are on one line each, whoever they come from: what others say must not look like a line of the log.
 */
export function createIsolatedLogger(logger: Logger): Logger {
  const logWith =
    (level: keyof Logger) =>
    (details: object, message: string): void =>
      callIsolated([logger[level]], logger, [printableDetails(details), printable(message)], "the logger has failed");
  return { debug: logWith("debug"), info: logWith("info"), warn: logWith("warn"), error: logWith("error") };
}

/** Errors are left as they are, for those who look into them. */
function printableDetails(details: object): object {
  const entries = Object.entries(details) as [string, unknown][];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? printable(value) : value]),
  );
}
