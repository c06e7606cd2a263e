import { describe, expect, it } from "vitest";
import { Trace } from "../../src/world/trace.ts";

function hashOf(write: (trace: Trace) => void): string {
  const trace = new Trace(false);
  write(trace);
  return trace.hash;
}

describe("the trace", () => {
  it("has another hash for other numbers, other texts, and another order", () => {
    const hashes = [
      hashOf((trace) => trace.mix(1)),
      hashOf((trace) => trace.mix(2 ** 32)),
      hashOf((trace) => trace.mix(-1)),
      hashOf((trace) => trace.mixText("")),
      hashOf((trace) => trace.mixText("ab")),
      hashOf((trace) => trace.mixText("ba")),
      hashOf((trace) => ["a", "b"].forEach((text) => trace.mixText(text))),
      hashOf((trace) => ["b", "a"].forEach((text) => trace.mixText(text))),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf((trace) => trace.mixText("ab"))).toBe(hashes[4]);
  });

  it("says where it is cut, once, and still tells how it ended", () => {
    const trace = new Trace(true, 2);
    for (const text of ["one", "two", "three", "four"]) trace.line(1000, text);
    trace.lastLine(2000, "FAILURE");
    expect(trace.lines.map((line) => line.trim())).toEqual([
      "1.000 one",
      "1.000 two",
      "1.000 CUT: the trace has no more than 2 lines",
      "2.000 FAILURE",
    ]);
  });
});
