import { describe, expect, it } from "vitest";
import { keepAlive } from "../src/index.ts";

/** Timers for which Node.js waits before it ends the process. */
function heldTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

describe("keepAlive", () => {
  it("holds the process until the work is done, and gives what comes of it", async () => {
    const before = heldTimers();
    let finish: (result: string) => void = () => {};
    const kept = keepAlive(new Promise<string>((resolve) => (finish = resolve)));
    expect(heldTimers()).toBe(before + 1);
    finish("result");
    expect(await kept).toBe("result");
    expect(heldTimers()).toBe(before);
  });

  it("lets it go when the work has failed", async () => {
    const before = heldTimers();
    await expect(keepAlive(Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(heldTimers()).toBe(before);
  });
});
