import { describe, expect, test } from "vitest";
import { entries, HARD_STATE, page, plain, positionOf, START, zxid } from "./support/log.ts";
import { createMedium, plainStore, storeOn } from "./support/memory-store.ts";

describe("a store in memory", () => {
  test("a store is blank until the first write, and holds what was written after it", async () => {
    const store = plainStore();
    expect(await store.open()).toEqual({ kind: "blank" });
    const log = entries(START, 1, 1, 5);
    await store.write({ hardState: HARD_STATE, notes: Buffer.from("acks"), append: log, committed: zxid(1, 3) });
    await store.close();
    const found = await store.open();
    expect(found).toMatchObject({
      kind: "open",
      hardState: HARD_STATE,
      base: START,
      last: positionOf(log[4]!),
      epochEnds: [positionOf(log[4]!)],
      committed: zxid(1, 3),
      checkpoint: null,
      faults: [],
      droppedTailCount: 0,
    });
    const read = await store.read({ after: START.zxid, upTo: zxid(9, 0) }, 1000);
    expect(read.kind === "entries" && plain(read.entries)).toEqual(plain(log));
    await store.close();
  });

  test("a truncation inside a record keeps its lower half", async () => {
    const store = plainStore();
    await store.open();
    const log = entries(START, 1, 1, 5);
    await store.write({ hardState: HARD_STATE, append: log });
    const other = entries(log[2]!, 2, 1, 2);
    await store.write({ truncateAfter: log[2]!.zxid, append: other });
    const read = await store.read({ after: zxid(1, 1), upTo: zxid(9, 0) }, 1000);
    expect(read.kind === "entries" && plain(read.entries)).toEqual(plain([log[1]!, log[2]!, ...other]));
    await store.close();
    expect(await store.open()).toMatchObject({ last: positionOf(other[1]!), faults: [] });
    await store.close();
  });

  test("checkpoint pages come back in their order, and stay for those who read them", async () => {
    const store = plainStore();
    await store.open();
    const log = entries(START, 1, 1, 5);
    await store.write({ hardState: HARD_STATE, append: log });
    await store.addPages([page("a"), page("b")]);
    await store.write({ checkpoint: { kind: "full", ...positionOf(log[1]!), digest: "d1", pageCount: 2 } });
    const reader = await store.openCheckpoint();
    await store.addPages([page("c")]);
    await store.write({ checkpoint: { kind: "delta", ...positionOf(log[2]!), digest: "d2", pageCount: 1 } });
    await store.addPages([page("x")]);
    await store.write({ checkpoint: { kind: "incoming", ...positionOf(log[4]!), digest: "d3", pageCount: 1 } });
    expect((await reader!.read(0, 1000)).map(String)).toEqual(["a", "b"]);
    await reader!.close();
    await store.close();
    expect(await store.open()).toMatchObject({
      base: positionOf(log[4]!),
      last: positionOf(log[4]!),
      committed: log[4]!.zxid,
      checkpoint: { digest: "d3", pageCount: 1, baseSizeBytes: 1, deltasSizeBytes: 0 },
    });
    await store.close();
  });

  test("with a second copy, a lost database is amnesia, and so is a lost second copy", async () => {
    const medium = createMedium();
    const store = storeOn(medium);
    await store.open();
    const log = entries(START, 1, 1, 5);
    await store.write({ hardState: HARD_STATE, append: log });
    await store.close();
    expect(medium.sidecar.content).toMatchObject({ kind: "standing", state: { watermark: positionOf(log[4]!) } });
    medium.place.database = null;
    expect(await store.open()).toMatchObject({ kind: "open", hardState: { isAmnesiac: true }, last: START });
    await store.write({ notes: new Uint8Array(0) });
    await store.close();
    expect(await store.open()).toMatchObject({ kind: "open", hardState: { isAmnesiac: true }, last: START });
    await store.write({ hardState: HARD_STATE });
    await store.close();
    expect(await store.open()).toMatchObject({ kind: "open", hardState: HARD_STATE });
    await store.close();
    medium.sidecar.content = { kind: "missing" };
    expect(await store.open()).toMatchObject({ kind: "open", hardState: { isAmnesiac: true } });
    await store.close();
  });
});
