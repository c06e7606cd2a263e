import { describe, expect, it, vi } from "vitest";
import { type Failure, runSeedThreads } from "../../scripts/lib/seed-threads.mjs";

interface Done {
  readonly seeds: readonly number[];
  readonly failures: readonly Failure[];
}

const NONE = 2 ** 40;

async function run(
  workerData: object,
): Promise<{ readonly seeds: readonly number[]; readonly failed: readonly number[] }> {
  const worker = new URL("seed-worker.mjs", import.meta.url);
  const given = { diesAt: NONE, endsAt: NONE, failsAbove: NONE, ...workerData };
  const what = { worker, workerData: given, jobs: 2, seeds: 10, first: 100, seconds: Infinity, batchSeeds: 3 };
  const seeds: number[] = [];
  const failures = await runSeedThreads<Done>(what, (done) => void seeds.push(...done.seeds));
  return { seeds: seeds.toSorted((one, other) => one - other), failed: failures.map(({ seed }) => seed) };
}

describe("seeds in threads", () => {
  it("are each run once, and what fails is told at once and in order", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    try {
      const { seeds, failed } = await run({ failsAbove: 107 });
      expect(seeds).toEqual(Array.from({ length: 10 }, (_, index) => 100 + index));
      expect(failed).toEqual([108, 109]);
      const told = log.mock.calls.map(([line]) => String(line)).toSorted((one, other) => one.localeCompare(other));
      expect(told).toEqual(failed.map((seed) => `  seed ${seed} FAILS: on purpose`));
    } finally {
      log.mockRestore();
    }
  });

  it.each([
    ["diesAt", "a mistake of ours"],
    ["endsAt", "it has ended with 3"],
  ])("are named when their thread has died: %s", async (how, why) => {
    await expect(run({ [how]: 104 })).rejects.toThrow(`a thread has died in seeds 103 to 105: ${why}`);
  });
});
