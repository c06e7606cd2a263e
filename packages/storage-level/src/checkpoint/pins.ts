import type { CheckpointRecord } from "../format/records.ts";

/** Counts who reads the pages of a generation: they stay as long. */
export class GenerationPins {
  private readonly counts = new Map<number, number>();

  pin({ segments }: CheckpointRecord): void {
    for (const { generation } of segments) this.counts.set(generation, (this.counts.get(generation) ?? 0) + 1);
  }

  unpin({ segments }: CheckpointRecord): void {
    for (const { generation } of segments) {
      const count = (this.counts.get(generation) ?? 1) - 1;
      if (count === 0) this.counts.delete(generation);
      else this.counts.set(generation, count);
    }
  }

  get generations(): number[] {
    return [...this.counts.keys()];
  }
}
