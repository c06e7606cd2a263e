import { Summary } from "./summary.ts";

/** What a peer measures as it goes. ZooKeeper's names. */
export interface Measures {
  /** From a batch's hand-over to the store until it is synced. */
  readonly fsynctime: Summary;
  /** From a write's arrival at the peer that serves its session until its reply. */
  readonly updatelatency: Summary;
  /** How long there was no leader to serve under, each time. */
  readonly unavailable_time: Summary;
}

export function createMeasures(): Measures {
  return { fsynctime: new Summary(), updatelatency: new Summary(), unavailable_time: new Summary() };
}
