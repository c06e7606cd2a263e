import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";
import { nowMs } from "../history/recorder.mjs";
import { buildShims } from "./build-shims.mjs";
import { createClock, setClockOffset } from "./special-clocks.mjs";

const ANSWERS = `process.stdin.on("data", () => console.log(Date.now() + " " + Number(process.hrtime.bigint()) / 1e6))`;

const directory = mkdtempSync(join(tmpdir(), "coterie-clocks-"));
const shims = buildShims(directory);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a process under the shim", () => {
  it.runIf("preload" in shims)("has a wall clock that jumps both ways, and a monotonic one that does not", async () => {
    const clock = join(directory, "clock");
    createClock(clock);
    const preload = "preload" in shims ? shims.preload : "";
    const child = spawn(process.execPath, ["-e", ANSWERS], {
      env: { ...process.env, LD_PRELOAD: preload, CHAOS_CLOCK_OFFSET: clock },
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const look = async (): Promise<[wallMs: number, monotonicMs: number]> => {
      const { value } = await lines.next();
      const [wallMs = 0, monotonicMs = 0] = String(value).split(" ").map(Number);
      return [wallMs, monotonicMs];
    };
    try {
      for (const offsetMs of [0, 3_600_000, -100_000_000_001, 1500, 0]) {
        setClockOffset(clock, offsetMs);
        const before = [Date.now(), nowMs()] as const;
        child.stdin.write("?\n");
        const [wallMs, monotonicMs] = await look();
        const after = [Date.now(), nowMs()] as const;
        // The offset is of whole milliseconds, and so is what is left of a moment.
        expect(wallMs - offsetMs).toBeGreaterThanOrEqual(before[0] - 1);
        expect(wallMs - offsetMs).toBeLessThanOrEqual(after[0] + 1);
        expect(monotonicMs).toBeGreaterThanOrEqual(before[1]);
        expect(monotonicMs).toBeLessThanOrEqual(after[1]);
      }
    } finally {
      child.kill();
    }
  });
});
