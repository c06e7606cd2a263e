import { callIsolated } from "@coterie/session";
import type { Logger } from "./options.ts";

/** What an application's logger throws, or rejects with, is a warning of the process: it must not end the peer, nor its host. */
export function createIsolatedLogger(logger: Logger): Logger {
  const logWith =
    (level: keyof Logger) =>
    (details: object, message: string): void =>
      callIsolated([logger[level]], logger, [details, message], "the logger has failed");
  return { debug: logWith("debug"), info: logWith("info"), warn: logWith("warn"), error: logWith("error") };
}
