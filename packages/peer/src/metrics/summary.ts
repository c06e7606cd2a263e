import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

const UNITS_PER_MS = 1000;
const PERCENTILES = [50, 95, 99, 99.9] as const;

/** Durations as ZooKeeper's summaries tell them (operations 2), in milliseconds: what is kept does not grow. */
export class Summary {
  private readonly histogram: RecordableHistogram = createHistogram();
  private sumMs = 0;

  record(durationMs: number): void {
    // A histogram counts whole numbers from 1 on.
    this.histogram.record(Math.max(1, Math.round(durationMs * UNITS_PER_MS)));
    this.sumMs += durationMs;
  }

  /** `avg_`, `min_`, `max_`, `cnt_`, `sum_` and percentiles before the name; zeros before the first. */
  tell(name: string): Record<string, number> {
    const { count, mean, min, max } = this.histogram;
    const told: Record<string, number> = {
      [`avg_${name}`]: count === 0 ? 0 : mean / UNITS_PER_MS,
      [`min_${name}`]: count === 0 ? 0 : min / UNITS_PER_MS,
      [`max_${name}`]: max / UNITS_PER_MS,
      [`cnt_${name}`]: count,
      [`sum_${name}`]: this.sumMs,
    };
    for (const percentile of PERCENTILES) {
      const value = count === 0 ? 0 : this.histogram.percentile(percentile);
      told[`p${String(percentile).replace(".", "")}_${name}`] = value / UNITS_PER_MS;
    }
    return told;
  }
}
