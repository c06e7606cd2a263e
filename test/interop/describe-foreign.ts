import { describe } from "vitest";

/**
 * A suite that needs a program from outside. `reasonIfMissing` is undefined when the program is here; otherwise the
 * suite is skipped and one line on standard output says so, which CI counts as a failure.
 */
export function describeForeign(name: string, reasonIfMissing: string | undefined, suite: () => void): void {
  if (reasonIfMissing !== undefined) process.stdout.write(`SKIPPED ${name}: ${reasonIfMissing}\n`);
  describe.runIf(reasonIfMissing === undefined)(name, suite);
}
