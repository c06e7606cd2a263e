import { Ensemble, type EnsembleOptions } from "./ensemble.ts";

/** An ensemble that serves; the highest id leads. */
export function serving(options: EnsembleOptions = {}): Ensemble {
  return new Ensemble(options).begin();
}

/** Requests at one peer, and all that comes of them. */
export function write(ensemble: Ensemble, at: number, ...texts: readonly string[]): void {
  for (const text of texts) ensemble.request(at, text);
  ensemble.settle();
}

/** A request that reaches the disk of its leader and no other peer, before the leader dies. */
export function writeAlone(ensemble: Ensemble, leader: number, ...texts: readonly string[]): void {
  const others = [...ensemble.peers.keys()].filter((id) => id !== leader);
  for (const other of others) ensemble.held.add(`${leader}>${other}`);
  for (const text of texts) ensemble.request(leader, text);
  ensemble.endTurns();
}

/** Without a turn between. Frames that were held may pass again. */
export function crash(ensemble: Ensemble, ...ids: readonly number[]): void {
  for (const id of ids) ensemble.crash(id);
  ensemble.held.clear();
}

export function start(ensemble: Ensemble, ...ids: readonly number[]): void {
  for (const id of ids) ensemble.start(id);
  ensemble.connectAll();
  ensemble.settle();
  ensemble.tick(3);
}

/**
 * Delivers frames one at a time, oldest first, until `until` says that it is enough.
 *
 * @throws Error if that never happens.
 */
export function runUntil(ensemble: Ensemble, until: () => boolean): void {
  for (let count = 0; count < 10_000; count++) {
    if (until()) return;
    const frame = ensemble.frames.find(({ from, to }) => !ensemble.held.has(`${from}>${to}`));
    if (frame === undefined) throw new Error("nothing moves any more");
    ensemble.pass(frame.from, frame.to);
  }
  throw new Error("it does not come to that");
}
