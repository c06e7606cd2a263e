import { expect, it } from "vitest";
import type { WallTimeMs } from "../../packages/interface/src/index.ts";
import { container, CoreBench, create, remove, ttl } from "./core-kit.ts";

const LATE = Number.MAX_SAFE_INTEGER as WallTimeMs;

it("looks at ten thousand candidates at a time, round after round, and misses none", () => {
  const bench = new CoreBench();
  for (let i = 0; i < 6_000; i++) {
    bench.commit(container(`/c${i}`));
    // Containers that have had a child are due.
    bench.commit(create(`/c${i}/x`));
    bench.commit(remove(`/c${i}/x`));
    bench.commit(ttl(`/t${i}`, 1));
  }
  const all = Array.from({ length: 6_000 }, (_, i) => [`/c${i}`, `/t${i}`]).flat();
  const asked = Array.from({ length: 4 }, () => bench.machine.dueForReaping(LATE, Number.POSITIVE_INFINITY));
  expect(asked.map((due) => due.length)).toEqual([10_000, 2_000, 10_000, 2_000]);
  expect(new Set([...asked[0]!, ...asked[1]!])).toEqual(new Set(all));
  expect([...asked[2]!, ...asked[3]!]).toEqual([...asked[0]!, ...asked[1]!]);
});

it("goes on behind the last znode that was due, whatever was reaped meanwhile, and begins anew behind the last one", () => {
  const bench = new CoreBench();
  const reap = (countMax: number): string[] => bench.machine.dueForReaping(LATE, countMax);
  expect(reap(5)).toEqual([]);
  for (const name of ["a", "b", "c", "d"]) bench.commit(ttl(`/${name}`, 1));
  expect(reap(2)).toEqual(["/a", "/b"]);
  for (const path of ["/b", "/c"]) bench.commit({ kind: "deleteContainer", path });
  bench.commit(ttl("/e", 1));
  expect(reap(1)).toEqual(["/d"]);
  expect(reap(1)).toEqual(["/e"]);
  // Nothing is behind /e: the next round has begun.
  expect(reap(9)).toEqual(["/a", "/d", "/e"]);
  expect(reap(0)).toEqual([]);
  expect(reap(9)).toEqual(["/a", "/d", "/e"]);
});
