import type { Logger } from "@coterie/peer";

/** One line an entry: when, how grave, what, and the details as `key=value`. */
export function createConsoleLogger(write: (line: string) => void, now: () => Date = () => new Date()): Logger {
  const log =
    (level: string) =>
    (details: object, message: string): void => {
      const shown = Object.entries(details).map(([key, value]) => ` ${key}=${show(value)}`);
      write(`${now().toISOString()} ${level} ${message}${shown.join("")}\n`);
    };
  return { debug: () => undefined, info: log("info "), warn: log("warn "), error: log("error") };
}

function show(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === "string" && /^[\w.:/[\]-]+$/.test(value) ? value : JSON.stringify(value);
}
