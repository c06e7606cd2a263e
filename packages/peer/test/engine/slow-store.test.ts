import type { Clock, MonotonicMs } from "@coterie/interface";
import { expect, it } from "vitest";
import { warnWhileSlow } from "../../src/engine/store/slow-store.ts";
import { STORE_SLOW_WARN_MS } from "../../src/limits.ts";

it("a call of the store that is under way for long is said, again and again, and no more once it is over", async () => {
  let nowMs = 0;
  let due: (() => void) | null = null;
  const clock = {
    nowMs: () => nowMs as MonotonicMs,
    setTimer: (_: number, run: () => void) => {
      due = run;
      return { cancel: () => (due = null) };
    },
  } as unknown as Clock;
  const warnings: string[] = [];
  const silent = (): void => undefined;
  const warn = (details: object, message: string): void => void warnings.push(`${JSON.stringify(details)} ${message}`);
  let finish: ((value: string) => void) | null = null;
  const call = new Promise<string>((resolve) => (finish = resolve));
  const waiting = warnWhileSlow(clock, { debug: silent, info: silent, warn, error: silent }, "opening the store", call);
  for (const times of [1, 2]) {
    nowMs = times * STORE_SLOW_WARN_MS;
    (due as (() => void) | null)?.();
  }
  expect(warnings).toEqual(
    [10_000, 20_000].map(
      (durationMs) =>
        `{"code":"STORE_SLOW","durationMs":${durationMs}} opening the store has been under way for ${durationMs} ms: look at the disk`,
    ),
  );
  (finish as ((value: string) => void) | null)?.("opened");
  expect(await waiting).toBe("opened");
  expect(due).toBeNull();
});
