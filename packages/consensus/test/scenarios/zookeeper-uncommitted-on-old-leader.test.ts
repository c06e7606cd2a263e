import { expect, it } from "vitest";
import { allTexts, faultsOf, heal } from "../support/invariants.ts";
import { crash, serving, start, write, writeAlone } from "../support/scenario.ts";

it("2845: what an old leader logged alone is no part of it any more when it has joined again, nor after its restart", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  // 1 and 2. The others are gone; x is on the leader's disk alone.
  ensemble.cutOff(3, 1);
  ensemble.cutOff(3, 2);
  ensemble.request(3, "x");
  // 3. The others go on.
  ensemble.settle();
  ensemble.tick(3);
  write(ensemble, 1, "b");
  // 4. The old leader notices, and reports what its disk holds, x included.
  ensemble.tick(20);
  expect(ensemble.peer(3).disk.entries).toHaveLength(3);
  expect(ensemble.peer(3).role?.state).toBe("looking");
  // 5. It joins.
  heal(ensemble);
  // 6. Its restart applies nothing else.
  crash(ensemble, 3);
  start(ensemble, 3);
  expect(allTexts(ensemble)).toEqual(["a b", "a b", "a b"]);
  expect(faultsOf(ensemble, ["a", "b"])).toEqual([]);
});

it("1154: an entry of an old epoch that lies inside the range of the new leader's history is truncated", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  writeAlone(ensemble, 3, "ghost");
  crash(ensemble, 3);
  ensemble.settle();
  write(ensemble, 2, "b", "c", "d", "e");
  start(ensemble, 3);
  expect(allTexts(ensemble)).toEqual(["a b c d e", "a b c d e", "a b c d e"]);
  expect(ensemble.peer(3).disk.entries.map((entry) => entry.zxid)).toEqual(
    ensemble.peer(2).disk.entries.map((entry) => entry.zxid),
  );
});

it("U1: a TRUNC point is an entry of the learner's log, however many epochs are to go", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  // Peer 3 gets a checkpoint: its log begins there, and ends there.
  crash(ensemble, 3);
  ensemble.settle();
  write(ensemble, 2, "b", "c");
  ensemble.checkpoint(1);
  ensemble.checkpoint(2);
  write(ensemble, 2);
  start(ensemble, 3);
  expect(ensemble.peer(3).disk.entries).toEqual([]);
  // It leads the next epoch, logs an entry alone, and dies.
  crash(ensemble, 2);
  ensemble.settle();
  expect(ensemble.leader()?.id).toBe(3);
  writeAlone(ensemble, 3, "ghost");
  expect(ensemble.peer(3).disk.entries).toHaveLength(1);
  crash(ensemble, 3);
  // The others elect, write nothing, and it comes back.
  start(ensemble, 2);
  start(ensemble, 3);
  expect(ensemble.peer(3).disk.entries).toEqual([]);
  expect(allTexts(ensemble)).toEqual(["a b c", "a b c", "a b c"]);
  expect(faultsOf(ensemble, ["a", "b", "c"])).toEqual([]);
});

it("335, 1081, 1082, 790: a leader that dies before anybody accepted its epoch leaves no inflated zxid behind", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  crash(ensemble, 1, 2, 3);
  // It has chosen and stored a new epoch, and nobody hears of it.
  ensemble.held.add("2>1");
  ensemble.start(1);
  ensemble.start(2);
  ensemble.connectAll();
  ensemble.pass(2, 1, 3);
  ensemble.tick(2);
  ensemble.pass(2, 1, 3);
  ensemble.settle();
  expect(ensemble.peer(2).disk.hardState?.acceptedEpoch).toBe(2);
  expect(ensemble.peer(2).zab.view().lastZxid).toBe(ensemble.peer(1).zab.view().lastZxid);
  crash(ensemble, 2);
  start(ensemble, 3);
  write(ensemble, 1, "b");
  start(ensemble, 2);
  expect(allTexts(ensemble)).toEqual(["a b", "a b", "a b"]);
  expect(faultsOf(ensemble, ["a", "b"])).toEqual([]);
});
