import { describe, expect, it } from "vitest";
import { Ensemble } from "./support/ensemble.ts";

describe("an ensemble", () => {
  it.each([1, 2, 3, 5])("of %i blank voters founds a cluster, elects the highest id and serves", (size) => {
    const voters = Array.from({ length: size }, (_, index) => index + 1);
    const ensemble = new Ensemble({ voters }).begin();
    expect(ensemble.leader()?.id).toBe(size);
    for (const id of voters) expect(ensemble.peer(id).role?.isServing).toBe(true);
    for (const id of voters) ensemble.request(id, `from ${id}`);
    ensemble.settle();
    const texts = ensemble.texts(1);
    expect(texts).toHaveLength(size);
    for (const id of voters) expect(ensemble.texts(id)).toEqual(texts);
  });

  it("elects another leader when one crashes, and takes the old one back", () => {
    const ensemble = new Ensemble().begin();
    ensemble.request(1, "a");
    ensemble.settle();
    ensemble.crash(3);
    ensemble.settle();
    expect(ensemble.leader()?.id).toBe(2);
    ensemble.request(1, "b");
    ensemble.settle();
    ensemble.start(3);
    ensemble.connectAll();
    ensemble.settle();
    expect(ensemble.leader()?.id).toBe(2);
    expect(ensemble.texts(3)).toEqual(["a", "b"]);
  });

  it("feeds an observer, and does not count it", () => {
    const ensemble = new Ensemble({ observers: [9] }).begin();
    expect(ensemble.peer(9).role).toMatchObject({ state: "observing", isServing: true });
    ensemble.request(9, "a");
    ensemble.settle();
    expect(ensemble.texts(9)).toEqual(["a"]);
    ensemble.crash(1);
    ensemble.crash(2);
    ensemble.tick(30);
    expect(ensemble.leader()).toBeNull();
  });

  it("brings a learner up with a checkpoint when the log does not go back far enough", () => {
    const ensemble = new Ensemble().begin();
    ensemble.crash(1);
    for (const text of ["a", "b", "c"]) ensemble.request(2, text);
    ensemble.settle();
    ensemble.checkpoint(3);
    ensemble.settle();
    ensemble.request(2, "d");
    ensemble.settle();
    ensemble.start(1);
    ensemble.tick(1);
    expect(ensemble.texts(1)).toEqual(["a", "b", "c", "d"]);
  });

  it("readmits a voter that was wiped", () => {
    const ensemble = new Ensemble().begin();
    ensemble.request(2, "a");
    ensemble.settle();
    ensemble.crash(1);
    Object.assign(ensemble.peer(1).disk, { hardState: null, entries: [], committed: 0 });
    ensemble.start(1);
    ensemble.tick(1);
    expect(ensemble.texts(1)).toEqual(["a"]);
    expect(ensemble.peer(1).disk.hardState?.isAmnesiac).toBe(false);
    ensemble.crash(2);
    ensemble.request(1, "b");
    ensemble.settle();
    expect(ensemble.texts(3)).toEqual(["a", "b"]);
  });

  it("hands leadership over", () => {
    const ensemble = new Ensemble().begin();
    ensemble.step(ensemble.peer(3), { kind: "hand-over", target: ensemble.peer(1).id });
    ensemble.settle();
    expect(ensemble.leader()?.id).toBe(1);
  });
});
