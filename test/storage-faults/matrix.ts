import { type Outcome, OUTCOMES, type Verdict } from "./judge.ts";

/** Fault by outcome: how often which came of which. */
export class Matrix {
  imageCount = 0;
  readonly violations: string[] = [];
  private readonly rows = new Map<string, Record<Outcome, number>>();

  add(fault: string, name: string, { outcome, detail }: Verdict): void {
    this.imageCount++;
    if (!this.rows.has(fault)) {
      this.rows.set(fault, Object.fromEntries(OUTCOMES.map((one) => [one, 0])) as Record<Outcome, number>);
    }
    this.rows.get(fault)![outcome]++;
    if (outcome === "VIOLATION") this.violations.push(`${fault} (${name}): ${detail}`);
  }

  get faults(): readonly string[] {
    return [...this.rows.keys()];
  }

  /** As a table; a dot is a zero. */
  get text(): string {
    const faults = this.faults.toSorted();
    const width = Math.max(...faults.map((fault) => fault.length), 5);
    const head = ["fault".padEnd(width), ...OUTCOMES].join("  ");
    const lines = faults.map((fault) => {
      const row = this.rows.get(fault)!;
      const cells = OUTCOMES.map((one) => String(row[one] === 0 ? "." : row[one]).padStart(one.length));
      return [fault.padEnd(width), ...cells].join("  ");
    });
    return [head, ...lines, `${this.imageCount} images, ${this.violations.length} violations`].join("\n");
  }
}
