import { expect, it } from "vitest";
import { allTexts, faultsOf, heal } from "../support/invariants.ts";
import { crash, runUntil, serving, start, write, writeAlone } from "../support/scenario.ts";

it("3911, 4646: nobody serves x before a quorum has it on disk; so it survives the crash of those who acknowledged it", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  writeAlone(ensemble, 3, "x");
  crash(ensemble, 1, 2, 3);
  // 2. Peer 3 wins by its longer log and gives x to the others, whose disks are slow.
  for (const id of [1, 2, 3]) ensemble.start(id);
  ensemble.connectAll();
  runUntil(ensemble, () => ensemble.peer(3).zab.view().phase === "synchronisation");
  ensemble.peer(1).holdsDisk = true;
  ensemble.peer(2).holdsDisk = true;
  ensemble.settle();
  // 3. ZooKeeper's followers have acknowledged by now, and its leader serves x.
  expect(ensemble.peer(3).role?.isServing).toBe(false);
  expect(ensemble.texts(3)).toEqual(["a"]);
  ensemble.peer(1).holdsDisk = false;
  ensemble.release(1);
  ensemble.settle();
  expect(ensemble.texts(3)).toEqual(["a", "x"]);
  // 4. and 5. All crash, and 3 stays away.
  crash(ensemble, 1, 2, 3);
  ensemble.peer(2).holdsDisk = false;
  start(ensemble, 1, 2);
  expect(ensemble.texts(1)).toEqual(["a", "x"]);
  expect(ensemble.texts(2)).toEqual(["a", "x"]);
});

it("4643: a follower that crashes between history and currentEpoch has not the later epoch with the shorter log", () => {
  // Whichever batches reach the disk of peer 1, its credential never claims an epoch whose history it lacks.
  const epochs = new Set<number | undefined>();
  for (let batches = 0; batches < 5; batches++) {
    const ensemble = serving({ limits: { batchEntriesMax: 1 } });
    write(ensemble, 3, "a");
    ensemble.crash(1);
    write(ensemble, 3, "b", "c");
    crash(ensemble, 2, 3);
    ensemble.peer(1).holdsDisk = true;
    ensemble.start(1);
    ensemble.start(2);
    ensemble.connectAll();
    ensemble.settle();
    ensemble.tick(2);
    for (let count = 0; count < batches; count++) {
      ensemble.release(1);
      ensemble.settle();
    }
    crash(ensemble, 1, 2);
    ensemble.peer(1).holdsDisk = false;
    const { hardState, entries } = ensemble.peer(1).disk;
    epochs.add(hardState?.currentEpoch);
    if (hardState?.currentEpoch === 2) expect(entries.length).toBe(4);
    // With the lagging one and without 2 nothing that was committed may be lost.
    start(ensemble, 1, 3);
    heal(ensemble);
    expect(allTexts(ensemble)).toEqual(["a b c", "a b c", "a b c"]);
  }
  expect([...epochs]).toEqual([1, 2]);
});

it("4785: S0 that stored the epoch and not the entry must not win against the entry", () => {
  const ensemble = serving();
  write(ensemble, 3, "a", "b");
  ensemble.crash(2);
  // S2 has 1.3, S0 lacks it: its disk stands still. So it is not committed, and S0 restarts.
  ensemble.peer(1).holdsDisk = true;
  ensemble.request(3, "c");
  ensemble.settle();
  ensemble.crash(1);
  ensemble.peer(1).holdsDisk = false;
  start(ensemble, 1);
  expect(ensemble.texts(3)).toEqual(["a", "b", "c"]);
  // S2 stops; S0 and S1 go on with 1.3, which S0 has acknowledged.
  crash(ensemble, 3);
  start(ensemble, 2);
  expect(ensemble.texts(2)).toEqual(["a", "b", "c"]);
  heal(ensemble);
  expect(faultsOf(ensemble, ["a", "b", "c"])).toEqual([]);
});

it("4882: memory is never ahead of the log: what a disk has not stored is neither applied nor acknowledged by that peer", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  // The disk of 1 fails: z is committed by the others.
  ensemble.peer(1).holdsDisk = true;
  write(ensemble, 3, "z");
  expect(ensemble.texts(2)).toEqual(["a", "z"]);
  expect(ensemble.texts(1)).toEqual(["a"]);
  // R5: a peer whose write fails stops as a unit, and comes back with what its disk has.
  crash(ensemble, 1);
  ensemble.peer(1).holdsDisk = false;
  start(ensemble, 1);
  write(ensemble, 3, "y");
  crash(ensemble, 1);
  start(ensemble, 1);
  expect(allTexts(ensemble)).toEqual(["a z y", "a z y", "a z y"]);
});

it("U2: the history of an epoch is synced before ACK of NEWLEADER also when there was something to truncate", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  writeAlone(ensemble, 3, "ghost");
  crash(ensemble, 3);
  ensemble.settle();
  write(ensemble, 2, "b");
  ensemble.peer(3).holdsDisk = true;
  ensemble.start(3);
  ensemble.connectAll();
  ensemble.settle();
  ensemble.release(3);
  ensemble.settle();
  expect(
    ensemble
      .peer(2)
      .zab.view()
      .learners.find((learner) => learner.peer === 3)?.phase,
  ).not.toBe("joined");
  expect(ensemble.peer(3).role?.isServing).toBe(false);
  heal(ensemble);
  expect(allTexts(ensemble)).toEqual(["a b", "a b", "a b"]);
});
