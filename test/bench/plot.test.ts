import { describe, expect, it } from "vitest";
import { drawRatios, plotPoints } from "../../bench/compare/plot.mjs";
import { ROWS } from "../../bench/compare/rows.mjs";
import { type Run, summarise } from "../../bench/compare/summary.mjs";

const runs: readonly Run[] = [
  { measurement: "set-30x10", product: "zookeeper", rate: 100 },
  { measurement: "set-30x10", product: "coterie", rate: 400 },
  { measurement: "set-30x10", product: "etcd", rate: 200 },
  { measurement: "set-30x10", product: "floor", rate: 500 },
  { measurement: "set-1x1", product: "zookeeper", p50_us: 800 },
  { measurement: "set-1x1", product: "coterie", p50_us: 200 },
  { measurement: "get-1x1", product: "coterie", p50_us: 200 },
];
const rows = ROWS.filter(({ name }) => ["set-30x10", "set-1x1", "get-1x1"].includes(name)).map((row) =>
  summarise(row, runs),
);

describe("the chart", () => {
  it("has times as good, also where less is better, and no row without ZooKeeper", () => {
    expect(plotPoints(rows)).toEqual([
      { title: "set, 1 x 1", coterie: 4, etcd: null, floor: null, target: 1 / 0.6 },
      { title: "set, 30 x 10", coterie: 4, etcd: 2, floor: 5, target: 3.5 },
    ]);
  });

  it("is an SVG that stands alone", async () => {
    const machine = { processors: 2, processor: "a processor", node: "v20.0.0" };
    const svg = await drawRatios({ rows, startedAt: "2026-01-02T00:00:00.000Z", machine });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    for (const text of ["set, 30 x 10", "4.0x", "2026-01-02", "etcd", "floor"]) expect(svg).toContain(text);
    expect(svg).not.toContain("NaN");
  });
});
