import type { Summary } from "./summary.mjs";

export interface Point {
  readonly title: string;
  readonly coterie: number;
  readonly etcd: number | null;
  readonly floor: number | null;
  readonly target: number | null;
}

export function plotPoints(rows: readonly Summary[]): Point[];
export function drawRatios(result: {
  readonly rows: readonly Summary[];
  readonly startedAt: string;
  readonly machine: { readonly processors: number; readonly processor: string; readonly node: string };
}): Promise<string>;
