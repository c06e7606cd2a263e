import { FAULT_KINDS } from "../world/fault-kinds.ts";
import type { RunResult } from "./result.ts";

/** Every probe that a run may hit, so that a report can say which ones were never hit. */
export const PROBES = [
  "founded",
  "leadership established",
  "sync by diff",
  "sync by checkpoint",
  "log truncated",
  "log repaired",
  "log purged",
  "repair sent",
  "own checkpoint taken (full)",
  "own checkpoint taken (delta)",
  "incoming checkpoint installed",
  "checkpoint restored",
  "amnesia written down",
  "amnesia noticed by another peer",
  "amnesiac readmitted",
  "started as an amnesiac",
  "started with a faulty log",
  "leadership handed over",
  "learner turned away",
  "epoch acknowledged without promise",
  "read confirmed by the leader",
  "session expired",
  "connection closed by a later attachment",
  "request of an earlier attachment",
  "sessions listened to for a timeout without faults",
  "digest made anew",
  "watches set again",
  "missed watch event told",
  "write with unknown outcome",
  "unsynced write kept",
  "unsynced write lost",
  "unsynced write torn",
  "purged entries are back",
  "checkpoint page unreadable",
  "start refused: STORE_FOREIGN",
  "start refused: STORE_FULL",
  "start refused: STORE_CORRUPT",
  "link closed: silent",
  "link closed: replaced",
  "link closed: refused",
  "link closed: disorder",
  "report STORE_SLOW",
  "report AMNESIA",
  "report LOG_FAULTY",
  "report WAITING_FOR_VOTERS",
  "late-frames",
  "frame-lost",
  "backlog-cut",
] as const;

/** Sums over runs, in a form that passes between threads. */
export interface Tally {
  seeds: number;
  steps: number;
  virtualMs: number;
  txns: number;
  operations: number;
  readonly faults: Record<string, number>;
  readonly probes: Record<string, number>;
}

export function createTally(): Tally {
  const zeros = (names: readonly string[]): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, 0]));
  return {
    seeds: 0,
    steps: 0,
    virtualMs: 0,
    txns: 0,
    operations: 0,
    faults: zeros(FAULT_KINDS),
    probes: zeros(PROBES),
  };
}

export function addRun(tally: Tally, { steps, virtualMs, txns, operations, faults, probes }: RunResult): void {
  tally.seeds += 1;
  tally.steps += steps;
  tally.virtualMs += virtualMs;
  tally.txns += txns;
  tally.operations += operations;
  for (const [name, count] of faults) tally.faults[name] = (tally.faults[name] ?? 0) + count;
  for (const [name, count] of probes) tally.probes[name] = (tally.probes[name] ?? 0) + count;
}

export function addTally(tally: Tally, other: Tally): void {
  tally.seeds += other.seeds;
  tally.steps += other.steps;
  tally.virtualMs += other.virtualMs;
  tally.txns += other.txns;
  tally.operations += other.operations;
  for (const [name, count] of Object.entries(other.faults)) tally.faults[name] = (tally.faults[name] ?? 0) + count;
  for (const [name, count] of Object.entries(other.probes)) tally.probes[name] = (tally.probes[name] ?? 0) + count;
}
