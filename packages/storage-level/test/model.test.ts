import fc from "fast-check";
import { expect, test } from "vitest";
import {
  chainHash,
  type CheckpointMark,
  createZxid,
  epochOf,
  type Epoch,
  type LogBatch,
  type LogEntry,
  type LogPosition,
  type LogStorage,
  type Zxid,
} from "@coterie/interface";
import { copyOf } from "./support/damages.ts";
import { HARD_STATE, plain, positionOf } from "./support/log.ts";
import { createMedium, type Medium, storeOn } from "./support/memory-store.ts";
import { ModelStore } from "./support/model.ts";

const RUNS = process.env["COTERIE_TEST_LONG"] === "1" ? 3000 : 60;

interface Real {
  medium: Medium;
  store: LogStorage;
}

type Command = fc.AsyncCommand<ModelStore, Real>;

/** Seven counters are enough for entries of all sizes to fall into every place of a record. */
function entriesAfter(last: LogPosition, epochs: number, sizes: readonly number[]): LogEntry[] {
  const epoch = Math.max(1, epochOf(last.zxid) + epochs);
  let before = last;
  return sizes.map((size) => {
    const counter = epochOf(before.zxid) === epoch ? (before.zxid % 2 ** 32) + 1 + (size % 3) : 1;
    const zxid = createZxid(epoch, counter);
    const bytes = Buffer.alloc(size, counter % 256);
    const entry = { zxid, tag: size % 256, bytes, chainHash: chainHash(before.chainHash, zxid, size % 256, bytes) };
    before = entry;
    return entry;
  });
}

function pick<Item>(items: readonly Item[], share: number): Item {
  return items[Math.min(items.length - 1, Math.floor(share * items.length))]!;
}

/** What a batch of random parts comes to, given what the store holds. */
interface Wish {
  readonly cut: number | null;
  readonly epochs: number;
  readonly sizes: readonly number[] | null;
  readonly commit: number | null;
  readonly hardState: boolean;
  readonly notes: boolean;
  readonly mark: { readonly kind: "full" | "delta" | "incoming" | "covering"; readonly at: number } | null;
}

function toBatch(model: ModelStore, wish: Wish): LogBatch {
  const next = Object.assign(new ModelStore(), model, { entries: [...model.entries], draft: [...model.draft] });
  const batch: { -readonly [Part in keyof LogBatch]: LogBatch[Part] } = {};
  if (wish.hardState || model.hardState === null) {
    const acceptedEpoch = ((model.hardState?.acceptedEpoch ?? 0) + 1) as Epoch;
    batch.hardState = { ...HARD_STATE, acceptedEpoch };
  }
  if (wish.notes) batch.notes = Buffer.from(`notes ${model.entries.length}`);
  const mark = markFor(model, wish);
  if (mark !== null) batch.checkpoint = mark;
  next.apply(batch);
  if (wish.cut !== null) {
    const kept = next.positions.filter(({ zxid }) => zxid >= next.committed);
    batch.truncateAfter = pick(kept, wish.cut).zxid;
    next.apply({ truncateAfter: batch.truncateAfter });
  }
  if (wish.sizes !== null) {
    batch.append = entriesAfter(next.last, wish.epochs, wish.sizes);
    next.apply({ append: batch.append });
  }
  if (wish.commit !== null) {
    const above = next.positions.filter(({ zxid }) => zxid >= next.committed);
    if (above.length > 0) batch.committed = pick(above, wish.commit).zxid;
  }
  return batch;
}

function markFor(model: ModelStore, { mark }: Wish): CheckpointMark | null {
  if (mark === null) return null;
  const rest = { digest: `digest ${model.draft.length}`, pageCount: model.draft.length };
  const atLeast = Math.max(model.base.zxid, model.checkpoint?.zxid ?? 0);
  if (mark.kind === "incoming") {
    const ahead = entriesAfter(model.last, 1, [1])[0]!;
    const behind = model.positions.filter(({ zxid }) => zxid >= Math.max(model.committed, atLeast));
    return { kind: "incoming", ...rest, ...positionOf(mark.at < 0.5 ? ahead : pick([...behind, ahead], mark.at)) };
  }
  const inside = model.positions.filter(({ zxid }) => zxid >= atLeast);
  if (inside.length === 0 || (mark.kind === "delta" && model.checkpoint === null)) return null;
  return { kind: mark.kind, ...rest, ...positionOf(pick(inside, mark.at)) };
}

class WriteCommand implements Command {
  readonly wish: Wish;

  constructor(wish: Wish) {
    this.wish = wish;
  }

  check(): boolean {
    return true;
  }

  async run(model: ModelStore, { store }: Real): Promise<void> {
    const batch = toBatch(model, this.wish);
    await store.write(batch);
    model.apply(batch);
  }

  toString(): string {
    return `write ${JSON.stringify(this.wish)}`;
  }
}

class PagesCommand implements Command {
  readonly sizes: readonly number[];

  constructor(sizes: readonly number[]) {
    this.sizes = sizes;
  }

  check(): boolean {
    return true;
  }

  async run(model: ModelStore, { store }: Real): Promise<void> {
    if (this.sizes.length === 0) {
      await store.dropPages();
      model.draft = [];
      return;
    }
    const pages = this.sizes.map((size) => Buffer.alloc(size, size % 256));
    await store.addPages(pages);
    model.draft.push(...pages);
  }

  toString(): string {
    return `pages ${this.sizes.join()}`;
  }
}

class PurgeCommand implements Command {
  readonly share: number;

  constructor(share: number) {
    this.share = share;
  }

  check(model: Readonly<ModelStore>): boolean {
    return model.checkpoint !== null;
  }

  async run(model: ModelStore, { store }: Real): Promise<void> {
    const upTo = Math.floor(this.share * model.checkpoint!.zxid) as Zxid;
    const base = await store.purge(upTo);
    expect(model.positions).toContainEqual(base);
    expect(base.zxid).toBeLessThanOrEqual(Math.max(upTo, model.base.zxid));
    model.purged(base);
  }

  toString(): string {
    return `purge ${this.share}`;
  }
}

class ReadCommand implements Command {
  readonly after: number;
  readonly sizeMaxBytes: number;

  constructor(after: number, sizeMaxBytes: number) {
    this.after = after;
    this.sizeMaxBytes = sizeMaxBytes;
  }

  check(): boolean {
    return true;
  }

  async run(model: ModelStore, { store }: Real): Promise<void> {
    const { zxid: after } = pick(model.positions, this.after);
    const upTo = model.last.zxid;
    const reading = await store.read({ after, upTo }, this.sizeMaxBytes);
    const wanted = model.entries.filter((entry) => entry.zxid > after && entry.zxid <= upTo);
    let sizeBytes = 0;
    const count = wanted.findIndex(({ bytes }, index) => (sizeBytes += bytes.length) > this.sizeMaxBytes && index > 0);
    const fitting = count === -1 ? wanted : wanted.slice(0, count);
    expect(reading.kind === "entries" && plain(reading.entries)).toEqual(plain(fitting));
  }

  toString(): string {
    return `read ${this.after} ${this.sizeMaxBytes}`;
  }
}

/** A clean end, or a process that was killed: what was reported is there in any case. */
class ReopenCommand implements Command {
  readonly isClean: boolean;

  constructor(isClean: boolean) {
    this.isClean = isClean;
  }

  check(): boolean {
    return true;
  }

  async run(model: ModelStore, real: Real): Promise<void> {
    const after = this.isClean ? real.medium : await copyOf(real.medium);
    await real.store.close();
    real.medium = after;
    real.store = storeOn(after);
    model.draft = [];
    const found = await real.store.open();
    if (model.hardState === null) return expect(found).toEqual({ kind: "blank" });
    const notes = found.kind === "open" ? Uint8Array.from(found.notes) : null;
    expect({ ...found, notes }).toEqual({
      kind: "open",
      hardState: model.hardState,
      notes: Uint8Array.from(model.notes),
      base: model.base,
      last: model.last,
      epochEnds: model.epochEnds,
      committed: Math.max(model.committed, model.base.zxid),
      checkpoint: model.checkpoint,
      faults: [],
      droppedTailCount: 0,
    });
    const reader = await real.store.openCheckpoint();
    const pages = reader === null ? [] : await reader.read(0, 2 ** 30);
    expect(pages.map((page) => [...page])).toEqual(model.pages.map((page) => [...page]));
    await reader?.close();
  }

  toString(): string {
    return this.isClean ? "reopen" : "crash";
  }
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const wish = fc.record<Wish>({
  cut: fc.option(share, { freq: 3 }),
  epochs: fc.nat({ max: 1 }),
  sizes: fc.option(fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 6 }), { freq: 5 }),
  commit: fc.option(share, { freq: 2 }),
  hardState: fc.boolean(),
  notes: fc.boolean(),
  mark: fc.option(fc.record({ kind: fc.constantFrom("full", "delta", "incoming", "covering"), at: share }), {
    freq: 3,
  }),
});

const commands = fc.commands<ModelStore, Real, false>(
  [
    wish.map((value) => new WriteCommand(value)),
    wish.map((value) => new WriteCommand({ ...value, mark: null, cut: null })),
    fc.array(fc.nat({ max: 30 }), { maxLength: 4 }).map((sizes) => new PagesCommand(sizes)),
    share.map((value) => new PurgeCommand(value)),
    fc.tuple(share, fc.nat({ max: 200 })).map(([after, size]) => new ReadCommand(after, size)),
    fc.boolean().map((isClean) => new ReopenCommand(isClean)),
  ],
  { maxCommands: 40 },
);

test("a store holds what a plain model of the contract holds, whatever is done to it and however it ends", async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const medium = createMedium();
      const real: Real = { medium, store: storeOn(medium) };
      await real.store.open();
      await fc.asyncModelRun(() => ({ model: new ModelStore(), real }), sequence);
      await real.store.close();
    }),
    { numRuns: RUNS },
  );
});
