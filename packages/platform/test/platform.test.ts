import { describe, expect, it } from "vitest";
import { createPlatformClock, createPlatformRandom } from "../src/index.ts";

describe("the platform's clock", () => {
  const clock = createPlatformClock();

  it("runs what is due in the order of the deadlines, and never early", async () => {
    const begunMs = clock.nowMs();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      clock.setTimer(9, () => {
        order.push(clock.nowMs() - begunMs >= 9 ? "late" : "too early");
        resolve();
      });
      clock.setTimer(1, () => order.push(clock.nowMs() - begunMs >= 1 ? "early" : "too early"));
      clock.setTimer(2, () => order.push("cancelled")).cancel();
      clock.nextTurn(() => order.push("turn"));
      order.push("now");
    });
    expect(order).toEqual(["now", "turn", "early", "late"]);
  });
});

describe("the platform's randomness", () => {
  it("gives numbers and bytes that differ", () => {
    const random = createPlatformRandom();
    const numbers = Array.from({ length: 2000 }, () => random.uint32());
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(1990);
    expect(random.bytes(16)).toHaveLength(16);
    expect(random.fork("a").bytes(16)).not.toEqual(random.bytes(16));
  });
});
