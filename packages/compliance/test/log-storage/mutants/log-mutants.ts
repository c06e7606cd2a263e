import {
  chainHash,
  CoterieError,
  type LogBatch,
  type LogEntry,
  type LogPosition,
  type LogReading,
  type Zxid,
  type ZxidRange,
} from "@coterie/interface";
import { later, ReferenceStorage } from "../reference/reference-storage.ts";
import { applied, lastOf, type Stored } from "../reference/stored.ts";
import { broadMutant, mutant, type Mutant } from "./mutant.ts";

type Draft = readonly Uint8Array[];

/** The reference, with another idea of what a batch makes of what is stored. */
function applying(change: (stored: Stored | null, batch: LogBatch, draft: Draft) => Stored): Mutant["store"] {
  return class extends ReferenceStorage {
    protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
      return change(stored, batch, draft);
    }
  };
}

/** Likewise, after what the reference makes of it. */
function changing(change: (next: Stored, batch: LogBatch) => Partial<Stored>): Mutant["store"] {
  return applying((stored, batch, draft) => {
    const next = applied(stored, batch, draft);
    return { ...next, ...change(next, batch) };
  });
}

function rechained(stored: Stored | null, append: readonly LogEntry[]): LogEntry[] {
  let previous = stored === null ? (0 as LogEntry["chainHash"]) : lastOf(stored).chainHash;
  return append.map((entry) => {
    previous = chainHash(previous, entry.zxid, entry.tag, entry.bytes);
    return { ...entry, chainHash: previous };
  });
}

const WRITES: readonly Mutant[] = [
  broadMutant(
    "acknowledges before it is durable",
    "write resolves only when all of its batch is durable",
    class extends ReferenceStorage {
      private before: Stored | null = null;

      protected override keep(next: Stored): void {
        this.before = this.place.stored;
        super.keep(next);
      }

      override cutOff(): void {
        super.cutOff();
        this.place.stored = this.before;
      }
    },
  ),
  broadMutant(
    "forgets when it is closed",
    "open may be called again after close",
    class extends ReferenceStorage {
      protected override async closed(): Promise<void> {
        await super.closed();
        this.place.stored = null;
      }
    },
  ),
  broadMutant(
    "leaves a hole",
    "append continues the log",
    changing(({ entries }, { append = [] }) =>
      append.length > 2 ? { entries: entries.filter((entry) => entry !== append[1]) } : {},
    ),
  ),
  broadMutant(
    "drops the last entry of a batch",
    "append continues the log",
    changing(({ entries }, { append = [] }) => (append.length > 1 ? { entries: entries.slice(0, -1) } : {})),
  ),
  mutant(
    "keeps half a batch in a crash",
    [
      "after a crash an append is written whole",
      "after a crash all of a batch or nothing is there",
      "after a crash in the first write",
    ],
    class extends ReferenceStorage {
      private halved: Stored | null = null;

      override async write(batch: LogBatch): Promise<void> {
        const { append, truncateAfter, checkpoint, committed: _, ...rest } = batch;
        if (append !== undefined && append.length > 1 && checkpoint?.kind !== "incoming") {
          const half = append.slice(0, append.length >> 1);
          const truncation = truncateAfter === undefined ? {} : { truncateAfter };
          this.halved = applied(this.place.stored, { ...rest, ...truncation, append: half }, []);
        }
        await super.write(batch);
        this.halved = null;
      }

      override cutOff(): void {
        super.cutOff();
        if (this.halved !== null) this.place.stored = this.halved;
      }
    },
  ),
  mutant(
    "cuts the bytes of an entry off",
    ["an entry is given back as it was"],
    changing(({ entries }) => ({
      entries: entries.map((entry) =>
        entry.bytes.length > 65_535 ? { ...entry, bytes: entry.bytes.subarray(0, 65_535) } : entry,
      ),
    })),
  ),
  broadMutant(
    "does not keep a later hard state",
    "hardState is found again as it was written last",
    applying((stored, batch, draft) => {
      const next = applied(stored, batch, draft);
      return stored === null ? next : { ...next, hardState: stored.hardState };
    }),
  ),
  broadMutant(
    "forgets notes with each write that brings none",
    "notes are found again",
    changing((_, { notes }) => ({ notes: notes ?? new Uint8Array(0) })),
  ),
  broadMutant(
    "does not keep what is committed",
    "committed is found again",
    changing((next) => ({ committed: next.base.zxid })),
  ),
  mutant(
    "refuses zxids that leave gaps",
    ["zxids may leave gaps"],
    applying((stored, batch, draft) => {
      const first = batch.append?.[0]?.zxid ?? (1 as Zxid);
      const isFar = stored !== null && first - lastOf(stored).zxid > 2 ** 32;
      if (isFar && lastOf(stored).zxid > 0) throw new CoterieError("ASSERTION");
      return applied(stored, batch, draft);
    }),
  ),
  mutant(
    "appends before it truncates",
    [
      "the parts take effect in the order of the fields: truncateAfter, then append",
      "what read gives was there, whole, at one moment: beside a truncation",
    ],
    applying((stored, batch, draft) => {
      const { truncateAfter, ...rest } = batch;
      if (truncateAfter === undefined || batch.append === undefined) return applied(stored, batch, draft);
      return applied(applied(stored, rest, draft), { truncateAfter }, []);
    }),
  ),
  mutant(
    "takes a write while a lane beside it is busy for a mistake",
    ["the three lanes and any number of reads run side by side"],
    class extends ReferenceStorage {
      private isAdding = false;

      override async addPages(pages: Draft): Promise<void> {
        this.isAdding = this.state === "open";
        await super.addPages(pages).finally(() => (this.isAdding = false));
      }

      override async purge(upTo: Zxid): Promise<LogPosition> {
        this.readable();
        await later();
        if (this.isAdding) throw new CoterieError("ASSERTION");
        return super.purge(upTo);
      }
    },
  ),
];

/** Refuses what is sound. */
function refusing(isRefused: (batch: LogBatch, stored: Stored | null) => boolean): Mutant["store"] {
  return applying((stored, batch, draft) => {
    if (isRefused(batch, stored)) throw new CoterieError("ASSERTION");
    return applied(stored, batch, draft);
  });
}

const NARROW: readonly Mutant[] = [
  mutant(
    "refuses a batch that does nothing",
    ["a write may carry any one part"],
    refusing((batch) => Object.keys(batch).length === 0),
  ),
  mutant(
    "appends before it takes a checkpoint in",
    ["the parts take effect in the order of the fields: checkpoint, then append"],
    refusing(({ checkpoint, append }) => checkpoint?.kind === "incoming" && append !== undefined),
  ),
  mutant(
    "does not empty a log",
    ["truncateAfter may name the base"],
    refusing(({ truncateAfter, append }) => truncateAfter === 0 && append === undefined),
  ),
  mutant(
    "does not truncate behind the last entry",
    ["truncateAfter may name what is committed"],
    refusing(({ truncateAfter }, stored) => stored !== null && truncateAfter === lastOf(stored).zxid),
  ),
  mutant(
    "does not go on from a base where nothing is left",
    [
      "the whole log may be purged",
      "incoming: all entries go",
      "incoming, below the end",
      "pages stay until the reader",
    ],
    refusing(({ append, checkpoint }, stored) => {
      const isEmptied = stored !== null && stored.base.zxid > 0 && stored.entries.length === 0;
      return isEmptied && append !== undefined && checkpoint === undefined;
    }),
  ),
  mutant(
    "forgets a write that comes too early",
    ["a write is called when the one before it has settled"],
    class extends ReferenceStorage {
      private isWriting = false;

      override async write(batch: LogBatch): Promise<void> {
        if (this.isWriting && this.state === "open") return;
        this.isWriting = true;
        await super.write(batch).finally(() => (this.isWriting = false));
      }
    },
  ),
];

const TRUNCATIONS: readonly Mutant[] = [
  broadMutant(
    "truncates one too many",
    "truncateAfter removes every entry above it, and no more",
    changing(({ entries }, { truncateAfter }) =>
      truncateAfter === undefined ? {} : { entries: entries.filter(({ zxid }) => zxid !== truncateAfter) },
    ),
  ),
  broadMutant(
    "does not truncate inside a batch",
    "truncateAfter may name an entry in the middle of a batch",
    class extends ReferenceStorage {
      private readonly ends = new Set<Zxid>([0 as Zxid]);

      protected override applied(stored: Stored | null, batch: LogBatch, draft: Draft): Stored {
        const next = applied(stored, batch, draft);
        const { truncateAfter, append = [] } = batch;
        if (append.length > 0) this.ends.add(append.at(-1)!.zxid);
        if (truncateAfter === undefined || this.ends.has(truncateAfter) || stored === null) return next;
        throw new CoterieError("ASSERTION");
      }
    },
  ),
  mutant(
    "brings back what was truncated",
    ["what was truncated does not come back"],
    class extends ReferenceStorage {
      private truncated: Stored | null = null;

      override async write(batch: LogBatch): Promise<void> {
        const before = this.place.stored;
        await super.write(batch);
        this.truncated = batch.truncateAfter === undefined || batch.append !== undefined ? null : before;
      }

      override cutOff(): void {
        super.cutOff();
        const isCase = this.truncated?.entries.length === 4 && this.truncated.unreadable.size === 0;
        if (isCase) this.place.stored = this.truncated;
      }
    },
  ),
];

/** The reference, with another idea of what a reading gives. */
function selecting(
  change: (reading: LogReading, stored: Stored, range: ZxidRange, size: number) => LogReading,
): Mutant["store"] {
  return class extends ReferenceStorage {
    protected override selected(stored: Stored, range: ZxidRange, sizeMaxBytes: number): LogReading {
      return change(super.selected(stored, range, sizeMaxBytes), stored, range, sizeMaxBytes);
    }
  };
}

const READINGS: readonly Mutant[] = [
  broadMutant(
    "reads in another order",
    "read gives the entries above `after`",
    selecting((reading) => ("entries" in reading ? { ...reading, entries: reading.entries.toReversed() } : reading)),
  ),
  mutant(
    "reads beyond the limit",
    ["read gives as many entries as fit"],
    class extends ReferenceStorage {
      protected override fitting(entries: readonly LogEntry[], sizeMaxBytes: number): readonly LogEntry[] {
        return entries.slice(0, super.fitting(entries, sizeMaxBytes).length + 1);
      }
    },
  ),
  mutant(
    "reads nothing where the first entry is too large",
    ["read gives as many entries as fit"],
    class extends ReferenceStorage {
      protected override fitting(entries: readonly LogEntry[], sizeMaxBytes: number): readonly LogEntry[] {
        const isTooLarge = (entries[0]?.bytes.length ?? 0) > sizeMaxBytes;
        return isTooLarge ? [] : super.fitting(entries, sizeMaxBytes);
      }
    },
  ),
  broadMutant(
    "reads the entry at `after`, too",
    "read gives the entries above `after`",
    class extends ReferenceStorage {
      protected override selected(stored: Stored, range: ZxidRange, sizeMaxBytes: number): LogReading {
        const after = Math.max(stored.base.zxid, range.after - 1) as Zxid;
        return range.after < stored.base.zxid
          ? super.selected(stored, range, sizeMaxBytes)
          : super.selected(stored, { ...range, after }, sizeMaxBytes);
      }
    },
  ),
  mutant(
    "reads only between entries",
    ["neither end of a range need be an entry"],
    selecting((reading, { entries }, { after }) => {
      const isKnown = after === 0 || entries.some(({ zxid }) => zxid >= after - 1 && zxid <= after);
      return isKnown || entries.length === 0 || "base" in reading || entries[0]!.zxid > after
        ? reading
        : { kind: "entries", entries: entries.slice(0, 1) };
    }),
  ),
  mutant(
    "reads one entry from behind a cut",
    ["a reading goes on where"],
    selecting((reading, { entries }, { after }, size) => {
      const isCut = size === 30 && after === entries[2]?.zxid;
      return isCut && "entries" in reading ? { ...reading, entries: reading.entries.slice(1) } : reading;
    }),
  ),
  mutant(
    "reads the start of one log and the end of another",
    ["what read gives was there, whole, at one moment: beside a truncation"],
    class extends ReferenceStorage {
      protected override viewed(stored: Stored | null): Stored {
        const now = this.place.stored;
        if (stored === null || now === null || now.checkpoint !== null) return super.viewed(stored);
        return { ...stored, entries: [...stored.entries.slice(0, 4), ...now.entries.slice(4)] };
      }
    },
  ),
  mutant(
    "purges under a reading",
    [
      "readings that have begun are not disturbed by a purge",
      "what read gives was there, whole, at one moment: beside a purge",
    ],
    class extends ReferenceStorage {
      override async read(range: ZxidRange, sizeMaxBytes: number): Promise<LogReading> {
        const before = this.readable();
        await later();
        await later();
        const now = this.place.stored;
        if (before === null || now === null) return super.read(range, sizeMaxBytes);
        return this.selected({ ...now, base: before.base }, range, sizeMaxBytes);
      }
    },
  ),
  mutant(
    "calls what was purged empty",
    ["a range that begins below the base", "incoming: all entries go", "covering: what stands up to the mark goes"],
    selecting((reading) => (reading.kind === "purged" ? { kind: "entries", entries: [] } : reading)),
  ),
];

const PURGES: readonly Mutant[] = [
  broadMutant(
    "purges one too many",
    "purge lets go of entries up to `upTo`",
    class extends ReferenceStorage {
      protected override purged(stored: Stored, upTo: Zxid): Stored {
        const next = stored.entries.find(({ zxid }) => zxid > upTo);
        return super.purged(stored, next?.zxid ?? upTo);
      }
    },
  ),
  mutant(
    "purges what no checkpoint stands for",
    ["misuse rejects with AssertionError and changes nothing: purge above the checkpoint"],
    class extends ReferenceStorage {
      protected override checkPurge(): void {}
    },
  ),
  mutant(
    "names no position as the base",
    ["purge lets go of entries up to `upTo`", "a range that begins below the base"],
    class extends ReferenceStorage {
      override async purge(upTo: Zxid): Promise<LogPosition> {
        const { zxid } = await super.purge(upTo);
        return { zxid, chainHash: 0 as LogPosition["chainHash"] };
      }
    },
  ),
  mutant(
    "takes a purge for a loss",
    ["after a purge the store opens with that base"],
    class extends ReferenceStorage {
      private hasPurged = false;

      protected override purged(stored: Stored, upTo: Zxid): Stored {
        this.hasPurged = true;
        return super.purged(stored, upTo);
      }

      override cutOff(): void {
        super.cutOff();
        const { stored } = this.place;
        if (this.hasPurged && stored !== null)
          this.place.stored = { ...stored, hardState: { ...stored.hardState, isAmnesiac: true } };
      }
    },
  ),
];

const REFUSALS: readonly Mutant[] = [
  mutant(
    "mends the chain instead of checking it",
    ["misuse rejects with AssertionError and changes nothing: append that leaves a hole or breaks the chain"],
    applying((stored, batch, draft) => {
      const { append, truncateAfter } = batch;
      const isPlain = truncateAfter === undefined && batch.checkpoint === undefined;
      return applied(stored, append && isPlain ? { ...batch, append: rechained(stored, append) } : batch, draft);
    }),
  ),
  mutant(
    "takes what is committed for a wish",
    ["misuse rejects with AssertionError and changes nothing: committed above the log's end"],
    applying((stored, batch, draft) => {
      const { committed, ...rest } = batch;
      const next = applied(stored, rest, draft);
      if (committed === undefined || committed <= lastOf(next).zxid) return applied(stored, batch, draft);
      return { ...next, committed: lastOf(next).zxid };
    }),
  ),
  mutant(
    "lets what is committed go down",
    ["misuse rejects with AssertionError and changes nothing: committed that goes down"],
    applying((stored, batch, draft) => {
      const { committed, ...rest } = batch;
      if (stored === null || committed === undefined || committed >= stored.committed)
        return applied(stored, batch, draft);
      return { ...applied(stored, rest, draft), committed };
    }),
  ),
  mutant(
    "truncates what is committed",
    ["misuse rejects with AssertionError and changes nothing: truncateAfter below what is committed"],
    applying((stored, batch, draft) => {
      const { truncateAfter } = batch;
      if (stored === null || truncateAfter === undefined || truncateAfter >= stored.committed)
        return applied(stored, batch, draft);
      return applied({ ...stored, committed: truncateAfter }, batch, draft);
    }),
  ),
  mutant(
    "rounds a truncation down",
    ["misuse rejects with AssertionError and changes nothing: truncateAfter between two entries"],
    applying((stored, batch, draft) => {
      const { truncateAfter } = batch;
      if (stored === null || truncateAfter === undefined || truncateAfter > lastOf(stored).zxid)
        return applied(stored, batch, draft);
      const named = stored.entries.findLast(({ zxid }) => zxid <= truncateAfter)?.zxid ?? stored.base.zxid;
      return applied(stored, { ...batch, truncateAfter: named }, draft);
    }),
  ),
  mutant(
    "takes a truncation above the end for none",
    ["misuse rejects with AssertionError and changes nothing: truncateAfter that names no entry"],
    applying((stored, batch, draft) => {
      const { truncateAfter, ...rest } = batch;
      const isBeyond = stored !== null && truncateAfter !== undefined && truncateAfter > lastOf(stored).zxid;
      return applied(stored, isBeyond ? rest : batch, draft);
    }),
  ),
  mutant(
    "sorts what it is to append",
    ["misuse rejects with AssertionError and changes nothing: append whose entries go back among themselves"],
    applying((stored, batch, draft) => {
      const append = batch.append?.toSorted((one, other) => one.zxid - other.zxid);
      return applied(stored, append === undefined ? batch : { ...batch, append }, draft);
    }),
  ),
  mutant(
    "skips what it has already",
    ["misuse rejects with AssertionError and changes nothing: append that goes back"],
    applying((stored, batch, draft) => {
      const isOld = (batch.append ?? []).some(({ zxid }) => stored?.entries.some((one) => one.zxid === zxid) === true);
      const { append: _, ...rest } = batch;
      return applied(stored, isOld && batch.truncateAfter === undefined ? rest : batch, draft);
    }),
  ),
  mutant(
    "makes a hard state up",
    ["misuse rejects with AssertionError and changes nothing: a first write without a hard state"],
    applying((stored, batch, draft) => {
      const hardState = batch.hardState ?? stored?.hardState ?? MADE_UP;
      return applied(stored, { ...batch, hardState }, draft);
    }),
  ),
  broadMutant(
    "keeps the hard state of a batch that it refuses",
    "misuse rejects with AssertionError and changes nothing: append that goes back",
    class extends ReferenceStorage {
      override async write(batch: LogBatch): Promise<void> {
        await super.write(batch).catch((error: unknown) => {
          const { stored } = this.place;
          if (stored !== null && batch.hardState !== undefined)
            this.place.stored = { ...stored, hardState: batch.hardState };
          throw error;
        });
      }
    },
  ),
];

const MADE_UP = {
  clusterId: "x",
  peerId: 1,
  incarnation: 0,
  acceptedEpoch: 0,
  currentEpoch: 0,
  isAmnesiac: false,
} as never;

export const LOG_MUTANTS: readonly Mutant[] = [
  ...WRITES,
  ...NARROW,
  ...TRUNCATIONS,
  ...READINGS,
  ...PURGES,
  ...REFUSALS,
];
