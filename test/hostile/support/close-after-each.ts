import { afterEach } from "vitest";

/** Gives what takes note of something to be closed behind the test: the last that was opened first. */
export function closeAfterEach(): (close: () => unknown) => void {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });
  return (close) => void closers.push(close);
}
