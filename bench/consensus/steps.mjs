// What one batch costs one peer, all its steps together: what such a peer did is recorded, and done again by a new one.
import { BenchEnsemble, createPeer } from "../lib/ensemble.mjs";
import { measure } from "../lib/measure.mjs";

const TXNS = 10_000;

function record(batch) {
  const ensemble = new BenchEnsemble({ isRecorded: true });
  const txns = Array.from({ length: batch }, (_, index) => new Uint8Array(100).fill(index));
  ensemble.propose(txns);
  ensemble.settle();
  const starts = ensemble.each.map((peer) => peer.history.length);
  for (let proposed = 0; proposed < TXNS; proposed += batch) ensemble.propose(txns);
  return ensemble.each.map((peer, index) => ({
    id: peer.id,
    isLeader: peer === ensemble.leader,
    before: peer.history.slice(0, starts[index]),
    timed: peer.history.slice(starts[index]),
  }));
}

function task({ id, before, timed, isLeader }, batch) {
  let zab = null;
  const batches = TXNS / batch;
  const kind = isLeader ? "propose, turn-ended, stored, 2 acks, applied" : "propose, turn-ended, stored, applied";
  return {
    name: `${isLeader ? "leader" : "follower"}, batch ${batch} (${kind})`,
    unit: "us",
    operations: batches,
    beforeEach() {
      zab = createPeer(id);
      for (const input of before) zab.step(input);
    },
    run() {
      for (const input of timed) zab.step(input);
    },
  };
}

const tasks = [];
for (const batch of [1, 10, 100]) {
  const [follower, , leader] = record(batch);
  tasks.push(task(follower, batch), task(leader, batch));
}
await measure(tasks);
