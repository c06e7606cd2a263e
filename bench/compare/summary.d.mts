import type { Row } from "./rows.mjs";
import type { Target } from "./targets.mjs";

export interface Figure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
  readonly isDisturbed: boolean;
}

export interface Side extends Figure {
  readonly p99: number | null;
  readonly cpuUs: number | null;
  readonly errors: number;
}

export interface Summary {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly isMoreBetter: boolean;
  readonly zookeeper: Side | null;
  readonly coterie: Side | null;
  readonly etcd: Side | null;
  /** What bare Node.js takes for the same messages and syncs. */
  readonly floor: Side | null;
  readonly ratio: number | null;
  readonly target: Target | null;
  readonly isMet: boolean | null;
  readonly p99Ratio: number | null;
  readonly isP99Met: boolean | null;
  readonly etcdRatio: number | null;
  readonly etcdTarget: Target | null;
  readonly isEtcdMet: boolean | null;
  /** Coterie by the floor. */
  readonly floorRatio: number | null;
}

export type Run = Readonly<Record<string, unknown>>;

export function figureOf(runs: readonly Run[], field: string): Figure | null;
export function isMet(target: Target | undefined, ratio: number | null, value: number | null): boolean | null;
export function summarise(row: Row, runs: readonly Run[]): Summary;
