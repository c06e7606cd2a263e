import { expect, it } from "vitest";
import { allTexts, faultsOf, heal } from "../support/invariants.ts";
import { crash, serving, start, write } from "../support/scenario.ts";

it("4925: what came by synchronisation is part of what a later leader gives to others", () => {
  const ensemble = serving({ voters: [1, 2, 3, 4, 5] });
  write(ensemble, 5, "a");
  ensemble.crash(2);
  write(ensemble, 5, ...Array.from({ length: 10 }, (_, index) => `foo${index}`));
  ensemble.crash(1);
  write(ensemble, 5, ...Array.from({ length: 10 }, (_, index) => `bar${index}`));
  start(ensemble, 1);
  ensemble.step(ensemble.peer(5), { kind: "hand-over", target: ensemble.peer(1).id });
  ensemble.settle();
  expect(ensemble.leader()?.id).toBe(1);
  write(ensemble, 1, "new");
  start(ensemble, 2);
  expect(ensemble.texts(2)).toEqual(ensemble.texts(1));
  expect(ensemble.texts(2)).toHaveLength(22);
});

it("2418, 2846, 2099: a leader whose log begins with a checkpoint gives a checkpoint to whoever needs what is before it", () => {
  const ensemble = serving({ voters: [1, 2, 3, 4, 5] });
  write(ensemble, 5, "a");
  ensemble.crash(1);
  ensemble.crash(2);
  write(ensemble, 5, "b", "c");
  for (const id of [3, 4, 5]) ensemble.checkpoint(id);
  write(ensemble, 5, "d");
  start(ensemble, 1);
  expect(ensemble.peer(1).disk.entries).toHaveLength(1);
  ensemble.step(ensemble.peer(5), { kind: "hand-over", target: ensemble.peer(1).id });
  ensemble.settle();
  expect(ensemble.leader()?.id).toBe(1);
  write(ensemble, 1, "e");
  start(ensemble, 2);
  expect(ensemble.texts(2)).toEqual(["a", "b", "c", "d", "e"]);
  expect(ensemble.peer(2).disk.base).toEqual(ensemble.peer(1).disk.base);
});

it("4352: a fresh peer gets everything from the first entry on, or a checkpoint", () => {
  for (const hasCheckpoint of [false, true]) {
    const ensemble = serving({ limits: { historyWindowMax: 1 } });
    write(ensemble, 3, "a", "b", "c");
    if (hasCheckpoint) ensemble.checkpoint(3);
    crash(ensemble, 1);
    ensemble.peer(1).disk.wipe();
    start(ensemble, 1);
    expect(ensemble.texts(1)).toEqual(["a", "b", "c"]);
  }
});

it("261: two of three wiped peers are no quorum; nothing is served until a sound quorum is there", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  crash(ensemble, 1, 2, 3);
  ensemble.peer(1).disk.wipe();
  ensemble.peer(2).disk.wipe();
  start(ensemble, 1, 2, 3);
  ensemble.tick(200);
  expect(ensemble.leader()).toBeNull();
  expect(ensemble.peer(3).role?.isServing).toBe(false);
  expect(ensemble.texts(3)).toEqual([]);
});

it("1319, 1551: an observer and a wiped peer that join while writes go on miss none of them", () => {
  const ensemble = serving({ observers: [9] });
  crash(ensemble, 1, 9);
  ensemble.peer(1).disk.wipe();
  ensemble.start(1);
  ensemble.start(9);
  ensemble.connectAll();
  const expected: string[] = [];
  for (let count = 0; count < 30; count++) {
    expected.push(`w${count}`);
    ensemble.request(3, `w${count}`);
    const [frame] = ensemble.frames;
    if (frame !== undefined) ensemble.pass(frame.from, frame.to);
  }
  ensemble.settle();
  ensemble.tick(3);
  for (const id of [1, 2, 3, 9]) expect(ensemble.texts(id)).toEqual(expected);
});

it("3701, 1156, 1489: a truncation is stored before anything that follows it, or the peer stops; it never goes on without", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  ensemble.held.add("3>1");
  ensemble.held.add("3>2");
  ensemble.request(3, "ghost");
  crash(ensemble, 3);
  ensemble.settle();
  write(ensemble, 2, "b");
  ensemble.peer(3).holdsDisk = true;
  start(ensemble, 3);
  ensemble.release(3);
  ensemble.settle();
  expect(ensemble.peer(3).pendingStore?.truncateAfter).toBe(ensemble.peer(3).disk.entries[1]?.zxid);
  // The write fails: nothing was said that depends on it. The peer stops and comes back.
  crash(ensemble, 3);
  ensemble.peer(3).holdsDisk = false;
  heal(ensemble);
  expect(allTexts(ensemble)).toEqual(["a b", "a b", "a b"]);
  expect(faultsOf(ensemble, ["a", "b"])).toEqual([]);
});

it("4502, 4712: what a peer still had to write when it lost its leader is on disk before it votes, and is acknowledged to nobody", () => {
  const ensemble = serving();
  write(ensemble, 3, "a");
  ensemble.peer(1).holdsDisk = true;
  ensemble.request(3, "x");
  runToDisk(ensemble);
  ensemble.crash(3);
  ensemble.settle();
  expect(ensemble.peer(1).zab.view().phase).toBe("draining");
  const frames = ensemble.frames.length;
  ensemble.peer(1).holdsDisk = false;
  ensemble.release(1);
  const said = ensemble.frames.slice(frames).filter((frame) => frame.from === 1);
  expect(said.map((frame) => frame.message.kind)).toEqual(["notification"]);
  heal(ensemble);
  expect(faultsOf(ensemble, ["a"])).toEqual([]);
});

/** Until peer 1 has something to write. */
function runToDisk(ensemble: ReturnType<typeof serving>): void {
  ensemble.endTurns();
  while (ensemble.peer(1).pendingStore === null && ensemble.pass(3, 1) > 0);
}
