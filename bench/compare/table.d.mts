import type { Summary } from "./summary.mjs";

export function formatNumber(value: number | null | undefined): string;
export function formatTable(rows: readonly Summary[]): string;
