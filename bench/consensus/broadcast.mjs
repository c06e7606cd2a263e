// Txns of 100 bytes through three peers on one core, a batch a turn: proposed, stored by all, acknowledged, delivered.
import { BenchEnsemble } from "../lib/ensemble.mjs";
import { measure } from "../lib/measure.mjs";

const OPERATIONS = 20_000;

function broadcast(batch, isCoded, target) {
  const ensemble = new BenchEnsemble({ isCoded });
  const txns = Array.from({ length: batch }, (_, index) => new Uint8Array(100).fill(index));
  let proposed = 0;
  return {
    name: `broadcast of 100 B, batch ${batch}${isCoded ? ", encoded and decoded" : ""}`,
    operations: OPERATIONS,
    target,
    run() {
      const before = ensemble.each.map((peer) => peer.delivered);
      for (proposed = 0; proposed < OPERATIONS; proposed += batch) ensemble.propose(txns);
      ensemble.settle();
      for (const [index, peer] of ensemble.each.entries()) {
        if (peer.delivered - before[index] !== OPERATIONS) throw new Error(`peer ${peer.id} lacks txns`);
      }
    },
  };
}

await measure([
  broadcast(1, false),
  broadcast(10, false),
  broadcast(100, false, 500_000),
  broadcast(1000, false),
  broadcast(100, true),
]);
