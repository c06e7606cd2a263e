import { describe, expect, test } from "vitest";
import type { Epoch, HardState, LogEntry, LogPosition, LogStorage, RecoveredLog } from "@coterie/interface";
import { KEYS, parseLogKey } from "../src/format/keys.ts";
import { encodeStoreFormat } from "../src/format/store-format.ts";
import { contentsOf, damageEntry, lastRecord, recordOf, tearTail } from "./support/damages.ts";
import { entries, HARD_STATE, page, plain, positionOf, START, zxid } from "./support/log.ts";
import { createMedium, type Medium, storeOn } from "./support/memory-store.ts";

type Found = RecoveredLog & { readonly kind: "open" };

async function opened(medium: Medium): Promise<{ readonly store: LogStorage; readonly found: Found }> {
  const store = storeOn(medium);
  const found = await store.open();
  if (found.kind === "blank") throw new Error("the store is blank");
  return { store, found };
}

async function look(medium: Medium): Promise<Found> {
  const { store, found } = await opened(medium);
  await store.close();
  return found;
}

interface Filled {
  readonly medium: Medium;
  readonly log: readonly LogEntry[];
}

/** Ten entries in five records. The watermark stands at the end. */
async function filled(): Promise<Filled> {
  const medium = createMedium();
  const store = storeOn(medium);
  await store.open();
  const log = entries(START, 1, 1, 10);
  await store.write({ hardState: HARD_STATE });
  for (let from = 0; from < 10; from += 2) {
    await store.write({ append: log.slice(from, from + 2), committed: log[from]!.zxid });
  }
  await store.close();
  return { medium, log };
}

function isAmnesiac({ hardState }: Found): boolean {
  return hardState.isAmnesiac;
}

describe("a log that was damaged", () => {
  test("a missing record is a fault, wherever it stood", async () => {
    const { medium, log } = await filled();
    await medium.place.database!.open();
    await medium.place.database!.del((await recordOf(medium, log[4]!.zxid))[0]);
    const found = await look(medium);
    expect(found.faults).toEqual([{ after: positionOf(log[3]!), upTo: positionOf(log[5]!) }]);
    expect(found).toMatchObject({ last: positionOf(log[9]!), hardState: HARD_STATE, committed: log[8]!.zxid });
  });

  test("damage at the beginning, in two places and at the end is three faults", async () => {
    const { medium, log } = await filled();
    for (const index of [0, 4, 8]) await damageEntry(medium, log[index]!.zxid);
    expect((await look(medium)).faults).toEqual(
      [0, 4, 8].map((index) => ({ after: positionOf(log[index - 1] ?? START), upTo: positionOf(log[index + 1]!) })),
    );
  });

  test("what a truncation has cut off does not come back beside a hole where the truncation was", async () => {
    const medium = createMedium();
    const store = storeOn(medium);
    await store.open();
    const first = entries(START, 1, 1, 6);
    const second = entries(first[1]!, 2, 1, 4);
    await store.write({ hardState: HARD_STATE, append: first.slice(0, 2), committed: first[1]!.zxid });
    await store.write({ append: first.slice(2, 4) });
    await store.write({ append: first.slice(4) });
    const cutOff = await Promise.all([first[2]!, first[4]!].map(({ zxid: at }) => recordOf(medium, at)));
    await store.write({ hardState: { ...HARD_STATE, acceptedEpoch: 2 as Epoch, currentEpoch: 2 as Epoch } });
    await store.write({ truncateAfter: first[1]!.zxid, append: second.slice(0, 2) });
    await store.write({ append: second.slice(2), committed: second[1]!.zxid });
    await store.close();
    await medium.place.database!.open();
    await medium.place.database!.del((await recordOf(medium, second[0]!.zxid))[0]);
    for (const [key, value] of cutOff) await medium.place.database!.put(key, value);

    const { store: again, found } = await opened(medium);
    const fault = { after: positionOf(first[1]!), upTo: positionOf(second[1]!) };
    expect(found).toMatchObject({ faults: [fault], last: positionOf(second[3]!), committed: second[1]!.zxid });
    expect(found.epochEnds).toEqual([first[1]!, second[3]!].map(positionOf));
    const all = { after: START.zxid, upTo: second[3]!.zxid };
    expect(await again.read(all, 1e6)).toEqual({ kind: "entries", entries: first.slice(0, 2) });
    expect(await again.read({ ...all, after: first[1]!.zxid }, 1e6)).toEqual({ kind: "faulty", fault });
    await again.write({ repair: second.slice(0, 2) });
    const whole = { kind: "entries", entries: [...first.slice(0, 2), ...second] };
    expect(await again.read(all, 1e6)).toEqual(whole);
    await again.close();
    const { store: last, found: healed } = await opened(medium);
    expect([healed.faults, await last.read(all, 1e6)]).toEqual([[], whole]);
    await last.close();
  });

  test("a hole where an epoch begins takes along what was not known as committed before it, and all of it can be repaired", async () => {
    const medium = createMedium();
    const store = storeOn(medium);
    await store.open();
    const first = entries(START, 1, 1, 6);
    const second = entries(first[5]!, 2, 1, 4);
    await store.write({ hardState: HARD_STATE, append: first.slice(0, 2) });
    await store.write({ append: first.slice(2, 4), committed: first[1]!.zxid });
    await store.write({ append: first.slice(4), committed: first[2]!.zxid });
    await store.write({ hardState: { ...HARD_STATE, acceptedEpoch: 2 as Epoch, currentEpoch: 2 as Epoch } });
    await store.write({ append: second.slice(0, 2) });
    await store.write({ append: second.slice(2), committed: second[1]!.zxid });
    await store.close();
    await damageEntry(medium, second[0]!.zxid);
    const fault = { after: positionOf(first[1]!), upTo: positionOf(second[1]!) };
    expect((await look(medium)).faults).toEqual([fault]);
    const { store: again } = await opened(medium);
    await again.write({ notes: Uint8Array.of(1) });
    await again.close();
    const { store: later, found } = await opened(medium);
    expect(found).toMatchObject({ faults: [fault], last: positionOf(second[3]!) });
    await later.write({ repair: first.slice(2, 4) });
    await later.close();
    // What is known as committed by now says nothing of what stands behind a part that was repaired.
    const { store: last, found: left } = await opened(medium);
    expect(left.faults).toEqual([{ after: positionOf(first[3]!), upTo: fault.upTo }]);
    await last.write({ repair: [...first.slice(4), ...second.slice(0, 2)] });
    const all = await last.read({ after: START.zxid, upTo: second[3]!.zxid }, 1e6);
    expect(all).toEqual({ kind: "entries", entries: [...first, ...second] });
    await last.close();
    expect((await look(medium)).faults).toEqual([]);
  });

  test("an epoch that ends inside a fault stands with its last sound entry", async () => {
    const medium = createMedium();
    const store = storeOn(medium);
    await store.open();
    const first = entries(START, 1, 1, 4);
    const second = entries(first[3]!, 2, 1, 2);
    const third = entries(second[1]!, 3, 1, 2);
    await store.write({ hardState: HARD_STATE, append: first.slice(0, 2) });
    await store.write({ append: [...first.slice(2), ...second] });
    await store.write({ append: third });
    await store.close();
    await damageEntry(medium, first[2]!.zxid);
    const ends = [first[1]!, second[1]!, third[1]!].map(positionOf);
    expect((await look(medium)).epochEnds).toEqual(ends);
  });

  test("a torn tail above the watermark is dropped and counted, and goes with the next write", async () => {
    const { medium, log } = await filled();
    await tearTail(medium);
    const { store, found } = await opened(medium);
    expect(found).toMatchObject({ droppedTailCount: 1, faults: [], last: positionOf(log[9]!), hardState: HARD_STATE });
    // The entry that was torn comes again, under the same key or another one.
    await store.write({ append: entries(log[9]!, 1, 11, 11) });
    await store.close();
    expect(await look(medium)).toMatchObject({ droppedTailCount: 0, faults: [], last: { zxid: zxid(1, 11) } });
  });

  test("the same damage at or below the watermark, or below what is committed, is a fault (R4)", async () => {
    const { medium, log } = await filled();
    await damageEntry(medium, log[9]!.zxid);
    const fault = { after: positionOf(log[7]!), upTo: positionOf(log[9]!) };
    expect(await look(medium)).toMatchObject({ droppedTailCount: 0, faults: [fault], last: positionOf(log[9]!) });
  });

  test("an end that is gone is amnesia, until a write clears it (ST-06)", async () => {
    const { medium, log } = await filled();
    await medium.place.database!.open();
    await medium.place.database!.del((await lastRecord(medium.place))[0]);
    expect(await look(medium)).toMatchObject({ last: positionOf(log[7]!), hardState: { isAmnesiac: true } });
    const { store } = await opened(medium);
    // A write that does not know of it, and that makes the log longer than it ever was, does not hide it.
    await store.write({ append: entries(log[7]!, 2, 1, 9) });
    await store.close();
    expect(isAmnesiac(await look(medium))).toBe(true);
    const again = await opened(medium);
    await again.store.write({ hardState: HARD_STATE });
    await again.store.close();
    expect(isAmnesiac(await look(medium))).toBe(false);
  });

  test("a log that has something else where the watermark stands is amnesia", async () => {
    const { medium, log } = await filled();
    const { content } = medium.sidecar;
    if (content.kind !== "standing") throw new Error("it stands");
    const watermark = { ...log[5]!, chainHash: (log[5]!.chainHash + 1) as LogPosition["chainHash"] };
    medium.sidecar.content = { kind: "standing", state: { ...content.state, watermark: positionOf(watermark) } };
    expect(isAmnesiac(await look(medium))).toBe(true);
    medium.sidecar.content = { kind: "standing", state: { ...content.state, watermark: positionOf(log[4]!) } };
    expect(isAmnesiac(await look(medium))).toBe(false);
  });

  test("damage that a reading meets first is named by it, and by the next one", async () => {
    const { medium, log } = await filled();
    const { store, found } = await opened(medium);
    expect(found.faults).toEqual([]);
    await damageEntry(medium, log[4]!.zxid);
    const before = await store.read({ after: START.zxid, upTo: zxid(9, 0) }, 1e6);
    expect(before.kind === "entries" && plain(before.entries)).toEqual(plain(log.slice(0, 4)));
    const fault = { after: positionOf(log[3]!), upTo: positionOf(log[5]!) };
    for (const after of [log[3]!, log[4]!]) {
      expect(await store.read({ after: after.zxid, upTo: zxid(9, 0) }, 1e6)).toEqual({ kind: "faulty", fault });
    }
    const behind = await store.read({ after: log[5]!.zxid, upTo: zxid(9, 0) }, 1e6);
    expect(behind.kind === "entries" && plain(behind.entries)).toEqual(plain(log.slice(6)));
    await store.write({ repair: log.slice(4, 6) });
    const all = await store.read({ after: START.zxid, upTo: zxid(9, 0) }, 1e6);
    expect(all.kind === "entries" && plain(all.entries)).toEqual(plain(log));
    await store.close();
  });
});

describe("damage that a reading finds while others do not know of it yet", () => {
  test("a repair that begins behind it is left out; one that begins with it puts all back", async () => {
    const { medium, log } = await filled();
    await damageEntry(medium, log[6]!.zxid);
    const { store, found } = await opened(medium);
    expect(found.faults).toEqual([{ after: positionOf(log[5]!), upTo: positionOf(log[7]!) }]);
    await damageEntry(medium, log[4]!.zxid);
    const wider = { kind: "faulty", fault: { after: positionOf(log[3]!), upTo: positionOf(log[7]!) } };
    const range = { after: log[3]!.zxid, upTo: zxid(9, 0) };
    expect(await store.read(range, 1e6)).toEqual(wider);
    await store.write({ repair: log.slice(6, 8) });
    expect(await store.read(range, 1e6)).toEqual(wider);
    await store.write({ repair: log.slice(4, 8) });
    const all = await store.read({ after: START.zxid, upTo: zxid(9, 0) }, 1e6);
    expect(all.kind === "entries" && plain(all.entries)).toEqual(plain(log));
    await store.close();
  });

  test("inside it a log is not cut off: opened anew it says what it has", async () => {
    const { medium, log } = await filled();
    await damageEntry(medium, log[8]!.zxid);
    const { store } = await opened(medium);
    const change = { truncateAfter: log[8]!.zxid };
    await expect(store.write(change)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    await store.close();
    expect(await look(medium)).toMatchObject({
      faults: [{ after: positionOf(log[7]!), upTo: positionOf(log[9]!) }],
      last: positionOf(log[9]!),
    });
  });
});

describe("batches that a database has lost from the middle", () => {
  /** What stands under the keys that a call changes or deletes, as it was before. */
  async function undoing(medium: Medium, work: () => Promise<void>): Promise<() => Promise<void>> {
    const before = await contentsOf(medium.place.database!);
    await work();
    const after = await contentsOf(medium.place.database!);
    const changed = before.filter(
      ([key, value]) =>
        !after.some(([other, now]) => Buffer.compare(key, other) === 0 && Buffer.compare(value, now) === 0),
    );
    const added = after.filter(([key]) => !before.some(([other]) => Buffer.compare(key, other) === 0));
    return async () => {
      await medium.place.database!.open();
      for (const [key, value] of changed) await medium.place.database!.put(key, value);
      for (const [key] of added) await medium.place.database!.del(key);
    };
  }

  test("entries that a lost truncation had removed count for nothing, and are gone after the next write", async () => {
    const { medium, log } = await filled();
    const { store } = await opened(medium);
    const undo = await undoing(medium, async () => store.write({ truncateAfter: log[8]!.zxid }));
    const other = entries(log[8]!, 2, 1, 3);
    await store.write({ append: other });
    await store.write({ hardState: HARD_STATE });
    await store.close();
    await undo();
    // The state record of the last write stands; what came back is older.
    const records = await contentsOf(medium.place.database!);
    expect(records.filter(([key]) => parseLogKey(key) !== null)).toHaveLength(6);
    const { store: again, found } = await opened(medium);
    expect(found).toMatchObject({ last: positionOf(other[2]!) });
    const read = await again.read({ after: log[5]!.zxid, upTo: zxid(9, 0) }, 1e6);
    expect(read.kind).toBe("entries");
    for (const entry of read.kind === "entries" ? read.entries : []) {
      expect([...log.slice(0, 9), ...other].map(({ chainHash }) => chainHash)).toContain(entry.chainHash);
    }
    await again.close();
  });

  test("a state record that is older than what the log knows is amnesia", async () => {
    const { medium, log } = await filled();
    const { store } = await opened(medium);
    const acceptedEpoch = 2 as Epoch;
    const undo = await undoing(medium, async () => store.write({ hardState: { ...HARD_STATE, acceptedEpoch } }));
    await store.write({ append: entries(log[9]!, 2, 1, 1) });
    await store.close();
    await undo();
    expect((await look(medium)).hardState).toEqual({ ...HARD_STATE, acceptedEpoch, isAmnesiac: true });
    medium.sidecar.content = { kind: "missing" };
    expect((await look(medium)).hardState).toEqual({ ...HARD_STATE, isAmnesiac: true });
  });

  test("a marker that is gone leaves a fault from the start of history, never a log with no beginning", async () => {
    const { medium, log } = await filled();
    const { store } = await opened(medium);
    await store.addPages([page("all")]);
    const undo = await undoing(medium, async () =>
      store.write({ checkpoint: { kind: "full", ...positionOf(log[7]!), digest: "d", pageCount: 1 } }),
    );
    expect(await store.purge(log[5]!.zxid)).toEqual(positionOf(log[5]!));
    await store.write({ append: entries(log[9]!, 2, 1, 1) });
    await store.close();
    await undo();
    const found = await look(medium);
    expect(found).toMatchObject({ base: START, checkpoint: null, hardState: { isAmnesiac: true } });
    expect(found.faults).toEqual([{ after: START, upTo: positionOf(log[5]!) }]);
  });

  test("a lost base is found again at the checkpoint, or named as a fault", async () => {
    const { medium, log } = await filled();
    const { store } = await opened(medium);
    await store.addPages([page("all")]);
    await store.write({ checkpoint: { kind: "full", ...positionOf(log[6]!), digest: "d", pageCount: 1 } });
    await store.purge(log[3]!.zxid);
    await store.close();
    await medium.place.database!.open();
    await medium.place.database!.del(KEYS.base);
    const { store: again, found } = await opened(medium);
    expect(found).toMatchObject({ base: positionOf(log[6]!), last: positionOf(log[9]!), faults: [] });
    const read = await again.read({ after: log[6]!.zxid, upTo: zxid(9, 0) }, 1e6);
    expect(read.kind === "entries" && plain(read.entries)).toEqual(plain(log.slice(7)));
    await again.close();
  });
});

describe("identity and promises, which stand twice (R3)", () => {
  const promised: HardState = { ...HARD_STATE, acceptedEpoch: 5 as Epoch };

  test("a second copy that is older is a write that was never reported", async () => {
    const { medium } = await filled();
    const { content } = medium.sidecar;
    const { store } = await opened(medium);
    await store.write({ hardState: promised });
    await store.close();
    medium.sidecar.content = content;
    expect((await look(medium)).hardState).toEqual(promised);
  });

  test("a database that is older has forgotten a promise", async () => {
    const { medium } = await filled();
    const { content } = medium.sidecar;
    if (content.kind !== "standing") throw new Error("it stands");
    medium.sidecar.content = { kind: "standing", state: { ...content.state, hardState: promised } };
    expect((await look(medium)).hardState).toEqual({ ...promised, isAmnesiac: true });
  });

  test("a damaged state record leaves what the second copy knows", async () => {
    const { medium, log } = await filled();
    await medium.place.database!.open();
    await medium.place.database!.put(KEYS.state, Buffer.from("rot"));
    const { store, found } = await opened(medium);
    expect(found).toMatchObject({
      hardState: { ...HARD_STATE, isAmnesiac: true },
      last: positionOf(log[9]!),
      faults: [],
    });
    await store.write({ hardState: HARD_STATE });
    await store.close();
    expect(await look(medium)).toMatchObject({ hardState: HARD_STATE, last: positionOf(log[9]!) });
  });

  test("both gone is refused: it cannot even be said whose the store is", async () => {
    const { medium } = await filled();
    await medium.place.database!.open();
    await medium.place.database!.del(KEYS.state);
    medium.sidecar.content = { kind: "missing" };
    const before = await contentsOf(medium.place.database!);
    await expect(storeOn(medium).open()).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    expect(await contentsOf(medium.place.database!)).toEqual(before);
  });

  test("an empty database beside no second copy is refused, beside a sound one amnesia", async () => {
    const { medium } = await filled();
    await medium.place.database!.open();
    await medium.place.database!.clear();
    expect(await look(medium)).toMatchObject({ hardState: { ...HARD_STATE, isAmnesiac: true }, last: START });
    medium.sidecar.content = { kind: "missing" };
    await expect(storeOn(medium).open()).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  });

  test("two that name different owners are refused, untouched (ST-24)", async () => {
    const { medium } = await filled();
    const { content } = medium.sidecar;
    if (content.kind !== "standing") throw new Error("it stands");
    const hardState = { ...HARD_STATE, clusterId: "elsewhere" };
    medium.sidecar.content = { kind: "standing", state: { ...content.state, hardState } };
    const before = await contentsOf(medium.place.database!);
    await expect(storeOn(medium).open()).rejects.toMatchObject({ code: "STORE_FOREIGN" });
    expect(await contentsOf(medium.place.database!)).toEqual(before);
  });

  test("a database of which nothing but its log is left belongs to whom its sidecar says", async () => {
    const { medium, log } = await filled();
    await medium.place.database!.open();
    for (const key of [KEYS.format, KEYS.state, KEYS.base]) await medium.place.database!.del(key);
    const found = await look(medium);
    expect(found).toMatchObject({
      hardState: { ...HARD_STATE, isAmnesiac: true },
      last: positionOf(log[9]!),
      faults: [],
    });
  });

  test("unknown formats and other programs' databases are refused, untouched (R6)", async () => {
    const { medium } = await filled();
    await medium.place.database!.open();
    await medium.place.database!.put(KEYS.format, encodeStoreFormat(2).value);
    const before = await contentsOf(medium.place.database!);
    await expect(storeOn(medium).open()).rejects.toMatchObject({ code: "STORE_FORMAT_UNKNOWN" });
    expect(await contentsOf(medium.place.database!)).toEqual(before);
    medium.sidecar.content = { kind: "unknown", format: 3 };
    await expect(storeOn(medium).open()).rejects.toMatchObject({ code: "STORE_FORMAT_UNKNOWN" });
    const other = createMedium();
    const level = await other.place.open({ create: true });
    await level.put(Buffer.from("somebody's"), Buffer.from("data"));
    await level.close();
    await expect(storeOn(other).open()).rejects.toMatchObject({ code: "STORE_FORMAT_UNKNOWN" });
    expect(await contentsOf(level)).toHaveLength(1);
  });
});

describe("a store that is being created", () => {
  test("is blank until its first batch is there, and whole from then on", async () => {
    const medium = createMedium();
    const seen: string[] = [];
    medium.sidecar.onWrite = () => seen.push(medium.place.database === null ? "before" : "after");
    const store = storeOn(medium);
    await store.open();
    await store.write({ hardState: HARD_STATE });
    // The first one says "creating"; the others replace it in both slots.
    expect(seen).toEqual(["before", "after", "after"]);
    expect(medium.sidecar.written.map(({ kind }) => kind)).toEqual(["creating", "standing", "standing"]);
    await store.close();
    medium.sidecar.content = { kind: "creating" };
    expect((await look(medium)).hardState).toEqual(HARD_STATE);
    await medium.place.database!.open();
    await medium.place.database!.clear();
    const blank = storeOn(medium);
    expect(await blank.open()).toEqual({ kind: "blank" });
    await blank.write({ hardState: HARD_STATE });
    await blank.close();
    expect((await look(medium)).hardState).toEqual(HARD_STATE);
  });

  test("takes the pages of an incoming checkpoint before it stands", async () => {
    const medium = createMedium();
    const store = storeOn(medium);
    await store.open();
    await store.addPages([page("a"), page("b")]);
    expect(medium.place.database).toBeNull();
    const mark = { zxid: zxid(4, 9), chainHash: 77 as LogPosition["chainHash"] };
    await store.write({ hardState: HARD_STATE, checkpoint: { kind: "incoming", ...mark, digest: "d", pageCount: 2 } });
    await store.close();
    const { store: again, found } = await opened(medium);
    expect(found).toMatchObject({ base: mark, last: mark, committed: mark.zxid, checkpoint: { pageCount: 2 } });
    const reader = await again.openCheckpoint();
    expect((await reader!.read(0, 100)).map(String)).toEqual(["a", "b"]);
    await again.close();
  });
});
