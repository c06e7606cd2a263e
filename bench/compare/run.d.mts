import type { Row } from "./rows.mjs";

export interface Section {
  readonly title: string;
  readonly rounds: number;
  readonly measurements: readonly { readonly name: string }[];
}

export function planSections(rows: readonly Row[], runs: number | null): Section[];
