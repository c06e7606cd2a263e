/**
 * While a run lasts, nothing may ask the platform for time or timers: what the run does would depend on the machine. Timers that
 * would not run within a run in any case are taken, and never run.
 */
export interface PlatformGuard {
  end(): void;
}

type Globals = Pick<typeof globalThis, "setTimeout" | "setInterval" | "clearInterval">;

/** @param caught hears of what must not be: a call of the platform, a promise that rejects and nobody hears. */
export function guardPlatform(caught: (error: Error) => void): PlatformGuard {
  const { setTimeout, setInterval, clearInterval } = globalThis;
  const { now } = Date;
  const inert = new Set<unknown>();
  const globals = globalThis as { -readonly [Name in keyof Globals]: unknown };
  globals.setInterval = (): object => {
    const timer = { ref: () => timer, unref: () => timer, hasRef: () => false };
    inert.add(timer);
    return timer;
  };
  globals.clearInterval = (timer: unknown): void => {
    if (!inert.delete(timer)) clearInterval(timer as Parameters<typeof clearInterval>[0]);
  };
  globals.setTimeout = (...args: Parameters<typeof setTimeout>): unknown => {
    caught(new Error("a timer of the platform is set"));
    return setTimeout(...args);
  };
  Date.now = (): number => {
    caught(new Error("the platform is asked for the time"));
    return now();
  };
  const rejected = (reason: unknown): void => {
    const { stack = "" } = reason instanceof Error ? reason : new Error(String(reason));
    caught(new Error(`a promise was rejected, and nobody heard: ${stack}`));
  };
  const warned = (warning: Error & { readonly detail?: string }): void => {
    if (warning.name === "CoterieWarning") caught(new Error(`${warning.message}: ${warning.detail ?? ""}`));
  };
  process.on("unhandledRejection", rejected);
  process.on("warning", warned);
  return {
    end() {
      Object.assign(globalThis, { setTimeout, setInterval, clearInterval });
      Date.now = now;
      process.off("unhandledRejection", rejected);
      process.off("warning", warned);
    },
  };
}
