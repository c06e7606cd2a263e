import type { Row } from "./rows.mjs";
import type { Run } from "./summary.mjs";

export interface Product {
  readonly name: string;
  /** It is up when no other one is. */
  readonly isAlone?: boolean;
}

/** How a kind of measurement is made: of what `open` gives for a product. */
export interface Kind {
  takes(measure: object, product: string): boolean;
  open(product: Product, measure: object, settings: RunSettings): unknown;
  run(subject: unknown, measure: object, settings: RunSettings): Promise<Run>;
  close(subject: unknown): unknown;
}

export interface RunSettings {
  /** How often a disturbed run is done again. */
  readonly redo: number;
}

export interface Section {
  readonly title: string;
  readonly kind: Kind;
  readonly rounds: number;
  readonly measurements: readonly { readonly name: string; readonly measure: object }[];
}

export function planSections(rows: readonly Row[], runs: number | null): Section[];
export function runSections(
  sections: readonly Section[],
  products: readonly Product[],
  settings: RunSettings,
  tell: (line: string) => void,
): Promise<Run[]>;
