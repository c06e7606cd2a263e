import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFileJournal, createSystemClock, type Journal, STORAGE_LIMITS } from "@coterie/storage-level";
import { Pacer } from "../../src/database/pacer.ts";
import { LOG_KEYS_END, logGenerationKey } from "../../src/format/keys.ts";
import type { LogChange } from "../../src/journal/file-journal.ts";
import { fromLogKey, type LogKey } from "../../src/journal/log-key.ts";
import { MemoryJournalFiles } from "../support/memory-journal-files.ts";

const SIZES = { segmentSizeBytes: 4096, growingSegmentSizeBytes: 1024 };
const ALL = { from: logGenerationKey(0), end: LOG_KEYS_END };
const RUNS = process.env["COTERIE_TEST_LONG"] === undefined ? 150 : 5000;

function journalOn(files: MemoryJournalFiles): Journal {
  return createFileJournal({ path: "log", files, sizes: SIZES });
}

function keyOf(zxid: number): LogKey {
  return { generation: 0, zxid, hash: zxid * 7 };
}

function put(zxid: number, sizeBytes: number, fill = zxid): LogChange {
  return { key: keyOf(zxid), value: Buffer.alloc(sizeBytes, fill) };
}

async function append(journal: Journal, changes: readonly LogChange[], isPrepared = false): Promise<number> {
  return journal.append(changes, isPrepared, new Pacer(createSystemClock()));
}

const OUT_OF_FILES = Object.assign(new Error("too many open files"), { code: "EMFILE" });

/** All that stands in a journal, in either direction. */
async function contentsOf(journal: Journal, isReverse = false): Promise<Map<string, string>> {
  const cursor = journal.cursor(ALL, { isReverse, keysMax: 3 });
  const found = new Map<string, string>();
  for (let piece = await cursor.next(); piece.length > 0; piece = await cursor.next())
    for (const { key, value } of piece) found.set(hex(key), hex(value));
  await cursor.close();
  return isReverse ? new Map([...found].reverse()) : found;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Lets what runs behind a journal's back come to its end. */
async function settled(): Promise<void> {
  await new Promise((resolve) => void setImmediate(resolve));
}

/** A journal of so many records. */
async function journalOf(files: MemoryJournalFiles, count: number): Promise<Journal> {
  const journal = journalOn(files);
  await journal.open(0);
  for (let zxid = 1; zxid <= count; zxid++) {
    await append(journal, [put(zxid, 300)]);
    await settled();
  }
  return journal;
}

/** What a journal has to hold: what was acknowledged, and no more than what was let go of beside it. */
class Model {
  readonly records = new Map<string, string>();
  readonly forgotten = new Map<string, string>();

  take(changes: readonly LogChange[]): void {
    for (const { key, value } of changes) {
      const name = hex(fromLogKey(key));
      this.forgotten.delete(name);
      if (value === null) this.records.delete(name);
      else this.records.set(name, hex(value));
    }
  }

  get first(): string | undefined {
    return [...this.records.keys()].sort()[0];
  }

  forget(name: string): void {
    this.forgotten.set(name, this.records.get(name)!);
    this.records.delete(name);
  }

  /** After an opening what was let go of may be there again. */
  check(found: ReadonlyMap<string, string>, isReopened: boolean): void {
    if (!isReopened) return expect(found).toEqual(inOrder(this.records));
    const back = [...found].filter(([name, value]) => this.forgotten.get(name) === value);
    const own = [...found].filter(([name]) => !this.forgotten.has(name));
    expect(new Map(own)).toEqual(inOrder(this.records));
    expect(back.length + own.length).toBe(found.size);
    for (const [name, value] of back) this.records.set(name, value);
    this.forgotten.clear();
  }
}

function inOrder(records: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...records].sort(([one], [other]) => (one < other ? -1 : 1)));
}

type Act =
  | { readonly kind: "append"; readonly sizes: readonly number[]; readonly isPrepared: boolean }
  | { readonly kind: "cut"; readonly count: number; readonly sizeBytes: number }
  | { readonly kind: "fill"; readonly sizeBytes: number }
  | { readonly kind: "forget"; readonly count: number }
  | { readonly kind: "wait" | "reopen" | "crash" }
  | { readonly kind: "tear"; readonly sizeBytes: number; readonly share: number }
  | { readonly kind: "uncommitted"; readonly sizeBytes: number }
  | { readonly kind: "fail"; readonly after: number };

const SIZE = fc.oneof({ weight: 5, arbitrary: fc.nat(200) }, { weight: 1, arbitrary: fc.nat(6000) });
const ACT: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      sizes: fc.array(SIZE, { minLength: 1, maxLength: 3 }),
      isPrepared: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), count: fc.nat(6), sizeBytes: SIZE }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("fill" as const), sizeBytes: SIZE }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("forget" as const), count: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("wait" as const, "reopen" as const, "crash" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("tear" as const),
      sizeBytes: SIZE,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("uncommitted" as const), sizeBytes: SIZE }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("fail" as const), after: fc.nat(12) }) },
);

/** A journal that lives through acts, and what it has to be. */
class Life {
  private files = new MemoryJournalFiles();
  private journal = journalOn(this.files);
  private readonly model = new Model();
  private zxid = 0;
  /** As the database would know it. */
  private mark = 0;

  async begin(): Promise<void> {
    await this.journal.open(0);
  }

  async run(act: Act): Promise<void> {
    switch (act.kind) {
      case "append":
        return this.append(
          act.sizes.map((sizeBytes) => put(++this.zxid, sizeBytes)),
          act.isPrepared,
        );
      case "cut": {
        const names = [...this.model.records.keys()].sort().slice(this.model.records.size - act.count);
        const keys = names.map((name) => keyOf(Number.parseInt(name.slice(10, 26), 16)));
        const deletes = keys.map((key): LogChange => ({ key, value: null }));
        return this.append([...deletes, put(++this.zxid, act.sizeBytes)], true);
      }
      case "fill": {
        const name = this.model.first;
        if (name === undefined) return undefined;
        return this.append([put(Number.parseInt(name.slice(10, 26), 16), act.sizeBytes, 255)], true);
      }
      case "forget":
        return this.forget(act.count);
      case "wait":
        return settled();
      case "tear":
        return this.tear(act.sizeBytes, act.share);
      case "fail":
        return this.arm(act.after);
      case "uncommitted":
        this.disarm();
        await append(this.journal, [put(++this.zxid, act.sizeBytes)], true);
        return this.reopen(true);
      case "reopen":
      case "crash":
        return this.reopen(act.kind === "crash");
    }
  }

  private async append(changes: readonly LogChange[], isPrepared: boolean): Promise<void> {
    const number = await append(this.journal, changes, isPrepared).catch((error: unknown) => {
      if (error !== OUT_OF_FILES) throw error;
    });
    // It fails before anything is written.
    if (number === undefined) return this.reopen(false);
    if (isPrepared) {
      this.mark = number;
      this.journal.settle();
    }
    this.model.take(changes);
  }

  /** So many operations from now one fails, whether somebody waits for it or not. */
  private arm(after: number): void {
    let left = after;
    this.files.before = () => {
      if (left-- === 0) throw OUT_OF_FILES;
    };
  }

  private disarm(): void {
    this.files.before = () => undefined;
  }

  private forget(count: number): void {
    const names = [...this.model.records.keys()].sort().slice(0, count);
    this.journal.forget(names.map((name) => keyOf(Number.parseInt(name.slice(10, 26), 16))));
    for (const name of names) this.model.forget(name);
  }

  private async tear(sizeBytes: number, share: number): Promise<void> {
    this.disarm();
    const change = put(++this.zxid, sizeBytes);
    const frameBytes = 48 + 24 + sizeBytes;
    // Short of one byte at least, that counts.
    this.files.tearAfterBytes = Math.floor(share * (frameBytes - 1));
    const isEmpty = sizeBytes === 0;
    await expect(append(this.journal, [change])).rejects.toThrow("the power is gone");
    await expect(append(this.journal, [change])).rejects.toThrow("an earlier write");
    expect(isEmpty || this.files.tearAfterBytes === null).toBe(true);
    await this.reopen(true);
  }

  private async reopen(isCrash: boolean): Promise<void> {
    this.disarm();
    if (isCrash) this.files = this.files.crashed();
    else await this.journal.close();
    expect(isCrash || this.files.openCount === 0).toBe(true);
    this.journal = journalOn(this.files);
    const before = this.files.paths.map((path) => [path, hex(this.files.bytesOf(path))]);
    await this.journal.open(this.mark);
    expect(this.files.paths.map((path) => [path, hex(this.files.bytesOf(path))])).toEqual(before);
    expect(this.journal.gapCount).toBe(0);
    await this.check(true);
  }

  async check(isReopened: boolean = false): Promise<void> {
    this.disarm();
    const found = await contentsOf(this.journal);
    expect([...(await contentsOf(this.journal, true))]).toEqual([...found]);
    this.model.check(found, isReopened);
  }
}

describe("a journal", () => {
  test("holds what was acknowledged, and no more than what was let go of, through reopenings, crashes, torn writes and failures", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ACT, { minLength: 1, maxLength: 40 }), async (acts) => {
        const life = new Life();
        await life.begin();
        for (const act of acts) await life.run(act);
        await life.check();
        await life.run({ kind: "crash" });
      }),
      { numRuns: RUNS },
    );
  });

  test("makes segments ahead, uses those that hold nothing any more again, and takes no more room than it needs", async () => {
    const files = new MemoryJournalFiles();
    const journal = journalOn(files);
    await journal.open(0);
    const created: string[] = [];
    files.before = (operation, path) => {
      if (operation === "open new" || operation === "open draft") created.push(path);
    };
    for (let zxid = 1; zxid <= 400; zxid++) {
      await append(journal, [put(zxid, 300)]);
      if (zxid > 20) journal.forget([keyOf(zxid - 20)]);
      await settled();
    }
    // Twenty records are two segments, one is written to, one comes next, and two are spare.
    expect(files.paths.length).toBeLessThanOrEqual(7);
    expect(created.length).toBeLessThanOrEqual(8);
    expect((await contentsOf(journal)).size).toBe(20);
    await journal.close();
  });

  test("grows at the beginning, and not for long: what is small takes little room, what goes on has a file made ahead", async () => {
    const files = new MemoryJournalFiles();
    const journal = createFileJournal({ path: "log", files });
    await journal.open(0);
    for (let zxid = 1; zxid <= 31; zxid++) {
      await append(journal, [put(zxid, 8)]);
      await settled();
    }
    expect(files.paths.map((path) => files.bytesOf(path).length)).toEqual([31 * 80]);
    for (let zxid = 32; zxid <= 40; zxid++) {
      await append(journal, [put(zxid, 8)]);
      await settled();
    }
    const [first, second, ...others] = files.paths.map((path) => files.bytesOf(path).length);
    expect([first, second, others]).toEqual([32 * 80, 2 ** 20, []]);
    expect((await contentsOf(journal)).size).toBe(40);
    await journal.close();
  });

  test("lets nobody read what was written over: a segment waits for those who read it", async () => {
    const files = new MemoryJournalFiles();
    const journal = await journalOf(files, 40);
    const cursor = journal.cursor(ALL, { isReverse: false, keysMax: 1 });
    journal.forget(Array.from({ length: 39 }, (_, index) => keyOf(index + 1)));
    await settled();
    for (let zxid = 41; zxid <= 80; zxid++) {
      await append(journal, [put(zxid, 300)]);
      await settled();
    }
    for (let zxid = 1; zxid <= 40; zxid++) {
      const [stored] = await cursor.next();
      expect(hex(stored!.value)).toBe(hex(Buffer.alloc(300, zxid)));
    }
    expect(await cursor.next()).toEqual([]);
    const held = files.paths.length;
    await cursor.close();
    await settled();
    expect(files.paths.length).toBeLessThan(held);
    await journal.close();
  });

  test("however long it is, it has few files open, and none when it is closed", async () => {
    const files = new MemoryJournalFiles();
    const writing = await journalOf(files, 600);
    await writing.close();
    expect(files.openCount).toBe(0);
    expect(files.paths.length).toBeGreaterThan(40);
    let openMax = 0;
    files.before = () => (openMax = Math.max(openMax, files.openCount));
    const journal = journalOn(files);
    await journal.open(0);
    expect((await contentsOf(journal)).size).toBe(600);
    expect((await contentsOf(journal, true)).size).toBe(600);
    expect(openMax).toBeLessThanOrEqual(STORAGE_LIMITS.openSegmentsMax + 3);
    await journal.close();
    expect(files.openCount).toBe(0);
  });

  test("has few files open also where nobody reads", async () => {
    const files = new MemoryJournalFiles();
    const journal = await journalOf(files, 400);
    expect(files.paths.length).toBeGreaterThan(30);
    expect(files.openCount).toBeLessThanOrEqual(STORAGE_LIMITS.openSegmentsMax + 3);
    await journal.close();
  });

  describe("where the process may open no more files for a while", () => {
    test("can be read again afterwards", async () => {
      const files = new MemoryJournalFiles();
      const first = await journalOf(files, 20);
      await first.close();
      const journal = journalOn(files);
      await journal.open(0);
      files.before = (operation) => {
        if (operation === "open existing") throw OUT_OF_FILES;
      };
      await expect(contentsOf(journal)).rejects.toThrow("too many open files");
      files.before = () => undefined;
      expect((await contentsOf(journal)).size).toBe(20);
      await journal.close();
    });

    test("gives back later what it could not give back", async () => {
      const files = new MemoryJournalFiles();
      const journal = await journalOf(files, 60);
      files.before = (operation) => {
        if (operation === "sync directory") throw OUT_OF_FILES;
      };
      const forget = (from: number, upTo: number): void =>
        journal.forget(Array.from({ length: upTo - from + 1 }, (_, index) => keyOf(from + index)));
      forget(1, 20);
      await settled();
      files.before = () => undefined;
      forget(21, 59);
      await settled();
      // What is written to, what comes next, and two that are spare.
      expect(files.paths.length).toBeLessThanOrEqual(5);
      expect(files.crashed().paths).toEqual(files.paths);
      expect((await contentsOf(journal)).size).toBe(1);
      await journal.close();
    });
  });

  test("a frame that is prepared and never came about does not count when the next one is too large for its place", async () => {
    const files = new MemoryJournalFiles();
    const first = journalOn(files);
    await first.open(0);
    await append(first, [put(1, 100)]);
    await append(first, [put(2, 600)], true);
    await first.close();
    const second = journalOn(files);
    await second.open(0);
    // Too large for the rest of the segment in which the other one stands.
    await append(second, [put(3, 900)]);
    await second.close();
    const third = journalOn(files);
    await third.open(0);
    expect([...(await contentsOf(third)).keys()]).toEqual([1, 3].map((zxid) => hex(fromLogKey(keyOf(zxid)))));
    await third.close();
  });

  test.each([
    ["a process that has ended did not sync", "ends"],
    ["could not be synced and passes for durable", "fails"],
  ] as const)("says of nothing that it is there unless a crash leaves it, also of what %s", async (_, beforeSync) => {
    const files = new MemoryJournalFiles();
    const first = journalOn(files);
    await first.open(0);
    await append(first, [put(1, 100)]);
    files.beforeSync = beforeSync;
    await expect(append(first, [put(2, 100)])).rejects.toThrow(`the process ${beforeSync}`);
    files.beforeSync = null;
    const second = journalOn(files);
    await second.open(0);
    const found = await contentsOf(second);
    expect(found.size).toBe(2);
    const third = journalOn(files.crashed());
    await third.open(0);
    expect(await contentsOf(third)).toEqual(found);
    for (const journal of [second, third]) await journal.close();
  });

  test("writes to no segment whose name a crash may take back, also if it was made before the journal was opened", async () => {
    const files = new MemoryJournalFiles();
    const first = journalOn(files);
    await first.open(0);
    files.before = (operation) => {
      if (operation === "sync directory") throw new Error("the process has ended");
    };
    await expect(append(first, [put(1, 100)])).rejects.toThrow("the process has ended");
    await first.close();
    expect(files.openCount).toBe(0);
    files.before = () => undefined;
    const second = journalOn(files);
    await second.open(0);
    await append(second, [put(2, 100)]);
    const third = journalOn(files.crashed());
    await third.open(0);
    expect((await contentsOf(third)).size).toBe(1);
    for (const journal of [second, third]) await journal.close();
  });

  test("goes on in segments that grow where none can be made ahead", async () => {
    const files = new MemoryJournalFiles();
    const journal = journalOn(files);
    await journal.open(0);
    files.before = (_, path) => {
      if (path.endsWith(".spare")) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    };
    for (let zxid = 1; zxid <= 20; zxid++) {
      await append(journal, [put(zxid, 300)]);
      await settled();
    }
    expect((await contentsOf(journal)).size).toBe(20);
    expect(files.paths.every((path) => path.endsWith(".segment"))).toBe(true);
    await journal.close();
  });

  test.each(["write", "open new", "sync directory"])("writes no more once a %s has failed", async (what) => {
    const files = new MemoryJournalFiles();
    const journal = journalOn(files);
    await journal.open(0);
    files.before = (operation) => {
      if (operation === what) throw Object.assign(new Error("I/O error"), { code: "EIO" });
    };
    await expect(append(journal, [put(1, 10)])).rejects.toThrow("I/O error");
    files.before = () => undefined;
    await expect(append(journal, [put(1, 10)])).rejects.toThrow("an earlier write");
    await journal.close();
  });
});

describe("damage in a journal", () => {
  /** Where each of ten frames begins; all in one file. */
  async function filled(): Promise<{ files: MemoryJournalFiles; path: string; starts: number[] }> {
    const files = new MemoryJournalFiles();
    const journal = createFileJournal({ path: "log", files });
    await journal.open(0);
    const starts: number[] = [];
    for (let zxid = 1; zxid <= 10; zxid++) {
      starts.push(files.paths.length === 0 ? 0 : files.bytesOf(files.paths[0]!).length);
      await append(journal, [put(zxid, 101)]);
    }
    await journal.close();
    return { files, path: files.paths[0]!, starts };
  }

  async function zxidsIn(files: MemoryJournalFiles): Promise<{ zxids: number[]; gapCount: number; isTorn: boolean }> {
    const journal = createFileJournal({ path: "log", files });
    await journal.open(0);
    const zxids = [...(await contentsOf(journal)).keys()].map((name) => Number.parseInt(name.slice(10, 26), 16));
    const { gapCount, isTorn } = journal;
    await journal.close();
    return { zxids, gapCount, isTorn };
  }

  const WITHOUT = (zxid: number): number[] => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((one) => one !== zxid);

  test("whichever bit of a frame flips, the others count, and what is read is never another value unnoticed", async () => {
    const { files, path, starts } = await filled();
    const sound = Buffer.from(files.bytesOf(path));
    for (let at = starts[4]!; at < starts[5]!; at++) {
      const bytes = files.bytesOf(path);
      sound.copy(bytes);
      bytes[at]! ^= 1 << (at % 8);
      const { zxids, gapCount, isTorn } = await zxidsIn(files);
      const isInValue = at >= starts[4]! + 72 && at < starts[4]! + 72 + 101;
      const isPadding = at >= starts[4]! + 72 + 101;
      // Whoever reads a value looks at its own checksum; a head or a row that is damaged takes the frame away.
      expect([at, zxids]).toEqual([at, isInValue || isPadding ? [...WITHOUT(5), 5].sort((a, b) => a - b) : WITHOUT(5)]);
      expect([at, gapCount, isTorn]).toEqual([at, isInValue || isPadding ? 0 : 1, false]);
    }
  });

  test("of the last frame any bit that counts takes it away", async () => {
    const { files, path, starts } = await filled();
    const sound = Buffer.from(files.bytesOf(path));
    for (let at = starts[9]!; at < starts[9]! + 72 + 101; at++) {
      const bytes = files.bytesOf(path);
      sound.copy(bytes);
      bytes[at]! ^= 1 << (at % 8);
      const { zxids, isTorn } = await zxidsIn(files);
      expect([at, zxids]).toEqual([at, WITHOUT(10)]);
      expect([at, isTorn]).toEqual([at, at >= starts[9]! + 72]);
    }
  });

  test("what another file holds never counts, under whatever name it stands", async () => {
    const { files, path } = await filled();
    await files.rename(path, "log/00000001-00000000.segment");
    expect(await zxidsIn(files)).toMatchObject({ zxids: [] });
  });

  test("a copy of a segment, which has its number, too, is in nobody's way", async () => {
    const { files, path } = await filled();
    for (const salt of ["00000000", "ffffffff"]) {
      const copy = await files.open(`log/00000001-${salt}.segment`, "new");
      await copy.write([Buffer.concat([files.bytesOf(path), Buffer.alloc(1000)])], 0);
      await copy.close();
    }
    for (let zxid = 11; zxid <= 60; zxid++) {
      const journal = journalOn(files);
      await journal.open(0);
      await append(journal, [put(zxid, 101)]);
      await settled();
      await journal.close();
    }
    const journal = journalOn(files);
    await journal.open(0);
    const values = [...(await contentsOf(journal)).values()];
    expect(values).toEqual(Array.from({ length: 60 }, (_, index) => hex(Buffer.alloc(101, index + 1))));
    await journal.close();
  });

  test("a frame inside a value is none", async () => {
    const { files, path } = await filled();
    const inner = Buffer.from(files.bytesOf(path));
    const journal = createFileJournal({ path: "log", files });
    await journal.open(0);
    await append(journal, [{ key: keyOf(11), value: Buffer.concat([Buffer.alloc(24), inner]) }]);
    await journal.close();
    // Its head is gone, so that the reader looks for the next one in what was its value.
    files.bytesOf(path).fill(0, inner.length, inner.length + 48);
    expect(await zxidsIn(files)).toMatchObject({ zxids: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
  });

  test("a bit in a length takes no memory, and no time", async () => {
    const { files, path, starts } = await filled();
    const sound = Buffer.from(files.bytesOf(path));
    for (const at of [24, 28]) {
      const bytes = files.bytesOf(path);
      sound.copy(bytes);
      bytes.writeUInt32LE(0xff_ff_ff_ff, starts[3]! + at);
      expect((await zxidsIn(files)).zxids).toEqual(WITHOUT(4));
    }
  });
});
