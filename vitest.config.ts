import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const packages = fileURLToPath(new URL("packages/", import.meta.url));

// The long run raises the counts of the property suites; npm test must finish within minutes.
const isLong = process.env["COTERIE_TEST_LONG"] === "1";

/**
 * They replace modules or the platform's time: each has a process of its own. All others share one with those before them, which halves
 * what the whole suite takes: no module of Coterie has state (test/tidy/alone.test.ts sees to it that none of them replaces anything).
 */
export const ALONE: readonly string[] = [
  "packages/testing/test/fake-timers.test.ts",
  "packages/transport-ipc/test/socket-claim.test.ts",
  "packages/transport-memory/test/by-promises.test.ts",
  "test/storage-faults/campaign.test.ts",
];
const ALL = ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"];

export default defineConfig({
  resolve: {
    // Tests run on the sources, so that a failing line is the line in the editor.
    alias: [
      { find: /^coterie$/, replacement: `${packages}coterie/src/index.ts` },
      { find: "coterie/testing", replacement: `${packages}coterie/src/testing.ts` },
      { find: /^@coterie\/([^/]+)$/, replacement: `${packages}$1/src/index.ts` },
      { find: /^@coterie\/([^/]+)\/([a-z-]+)$/, replacement: `${packages}$1/src/$2.ts` },
    ],
  },
  test: {
    // Unless said, one core is left free, which of two is half.
    maxWorkers: availableParallelism(),
    // A limit against hanging, not a wait: generous, since a slow machine is no failure.
    testTimeout: isLong ? 3_600_000 : 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: "together", isolate: false, include: ALL, exclude: [...configDefaults.exclude, ...ALONE] },
      },
      { extends: true, test: { name: "alone", include: [...ALONE] } },
    ],
  },
});
