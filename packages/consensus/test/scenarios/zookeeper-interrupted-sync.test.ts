import { expect, it } from "vitest";
import { allTexts, faultsOf, heal } from "../support/invariants.ts";
import { crash, serving, start, write, writeAlone } from "../support/scenario.ts";

/** Peer 1 was away and needs a checkpoint: d is beyond it. */
function laggard() {
  const ensemble = serving({ limits: { pagesInFlightMaxBytes: 64 } });
  write(ensemble, 3, "a");
  ensemble.crash(1);
  write(ensemble, 3, "b", "c");
  ensemble.checkpoint(2);
  ensemble.checkpoint(3);
  write(ensemble, 3, "d");
  return ensemble;
}

it("3642, 2355: a SNAP that is cut short at any frame leaves nothing behind; the next leader hears what the disk has", () => {
  for (let frames = 0; frames < 24; frames++) {
    const ensemble = laggard();
    ensemble.held.add("3>1");
    ensemble.start(1);
    ensemble.connectAll();
    for (let count = 0; count < frames; count++) {
      ensemble.pass(3, 1);
      ensemble.settle();
    }
    crash(ensemble, 3);
    ensemble.settle();
    ensemble.tick(5);
    crash(ensemble, 1);
    start(ensemble, 1);
    heal(ensemble);
    expect(allTexts(ensemble)).toEqual(["a b c d", "a b c d", "a b c d"]);
    expect(faultsOf(ensemble)).toEqual([]);
  }
});

it("5094: a TRUNC that is cut short at any frame leaves no hole in the log", () => {
  for (let frames = 0; frames < 12; frames++) {
    const ensemble = serving();
    write(ensemble, 3, "a");
    writeAlone(ensemble, 3, "ghost", "ghost");
    crash(ensemble, 3);
    ensemble.settle();
    write(ensemble, 2, "b", "c");
    ensemble.held.add("2>3");
    ensemble.start(3);
    ensemble.connectAll();
    ensemble.settle();
    for (let count = 0; count < frames; count++) {
      ensemble.pass(2, 3);
      ensemble.settle();
    }
    crash(ensemble, 2);
    ensemble.settle();
    ensemble.tick(5);
    write(ensemble, 1, "d");
    heal(ensemble);
    write(ensemble, 1, "e");
    const [first, ...others] = allTexts(ensemble);
    expect(others).toEqual([first, first]);
    expect(first).toMatch(/^a b c (?:d )?e$/);
    expect(faultsOf(ensemble)).toEqual([]);
  }
});

it("the leader dies after any frame of a DIFF, and with any number of batches on the learner's disk", () => {
  for (let frames = 0; frames < 10; frames++) {
    for (let batches = 0; batches < 3; batches++) {
      const ensemble = serving({ limits: { batchEntriesMax: 1 } });
      write(ensemble, 3, "a");
      ensemble.crash(1);
      write(ensemble, 3, "b", "c");
      ensemble.held.add("3>1");
      ensemble.peer(1).holdsDisk = true;
      ensemble.start(1);
      ensemble.connectAll();
      for (let count = 0; count < frames; count++) {
        ensemble.pass(3, 1);
        if (count < batches) ensemble.release(1);
        ensemble.settle();
      }
      crash(ensemble, 1, 3);
      ensemble.peer(1).holdsDisk = false;
      start(ensemble, 1);
      expect(faultsOf(ensemble, ["a", "b", "c"])).toEqual([]);
      heal(ensemble);
      expect(allTexts(ensemble)).toEqual(["a b c", "a b c", "a b c"]);
    }
  }
});

it("3104: a checkpoint stands for one zxid, and the stream goes on from exactly there", () => {
  const ensemble = laggard();
  ensemble.held.add("3>1");
  ensemble.start(1);
  ensemble.connectAll();
  for (let count = 0; count < 40; count++) {
    ensemble.pass(3, 1);
    if (count % 3 === 0) ensemble.request(3, `live ${count}`);
    ensemble.settle();
  }
  heal(ensemble);
  const [first, ...others] = allTexts(ensemble);
  expect(others).toEqual([first, first]);
  expect(first).toContain("a b c d live 0 live 3");
});

it("4837, 1549, 1558: a checkpoint never holds what may be truncated: only what is committed is applied", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  writeAlone(ensemble, 3, "ghost");
  ensemble.checkpoint(3);
  expect(ensemble.peer(3).disk.checkpoint?.zxid).toBe(ensemble.peer(2).zab.view().lastZxid);
  crash(ensemble, 3);
  ensemble.settle();
  write(ensemble, 2, "b");
  start(ensemble, 3);
  crash(ensemble, 3);
  start(ensemble, 3);
  expect(allTexts(ensemble)).toEqual(["a b", "a b", "a b"]);
});

it("962: a txn that is committed while a learner's history is being sent reaches it once, whenever it comes", () => {
  for (let frames = 0; frames < 12; frames++) {
    const ensemble = serving();
    ensemble.crash(1);
    write(ensemble, 3, "a", "b");
    ensemble.held.add("3>1");
    ensemble.start(1);
    ensemble.connectAll();
    for (let count = 0; count < frames; count++) {
      ensemble.pass(3, 1);
      ensemble.settle();
    }
    write(ensemble, 2, "c");
    heal(ensemble);
    expect(ensemble.texts(1)).toEqual(["a", "b", "c"]);
  }
});
