/** Calls listeners one by one: what one of them throws, or rejects with, is a warning of the process and nothing else. */
export function callIsolated<Arguments extends unknown[]>(
  listeners: readonly ((...args: Arguments) => unknown)[],
  self: object,
  args: Arguments,
  warning = "a listener of an event failed",
): void {
  for (const listener of listeners) {
    try {
      const result = listener.apply(self, args);
      if (result instanceof Promise) result.catch((error: unknown) => warn(warning, error));
    } catch (error) {
      warn(warning, error);
    }
  }
}

function warn(warning: string, error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(warning, { type: "CoterieWarning", detail });
}
