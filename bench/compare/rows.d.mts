export interface Row {
  readonly name: string;
  readonly title: string;
  readonly groups: readonly string[];
  readonly figure: { readonly field: string; readonly unit: string; readonly isMoreBetter: boolean };
  /** The field of the p99; undefined for that of operations, null for none. */
  readonly p99?: string | null;
  readonly runsMin?: number;
  readonly product?: string;
  readonly measurement: string;
  readonly measure: { readonly kind: string };
}

export const ROWS: readonly Row[];
export function chooseRows(wanted: readonly string[]): readonly Row[];
