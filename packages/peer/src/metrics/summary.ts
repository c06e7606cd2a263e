import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

const UNITS_PER_MS = 1000;
/** Of percentiles: they are right to a hundredth. Each more makes the histogram, and with it the start of a peer, eight times as large. */
const DIGITS = 2;
const PERCENTILES = [50, 95, 99, 99.9] as const;

/** Durations as ZooKeeper's summaries tell them (operations 2), in milliseconds: what is kept does not grow. */
export class Summary {
  private readonly histogram: RecordableHistogram = createHistogram({ figures: DIGITS });
  private sumMs = 0;
  private minMs = Infinity;
  private maxMs = 0;

  record(durationMs: number): void {
    // A histogram counts whole numbers from 1 on.
    this.histogram.record(Math.max(1, Math.round(durationMs * UNITS_PER_MS)));
    this.sumMs += durationMs;
    this.minMs = Math.min(this.minMs, durationMs);
    this.maxMs = Math.max(this.maxMs, durationMs);
  }

  /** `avg_`, `min_`, `max_`, `cnt_`, `sum_` and percentiles before the name; zeros before the first. */
  tell(name: string): Record<string, number> {
    const { count } = this.histogram;
    const told: Record<string, number> = {
      [`avg_${name}`]: count === 0 ? 0 : this.sumMs / count,
      [`min_${name}`]: count === 0 ? 0 : this.minMs,
      [`max_${name}`]: this.maxMs,
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
