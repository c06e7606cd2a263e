import {
  type CheckpointMark,
  CoterieError,
  type LogBatch,
  type LogFault,
  type LogReading,
  type RecoveredLog,
  type ZxidRange,
} from "@coterie/interface";
import { ReferenceStorage } from "../reference/reference-storage.ts";
import { applied, faultsOf, isFirstUnreadable, type Stored } from "../reference/stored.ts";
import { broadMutant, mutant, type Mutant } from "./mutant.ts";

type Draft = readonly Uint8Array[];

/** The reference, with another idea of what a mark makes of what is stored. */
function marking(
  change: (next: Stored, mark: CheckpointMark, before: Stored | null) => Partial<Stored>,
): Mutant["store"] {
  return class extends ReferenceStorage {
    protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
      const next = applied(stored, batch, draft);
      return batch.checkpoint === undefined ? next : { ...next, ...change(next, batch.checkpoint, stored) };
    }
  };
}

const DRAFTS: readonly Mutant[] = [
  broadMutant(
    "counts the draft as a part of the checkpoint",
    "the draft counts for nothing until it is marked",
    class extends ReferenceStorage {
      protected override pagesRead(stored: Stored, first: number, sizeMaxBytes: number): Draft {
        return super.pagesRead({ ...stored, pages: [...stored.pages, ...this.draft] }, first, sizeMaxBytes);
      }
    },
  ),
  mutant(
    "keeps the draft over a crash",
    ["the draft is gone after a crash"],
    class extends ReferenceStorage {
      override cutOff(): void {
        super.cutOff();
        if (this.place.stored !== null && this.draft.length > 0) LEFT.set(this.place.stored, this.draft);
      }

      override async open(): Promise<RecoveredLog> {
        this.draft = LEFT.get(this.place.stored ?? this) ?? [];
        return super.open();
      }
    },
  ),
  mutant(
    "does not empty the draft",
    ["dropPages empties the draft"],
    class extends ReferenceStorage {
      override async dropPages(): Promise<void> {
        if (this.draft.length === 0) await super.dropPages();
        else this.readable();
      }
    },
  ),
  mutant(
    "adds pages to the front of the draft",
    ["the draft holds the pages of several addPages"],
    class extends ReferenceStorage {
      override async addPages(pages: Draft): Promise<void> {
        const before = this.draft;
        await super.addPages(pages);
        if (before.length > 0) this.draft = [...pages, ...before];
      }
    },
  ),
  mutant(
    "marks without the pages that are under way",
    ["a write with a checkpoint and an addPages under way"],
    class extends ReferenceStorage {
      private isAdding = false;
      private hasty: LogBatch | null = null;

      override async addPages(pages: Draft): Promise<void> {
        this.isAdding = true;
        await super.addPages(pages).finally(() => (this.isAdding = false));
      }

      override async write(batch: LogBatch): Promise<void> {
        if (this.isAdding) this.hasty = batch;
        return super.write(batch);
      }

      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const next = super.applied(stored, batch, draft);
        return batch === this.hasty ? { ...next, pages: next.pages.slice(0, 1) } : next;
      }
    },
  ),
  mutant(
    "takes a mark that counts other pages",
    ["misuse rejects with AssertionError and changes nothing: a mark that counts other pages"],
    class extends ReferenceStorage {
      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const { checkpoint } = batch;
        if (checkpoint === undefined) return super.applied(stored, batch, draft);
        return super.applied(stored, { ...batch, checkpoint: { ...checkpoint, pageCount: draft.length } }, draft);
      }
    },
  ),
];

const MARKS: readonly Mutant[] = [
  mutant(
    "replaces the checkpoint by a delta",
    ["delta: the draft's pages follow", "a reader gives pages in their order"],
    class extends ReferenceStorage {
      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const { checkpoint } = batch;
        if (checkpoint?.kind !== "delta" || draft.length === 0) return applied(stored, batch, draft);
        return applied(stored, { ...batch, checkpoint: { ...checkpoint, kind: "full" } }, draft);
      }
    },
  ),
  broadMutant(
    "adds a full checkpoint to the one before",
    "full: the draft replaces the checkpoint",
    marking((next, { kind }, before) =>
      kind === "full" && before !== null ? { pages: [...before.pages, ...next.pages] } : {},
    ),
  ),
  mutant(
    "keeps deltas beside a later full one",
    ["full, after deltas: they go as well"],
    marking((next, { kind }, before) =>
      kind === "full" && (before?.checkpoint?.deltasSizeBytes ?? 0) > 0
        ? { pages: [...next.pages, ...before!.pages.slice(1)] }
        : {},
    ),
  ),
  mutant(
    "keeps entries beyond an incoming mark",
    ["incoming, below the end of the log"],
    marking((next, { kind, zxid }, before) => {
      const beyond = before?.entries.filter((entry) => entry.zxid > zxid) ?? [];
      return kind === "incoming" ? { entries: [...beyond, ...next.entries] } : {};
    }),
  ),
  broadMutant(
    "lets an incoming mark commit nothing",
    "incoming: all entries go",
    class extends ReferenceStorage {
      protected override found(): RecoveredLog {
        const found = super.found();
        const isMark = found.kind === "open" && found.base.zxid > 0 && found.base.zxid === found.last.zxid;
        return isMark ? { ...found, committed: 1 as typeof found.committed } : found;
      }
    },
  ),
  mutant(
    "lets a covering mark take the entries above it",
    ["covering: what stands up to the mark goes", "covering takes a fault below the mark away"],
    marking((next, { kind }) =>
      kind === "covering" && next.entries.length !== 1
        ? { entries: [], unreadable: new Set(), committed: next.base.zxid }
        : {},
    ),
  ),
  mutant(
    "lets a covering mark commit nothing",
    ["covering: what is committed is at least"],
    class extends ReferenceStorage {
      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const next = super.applied(stored, batch, draft);
        const isSilent = batch.checkpoint?.kind === "covering" && batch.committed === undefined;
        return isSilent && next.unreadable.size === 0 && stored?.committed === 0
          ? { ...next, committed: stored.committed }
          : next;
      }
    },
  ),
  mutant(
    "takes no checkpoint before the first write",
    ["an incoming checkpoint may come to a store with the first write"],
    class extends ReferenceStorage {
      override async addPages(pages: Draft): Promise<void> {
        if (this.readable() === null) throw new CoterieError("ASSERTION");
        return super.addPages(pages);
      }
    },
  ),
  mutant(
    "changes the checkpoint before the log",
    ["until a checkpoint is durable"],
    class extends ReferenceStorage {
      private half: Stored | null = null;

      override async write(batch: LogBatch): Promise<void> {
        const { stored } = this.place;
        const { draft } = this;
        if (batch.checkpoint?.kind === "incoming" && stored !== null)
          this.half = { ...stored, checkpoint: applied(stored, batch, draft).checkpoint, pages: draft };
        await super.write(batch);
        this.half = null;
      }

      override cutOff(): void {
        super.cutOff();
        if (this.half !== null) this.place.stored = this.half;
      }
    },
  ),
];

const READERS: readonly Mutant[] = [
  mutant(
    "reads the pages that are there now",
    ["pages stay until the reader is closed", "a reader opened before a delta", "several readers may be open"],
    class extends ReferenceStorage {
      protected override pagesRead(_: Stored, first: number, sizeMaxBytes: number): Draft {
        return super.pagesRead(this.place.stored!, first, sizeMaxBytes);
      }
    },
  ),
  mutant(
    "reads a page more than fits",
    ["a reader gives pages in their order"],
    class extends ReferenceStorage {
      protected override pagesRead(stored: Stored, first: number, sizeMaxBytes: number): Draft {
        return super.pagesRead(stored, first, sizeMaxBytes + 40);
      }
    },
  ),
  mutant(
    "reads from any index",
    ["misuse rejects with AssertionError and changes nothing: a page index"],
    class extends ReferenceStorage {
      protected override pagesRead(stored: Stored, first: number, sizeMaxBytes: number): Draft {
        const index = Math.min(Math.max(0, Math.floor(first)), stored.pages.length);
        return super.pagesRead(stored, index, sizeMaxBytes);
      }
    },
  ),
  mutant(
    "counts wrongly what its checkpoint holds",
    ["a reader says which checkpoint it reads"],
    class extends ReferenceStorage {
      override async openCheckpoint(): ReturnType<ReferenceStorage["openCheckpoint"]> {
        const reader = await super.openCheckpoint();
        return reader && { ...reader, checkpoint: { ...reader.checkpoint, baseSizeBytes: 0 } };
      }
    },
  ),
];

/** The reference, blind for some of what is damaged when it opens and reads. */
function seeing(change: (stored: Stored) => Partial<Stored>): Mutant["store"] {
  return class extends ReferenceStorage {
    protected override found(): RecoveredLog {
      const { stored } = this.place;
      if (stored !== null && stored.unreadable.size > 0) this.place.stored = { ...stored, ...change(stored) };
      return super.found();
    }
  };
}

const FAULTS: readonly Mutant[] = [
  broadMutant(
    "takes a fault for the end of the log",
    "what does not check out is a fault",
    seeing(({ entries, unreadable }) => ({
      entries: entries.slice(
        0,
        entries.findIndex(({ zxid }) => unreadable.has(zxid)),
      ),
      unreadable: new Set(),
    })),
  ),
  broadMutant(
    "gives back what does not check out",
    "nothing is given back that was not written",
    seeing(() => ({ unreadable: new Set() })),
  ),
  broadMutant(
    "reads over a fault",
    "a reading ends before a fault",
    class extends ReferenceStorage {
      protected override selected(stored: Stored, range: ZxidRange, sizeMaxBytes: number): LogReading {
        const entries = stored.entries.filter(({ zxid }) => !stored.unreadable.has(zxid));
        return super.selected({ ...stored, entries }, range, sizeMaxBytes);
      }
    },
  ),
  broadMutant(
    "names a fault once",
    "a fault is named by every open",
    class extends ReferenceStorage {
      protected override found(): RecoveredLog {
        const found = super.found();
        const { stored } = this.place;
        if (stored !== null) this.place.stored = { ...stored, unreadable: new Set() };
        return found;
      }
    },
  ),
  broadMutant(
    "does not keep a repair",
    "repair fills a fault as a whole",
    class extends ReferenceStorage {
      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const next = applied(stored, batch, draft);
        return batch.repair === undefined || stored === null ? next : { ...next, unreadable: stored.unreadable };
      }
    },
  ),
  mutant(
    "repairs a fault as a whole or not at all",
    ["repair fills a fault in part", "repair leaves out what does not lead on"],
    class extends ReferenceStorage {
      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const isPart = batch.repair !== undefined && batch.repair.length < (stored?.unreadable.size ?? 0);
        if (isPart) throw new CoterieError("ASSERTION");
        return applied(stored, batch, draft);
      }
    },
  ),
  mutant(
    "takes any repair",
    ["misuse rejects with AssertionError and changes nothing: repair that leads elsewhere"],
    class extends ReferenceStorage {
      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const { repair, ...rest } = batch;
        const isOwn = repair?.every((one) => stored?.entries.some(({ bytes }) => bytes === one.bytes) === true) ?? true;
        return applied(stored, isOwn ? batch : rest, draft);
      }
    },
  ),
  mutant(
    "takes a repair that comes too late for misuse",
    ["repair leaves out what does not lead on"],
    class extends ReferenceStorage {
      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const first = batch.repair?.[0];
        if (first !== undefined && stored !== null && !isFirstUnreadable(stored, first))
          throw new CoterieError("ASSERTION");
        return applied(stored, batch, draft);
      }
    },
  ),
  mutant(
    "keeps a fault that was truncated",
    ["truncateAfter takes a fault above it away"],
    class extends ReferenceStorage {
      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const isFaulty = batch.truncateAfter !== undefined && (stored?.unreadable.size ?? 0) > 0;
        const { truncateAfter: _, ...rest } = batch;
        return applied(stored, isFaulty ? rest : batch, draft);
      }
    },
  ),
  mutant(
    "keeps a fault that was purged",
    ["purge lets go of faults"],
    class extends ReferenceStorage {
      protected override purged(stored: Stored, upTo: ZxidRange["upTo"]): Stored {
        KEPT.set(this.place, faultsOf(stored));
        return super.purged(stored, upTo);
      }

      protected override found(): RecoveredLog {
        const found = super.found();
        return found.kind === "blank" ? found : { ...found, faults: KEPT.get(this.place) ?? found.faults };
      }
    },
  ),
  mutant(
    "keeps a fault beside an incoming checkpoint",
    ["incoming takes all faults away"],
    marking((_, { kind }, before) =>
      kind === "incoming" && before !== null && faultsOf(before).length > 0
        ? { entries: before.entries, unreadable: before.unreadable }
        : {},
    ),
  ),
  mutant(
    "reads damaged pages",
    ["a reader rejects with STORE_CORRUPT"],
    class extends ReferenceStorage {
      protected override pagesRead(stored: Stored, first: number, sizeMaxBytes: number): Draft {
        this.place.damagedPages = new Set();
        return super.pagesRead(stored, first, sizeMaxBytes);
      }
    },
  ),
  mutant(
    "does not notice a lost end",
    ["an end that was lost is noticed"],
    class extends ReferenceStorage {
      protected override found(): RecoveredLog {
        this.place.watermark = null;
        return super.found();
      }
    },
  ),
  mutant(
    "does not count what it drops",
    ["a torn tail beyond what was promised"],
    class extends ReferenceStorage {
      protected override found(): RecoveredLog {
        const found = super.found();
        return found.kind === "blank" ? found : { ...found, droppedTailCount: 0 };
      }
    },
  ),
];

const LEFT = new WeakMap<object, Draft>();
const KEPT = new WeakMap<object, readonly LogFault[]>();

export const CHECKPOINT_MUTANTS: readonly Mutant[] = [...DRAFTS, ...MARKS, ...READERS, ...FAULTS];
