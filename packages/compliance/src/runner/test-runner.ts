/**
 * What a suite needs of a test runner: the two functions that vitest, mocha and node:test call alike. A case that fails
 * rejects; one that does not settle is ended by the runner's own time limit.
 */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly it: (name: string, run: () => Promise<void>) => unknown;
}
