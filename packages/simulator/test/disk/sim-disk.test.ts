import {
  type ChainHash,
  createSeededRandom,
  createZxid,
  type Epoch,
  type HardState,
  type LogBatch,
  type LogEntry,
  type PeerId,
  type RecoveredLog,
} from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { Database } from "../../src/disk/database.ts";
import { type DiskUser, readPages, SimDisk } from "../../src/disk/sim-disk.ts";
import { damagePages } from "../../src/disk/stored-pages.ts";
import { Dice } from "../../src/world/dice.ts";
import { EventQueue } from "../../src/world/event-queue.ts";

const SELF = 1 as PeerId;

function entries(first: number, count: number): LogEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const zxid = createZxid(0, first + index);
    return { zxid, chainHash: (zxid * 7) as ChainHash, tag: 0, bytes: new Uint8Array(3) };
  });
}

function hardState(more: Partial<HardState> = {}): HardState {
  return {
    clusterId: "c",
    peerId: SELF,
    incarnation: 5,
    acceptedEpoch: 1 as Epoch,
    currentEpoch: 1 as Epoch,
    isAmnesiac: false,
    ...more,
  };
}

class User implements DiskUser {
  readonly stored_: LogBatch[] = [];
  readonly failed: string[] = [];
  stored(batch: LogBatch): void {
    this.stored_.push(batch);
  }
  diskFailed(code: string): void {
    this.failed.push(code);
  }
  synced(): void {}
  logRead(): void {}
  pagesAdded(): void {}
  checkpointOpened(): void {}
  pagesRead(): void {}
  purged(): void {}
}

function createDisk(seed = 1) {
  const host = { nowUs: 0, queue: new EventQueue() };
  const options = { syncMinUs: 100, syncMaxUs: 100, readMaxUs: 10, watermarkMaxUs: 50 };
  const disk = new SimDisk(SELF, host, options, new Dice(createSeededRandom(seed)));
  const run = (untilUs = Infinity): void => {
    for (let event = host.queue.pop(); event !== undefined; event = host.queue.pop()) {
      if (event.atUs > untilUs) return;
      host.nowUs = event.atUs;
      event.target.handle(event);
    }
  };
  const user = new User();
  disk.open(user);
  return { disk, run, user, host };
}

function opened(found: RecoveredLog): Extract<RecoveredLog, { kind: "open" }> {
  if (found.kind !== "open") throw new Error(`the disk is ${found.kind}`);
  return found;
}

function written() {
  const made = createDisk();
  made.disk.write({ hardState: hardState(), append: entries(1, 10), committed: createZxid(0, 4) });
  made.run();
  made.disk.crash();
  return made;
}

describe("the simulated disk", () => {
  it("is blank before the first write and holds it afterwards", () => {
    const { disk, run, user } = createDisk();
    expect(disk.inspect().kind).toBe("blank");
    disk.write({ hardState: hardState(), append: entries(1, 3) });
    expect(disk.image().entries).toEqual([]);
    run();
    expect(user.stored_).toHaveLength(1);
    const found = opened(disk.inspect());
    expect(found.last.zxid).toBe(createZxid(0, 3));
    expect(found.hardState).toEqual(hardState());
  });

  it("has all of an unsynced batch after a crash, or nothing", () => {
    const lengths = new Set<number>();
    for (let seed = 1; seed <= 20; seed++) {
      const { disk, run } = createDisk(seed);
      disk.write({ hardState: hardState(), append: entries(1, 2) });
      run();
      disk.write({ append: entries(3, 4) });
      const outcome = disk.crash();
      const { last, droppedTailCount } = opened(disk.inspect());
      expect(last.zxid).toBe(createZxid(0, outcome === "kept" ? 6 : 2));
      expect(droppedTailCount).toBe(outcome === "torn" ? 1 : 0);
      lengths.add(disk.image().entries.length);
    }
    expect(lengths).toEqual(new Set([2, 6]));
  });

  it("reports nothing of a write that was under way at a crash", () => {
    const { disk, run, user } = createDisk();
    disk.write({ hardState: hardState() });
    disk.crash();
    run();
    expect(user.stored_).toEqual([]);
  });

  it("notices a tail that was lost below the watermark, until a write says otherwise", () => {
    const { disk } = written();
    disk.database.entries.length = 6;
    disk.database.changed();
    expect(opened(disk.inspect()).hardState.isAmnesiac).toBe(true);
    disk.open(new User());
    disk.crash();
    expect(opened(disk.inspect()).hardState.isAmnesiac).toBe(true);
  });

  it.each([
    ["database", (disk: SimDisk) => (disk.database = new Database())],
    ["sidecar", (disk: SimDisk) => (disk.sidecar = null)],
  ])("is amnesiac without its %s", (_, lose) => {
    const { disk } = written();
    lose(disk);
    const found = opened(disk.inspect());
    expect(found.hardState).toEqual(hardState({ isAmnesiac: true }));
    expect(disk.isSound).toBe(false);
  });

  it("takes the higher epochs of the two places, and a lower one in the database for a loss", () => {
    const { disk } = written();
    disk.database.hardState = hardState({ currentEpoch: 0 as Epoch });
    expect(opened(disk.inspect()).hardState).toEqual(hardState({ isAmnesiac: true }));
    disk.database.hardState = hardState({ acceptedEpoch: 9 as Epoch });
    expect(opened(disk.inspect()).hardState).toEqual(hardState({ acceptedEpoch: 9 as Epoch }));
  });

  it("shows a hole as a fault between sound positions, and reads up to it", () => {
    const { disk } = written();
    for (const counter of [4, 5, 8]) disk.database.unreadable.add(createZxid(0, counter));
    const [one, other] = opened(disk.inspect()).faults;
    expect([one?.after.zxid, one?.upTo.zxid]).toEqual([createZxid(0, 3), createZxid(0, 5)]);
    expect([other?.after.zxid, other?.upTo.zxid]).toEqual([createZxid(0, 7), createZxid(0, 8)]);
    const whole = { after: createZxid(0, 0), upTo: createZxid(0, 10) };
    const reading = disk.database.read(whole, 1000);
    expect(reading.kind === "entries" && reading.entries).toHaveLength(3);
    expect(disk.database.read({ ...whole, after: createZxid(0, 3) }, 1000).kind).toBe("faulty");
  });

  it("refuses another peer's disk, and one without room", () => {
    const { disk } = written();
    disk.failure = "full";
    expect(() => disk.inspect()).toThrow(expect.objectContaining({ code: "STORE_FULL" }));
    disk.failure = null;
    disk.database.hardState = hardState({ peerId: 2 as PeerId });
    disk.sidecar = { ...disk.sidecar!, hardState: hardState({ peerId: 2 as PeerId }) };
    expect(() => disk.inspect()).toThrow(expect.objectContaining({ code: "STORE_FOREIGN" }));
  });

  it("fails a write with the code of its reason, and never says that it is stored", () => {
    const { disk, run, user } = createDisk();
    disk.failure = "error";
    disk.write({ hardState: hardState() });
    run();
    expect([user.failed, user.stored_]).toEqual([["STORE_FAILED"], []]);
  });

  it("lowers the watermark before it cuts the log off", () => {
    const { disk, run, host } = written();
    disk.open(new User());
    disk.write({ truncateAfter: createZxid(0, 6) });
    run(host.nowUs + 150);
    expect(disk.sidecar?.watermark.zxid).toBe(createZxid(0, 6));
    expect(disk.database.last.zxid).toBe(createZxid(0, 10));
  });
});

describe("a repair", () => {
  it("is left out behind damage that a reading has found meanwhile, and not behind damage that nobody has", () => {
    const database = new Database();
    database.apply({ hardState: hardState(), append: entries(1, 10) }, []);
    const all = [...database.entries];
    for (const index of [4, 6, 7]) database.unreadable.add(all[index]!.zxid);
    expect(database.faults()).toHaveLength(2);
    database.unreadable.add(all[5]!.zxid);
    database.apply({ repair: [all[6]!] }, []);
    expect(database.unreadable.has(all[6]!.zxid)).toBe(false);
    database.unreadable.add(all[6]!.zxid);
    database.read({ after: all[4]!.zxid, upTo: all[9]!.zxid }, 1000);
    database.apply({ repair: all.slice(7, 8) }, []);
    expect(database.unreadable.size).toBe(4);
    database.apply({ repair: all.slice(4, 8) }, []);
    expect(database.unreadable.size).toBe(0);
  });
});

describe("what a crash makes of the medium", () => {
  it("may put back what was purged, as it stood, and nothing below an entry that could not be read", () => {
    const database = new Database();
    database.apply({ hardState: hardState(), append: entries(1, 10) }, []);
    const all = [...database.entries];
    const mark = { kind: "full" as const, ...all[7]!, digest: "d", pageCount: 0 };
    database.apply({ checkpoint: mark }, []);
    database.unreadable.add(all[1]!.zxid);
    database.purge(all[3]!.zxid);
    database.purge(all[5]!.zxid);
    expect(database.purgedCount).toBe(4);
    database.unpurge(3);
    expect(database.base.zxid).toBe(all[2]!.zxid);
    expect(database.entries).toEqual(all.slice(3));
    database.unpurge(9);
    expect(database.entries).toEqual(all.slice(2));
    expect([database.base.zxid, database.purgedCount, database.unreadable.size]).toEqual([all[1]!.zxid, 0, 0]);
  });

  it("puts back what was purged at some crashes, and never once the store was opened again", () => {
    const outcomes = new Set<number>();
    for (let seed = 1; seed < 30; seed++) {
      const { disk, run } = createDisk(seed);
      disk.write({ hardState: hardState(), append: entries(1, 10) });
      run();
      disk.database.apply({ checkpoint: { kind: "full", ...entries(8, 1)[0]!, digest: "d", pageCount: 0 } }, []);
      disk.purge(createZxid(0, 8));
      run();
      expect(disk.database.entries).toHaveLength(2);
      disk.crash();
      outcomes.add(disk.database.entries.length);
      disk.open(new User());
      const { length } = disk.database.entries;
      disk.crash();
      expect(disk.database.entries).toHaveLength(length);
    }
    expect(Math.min(...outcomes)).toBe(2);
    expect(Math.max(...outcomes)).toBe(10);
  });

  it("lets later records of a write be there and earlier ones not: a hole, not a shorter log", () => {
    for (let seed = 1; seed < 20; seed++) {
      const { disk, run, host } = createDisk(seed);
      disk.write({ hardState: hardState(), append: entries(1, 4) });
      run();
      disk.write({ append: entries(5, 6), committed: createZxid(0, 7) });
      expect(disk.appendingCount).toBe(6);
      disk.reorder();
      disk.crash();
      run(host.nowUs + 1);
      const { faults, last, committed } = opened(disk.inspect());
      expect(faults).toHaveLength(1);
      expect(faults[0]!.after.zxid).toBeGreaterThanOrEqual(createZxid(0, 4));
      expect(faults[0]!.upTo.zxid).toBeLessThan(last.zxid);
      expect(committed).toBe(0);
      expect(disk.isSound).toBe(false);
    }
  });

  it("does not count as sound while pages of its checkpoint are damaged, or before a rolled back log is whole again", () => {
    const { disk } = written();
    disk.database.apply({ checkpoint: { kind: "full", ...entries(4, 1)[0]!, digest: "d", pageCount: 1 } }, [
      new Uint8Array(5),
    ]);
    expect(disk.isSound).toBe(true);
    const { checkpoint } = disk.database;
    disk.database.checkpoint = damagePages(checkpoint!, [0]);
    expect([disk.hasDamagedPages, disk.isSound]).toEqual([true, false]);
    expect(readPages(disk.database.checkpoint, 0, 100)).toBe(null);
    expect(readPages(checkpoint!, 0, 100)).toHaveLength(1);
    disk.database.checkpoint = checkpoint;
    disk.rolledBackFrom = createZxid(0, 11);
    expect(disk.isSound).toBe(false);
    disk.rolledBackFrom = createZxid(0, 10);
    expect(disk.isSound).toBe(true);
  });
});
