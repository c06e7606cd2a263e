import type { SchemaResult, StandardSchema } from "../../src/index.ts";

export interface Counts {
  readonly count: number;
  readonly label: string;
}

/** A label may be left out where it is written. */
export type CountsInput = Pick<Counts, "count"> & Partial<Counts>;

function validate(value: unknown): SchemaResult<Counts> {
  if (typeof value !== "object" || value === null) return { issues: [{ message: "no object" }] };
  const { count, label = "none" } = value as Partial<Record<keyof Counts, unknown>>;
  if (typeof count !== "number") return { issues: [{ message: "no number", path: ["count"] }] };
  return { value: { count, label: String(label) } };
}

export const counts: StandardSchema<CountsInput, Counts> = { "~standard": { version: 1, vendor: "test", validate } };

/** What has to be let through, each by its number. */
export class Gate {
  private readonly waits = new Map<number, () => void>();

  get waiting(): number[] {
    return [...this.waits.keys()];
  }

  pass(count: number): Promise<void> {
    return new Promise((resolve) => this.waits.set(count, resolve));
  }

  open(count: number): void {
    this.waits.get(count)?.();
    this.waits.delete(count);
  }
}

/** As `counts`, but each count waits at a gate. */
export function laterCounts(gate: Gate): StandardSchema<CountsInput, Counts> {
  const later = async (value: unknown): Promise<SchemaResult<Counts>> => {
    await gate.pass((value as Counts).count);
    return validate(value);
  };
  return { "~standard": { version: 1, vendor: "test", validate: later } };
}
