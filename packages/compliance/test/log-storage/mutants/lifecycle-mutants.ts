import {
  CoterieError,
  counterOf,
  type LogBatch,
  type LogReading,
  type LogStorageSupports,
  type RecoveredLog,
  type Zxid,
  type ZxidRange,
} from "@coterie/interface";
import { ReferenceStorage } from "../reference/reference-storage.ts";
import { applied, emptyStored, type Stored } from "../reference/stored.ts";
import { broadMutant, mutant, type Mutant } from "./mutant.ts";

type Opened = Extract<RecoveredLog, { kind: "open" }>;

/** The reference, telling something else of what it has found. */
function finding(change: (found: Opened, stored: Stored) => Partial<Opened>): Mutant["store"] {
  return class extends ReferenceStorage {
    protected override found(): RecoveredLog {
      const found = super.found();
      return found.kind === "blank" ? found : { ...found, ...change(found, this.place.stored!) };
    }
  };
}

/** The reference, changing what it is given before anything else. */
function given(change: (batch: LogBatch) => LogBatch): Mutant["store"] {
  return class extends ReferenceStorage {
    override async write(batch: LogBatch): Promise<void> {
      return super.write(change(batch));
    }
  };
}

const OPENINGS: readonly Mutant[] = [
  mutant(
    "says that it is not durable",
    ["supports.durable"],
    class extends ReferenceStorage {
      override readonly supports: LogStorageSupports = { durable: false };
    },
  ),
  broadMutant(
    "creates a store when it is opened",
    "open creates nothing",
    class extends ReferenceStorage {
      protected override found(): RecoveredLog {
        const found = super.found();
        if (found.kind === "blank") this.place.stored = emptyStored(MADE_UP);
        return found;
      }
    },
  ),
  broadMutant(
    "says that a blank log was purged",
    "a blank store holds no entry and no checkpoint",
    class extends ReferenceStorage {
      protected override selected(stored: Stored, range: ZxidRange, sizeMaxBytes: number): LogReading {
        if (this.place.stored === null) return { kind: "purged", base: stored.base };
        return super.selected(stored, range, sizeMaxBytes);
      }
    },
  ),
  mutant(
    "is blank as long as it is not open",
    [
      "STORE_CLOSED before open was called",
      "STORE_CLOSED after close was called",
      "a failing medium does not keep",
      "one open store at a time for one place: open of another",
      "open changes nothing that it does not",
      "close closes open readers",
    ],
    class extends ReferenceStorage {
      protected override readable(): Stored | null {
        return this.state === "closed" ? null : super.readable();
      }
    },
  ),
  mutant(
    "takes calls while it is being opened",
    ["STORE_CLOSED before open has resolved"],
    class extends ReferenceStorage {
      protected override readable(): Stored | null {
        return this.state === "opening" ? this.place.stored : super.readable();
      }
    },
  ),
  mutant(
    "takes calls while it is being closed",
    ["STORE_CLOSED after close was called"],
    class extends ReferenceStorage {
      protected override readable(): Stored | null {
        return this.state === "closing" ? this.place.stored : super.readable();
      }
    },
  ),
  broadMutant(
    "throws where it should reject",
    "STORE_CLOSED before open was called",
    class extends ReferenceStorage {
      override write(batch: LogBatch): Promise<void> {
        this.readable();
        return super.write(batch);
      }
    },
  ),
  mutant(
    "opens what is open",
    [
      "one open store at a time for one place: a second open",
      "one open store at a time for one place: open of another",
    ],
    class extends ReferenceStorage {
      protected override isLocked(): boolean {
        return false;
      }
    },
  ),
  broadMutant(
    "does not wait when it is closed",
    "close waits for what is under way",
    class extends ReferenceStorage {
      protected override async closed(): Promise<void> {
        this.underWay.clear();
        await super.closed();
      }
    },
  ),
  mutant(
    "does not give the place free when it is closed while it opens",
    ["close waits for an open that is under way"],
    class extends ReferenceStorage {
      protected override async closed(): Promise<void> {
        const wasOpening = this.state === "opening";
        await super.closed();
        if (wasOpening) this.place.user = this;
      }
    },
  ),
  broadMutant(
    "cannot be closed twice at once",
    "close resolves on a store that is closed",
    class extends ReferenceStorage {
      override async close(): Promise<void> {
        if (this.state === "closing") throw new CoterieError("STORE_CLOSED");
        await super.close();
      }
    },
  ),
  mutant(
    "leaves the draft to the next one",
    ["close makes nothing durable that was not"],
    class extends ReferenceStorage {
      protected override async closed(): Promise<void> {
        const { draft } = this;
        await super.closed();
        DRAFTS.set(this.place, draft);
      }

      override async open(): Promise<RecoveredLog> {
        this.draft = DRAFTS.get(this.place) ?? [];
        return super.open();
      }
    },
  ),
  mutant(
    "reads pages after it was closed",
    ["close closes open readers", "a reader stays closed"],
    class extends ReferenceStorage {
      protected override checkReader(): void {}
    },
  ),
  mutant(
    "opens the readers of its last life again",
    ["a reader stays closed"],
    class extends ReferenceStorage {
      protected override checkReader(): void {
        super.checkReader(true);
      }
    },
  ),
];

const FINDINGS: readonly Mutant[] = [
  broadMutant(
    "finds a blank place where its second write was",
    "hardState is found again",
    finding(({ hardState }) => ({ hardState: { ...hardState, incarnation: hardState.incarnation & 1 } })),
  ),
  mutant(
    "cuts cluster ids off",
    ["clusterId: 1..64"],
    given((batch) => {
      const { hardState } = batch;
      const isLong = hardState !== undefined && hardState.clusterId.length === 64;
      return isLong ? { ...batch, hardState: { ...hardState, clusterId: hardState.clusterId.slice(0, 32) } } : batch;
    }),
  ),
  mutant(
    "reports amnesia once only",
    ["isAmnesiac is reported by every open", "an end that was lost is noticed"],
    class extends ReferenceStorage {
      protected override found(): RecoveredLog {
        const found = super.found();
        const { stored } = this.place;
        if (stored !== null) {
          this.place.stored = { ...stored, hardState: { ...stored.hardState, isAmnesiac: false } };
          this.place.watermark = null;
        }
        return found;
      }
    },
  ),
  mutant(
    "lets what is committed fall behind the base",
    ["committed is not below the base"],
    finding(({ base, committed, last, checkpoint }) => {
      const isEmptied = checkpoint?.zxid === last.zxid && base.zxid === last.zxid && checkpoint.pageCount === 1;
      return { committed: isEmptied && counterOf(last.zxid) === 3 ? ((committed - 1) as Zxid) : committed };
    }),
  ),
  mutant(
    "knows the end of the last epoch only",
    ["epochEnds: the last entry of each epoch"],
    finding(({ epochEnds }) => ({ epochEnds: epochEnds.slice(-1) })),
  ),
  broadMutant(
    "counts what it did not drop",
    "droppedTailCount and faults are none",
    finding(() => ({ droppedTailCount: 1 })),
  ),
];

const BYTES: readonly Mutant[] = [
  mutant(
    "writes to what it was given",
    ["what is handed in is not changed"],
    given((batch) => {
      const { notes } = batch;
      if (notes !== undefined && notes.byteOffset > 0) new Uint8Array(notes.buffer)[0] = 0;
      return batch;
    }),
  ),
  mutant(
    "stores what is around a view",
    ["a view of a larger array is stored as what it shows"],
    given((batch) => {
      const { notes } = batch;
      return notes === undefined ? batch : { ...batch, notes: new Uint8Array(notes.buffer as ArrayBuffer) };
    }),
  ),
  mutant(
    "uses one array for all that it hands out",
    ["what is handed out is never written again"],
    class extends ReferenceStorage {
      private readonly scratch = new Uint8Array(8);

      protected override owned(handedOut: readonly Uint8Array[]): readonly Uint8Array[] {
        const owned = super.owned(handedOut);
        const first = owned[0];
        if (first?.length !== 5 || owned.length > 4) return owned;
        this.scratch.set(first);
        return [this.scratch.subarray(0, 5), ...owned.slice(1)];
      }
    },
  ),
  mutant(
    "hands the same bytes out twice",
    ["what is handed out belongs to the caller"],
    class extends ReferenceStorage {
      private readonly known = new Map<string, Uint8Array>();

      protected override owned(handedOut: readonly Uint8Array[]): readonly Uint8Array[] {
        return super.owned(handedOut).map((bytes) => {
          const name = Buffer.from(bytes).toString("hex");
          const known = this.known.get(name) ?? bytes;
          this.known.set(name, known);
          return known;
        });
      }
    },
  ),
  mutant(
    "changes what it has said when it was opened",
    ["what open has handed out is not changed"],
    class extends ReferenceStorage {
      private said: { notes: Uint8Array } | null = null;

      protected override found(): RecoveredLog {
        const found = super.found();
        if (found.kind === "blank") return found;
        const mine = { ...found };
        this.said = mine;
        return mine;
      }

      override async write(batch: LogBatch): Promise<void> {
        if (this.said !== null && batch.notes !== undefined) this.said.notes = batch.notes;
        return super.write(batch);
      }
    },
  ),
];

/** Refuses what is sound, as a store with smaller limits does. */
function refusing(isRefused: (batch: LogBatch) => boolean): Mutant["store"] {
  return given((batch) => {
    if (isRefused(batch)) throw new CoterieError("STORE_FULL");
    return batch;
  });
}

const LIMITS: readonly Mutant[] = [
  mutant(
    "takes entries of up to a mebibyte",
    ["every store takes entries of entrySizeMaxBytes"],
    refusing(({ append = [] }) => append.some(({ bytes }) => bytes.length > 2 ** 20)),
  ),
  mutant(
    "cuts entries off that are too large",
    ["no caller gives it entries above entrySizeMaxBytes"],
    given((batch) => {
      const isTooLarge = (batch.append ?? []).some(({ bytes }) => bytes.length > 16 * 2 ** 20);
      const { append: _, ...rest } = batch;
      return isTooLarge ? rest : batch;
    }),
  ),
  mutant(
    "takes up to ten thousand entries",
    ["every store takes batchEntriesMax entries"],
    refusing(({ append = [] }) => append.length > 10_000),
  ),
  mutant(
    "takes pages of any size",
    ["every store takes pages of pageSizeMaxBytes"],
    class extends ReferenceStorage {
      protected override checkPages(): void {}
    },
  ),
  mutant(
    "takes a thousand bytes of notes",
    ["every store takes notes of notesSizeMaxBytes"],
    refusing(({ notes }) => notes !== undefined && notes.length > 1000),
  ),
];

const FAILURES: readonly Mutant[] = [
  mutant(
    "goes on after a write has failed",
    ["a write that failed is unknown", "a write that found no space is unknown"],
    class extends ReferenceStorage {
      protected override failed(): void {}
    },
  ),
  mutant(
    "does not say that there was no space",
    ["a write that found no space is unknown"],
    class extends ReferenceStorage {
      protected override keep(next: Stored): void {
        if (this.place.failure === "STORE_FULL") this.place.failure = "STORE_FAILED";
        super.keep(next);
      }
    },
  ),
  broadMutant(
    "cannot be closed once it has failed",
    "a failing medium does not keep the store from being closed",
    class extends ReferenceStorage {
      override async close(): Promise<void> {
        const isStuck = this.state === "failed";
        await super.close();
        if (isStuck) this.place.user = this;
      }
    },
  ),
  mutant(
    "takes a format that it does not know for none",
    ["open changes nothing that it does not understand"],
    class extends ReferenceStorage {
      protected override isUnknown(): boolean {
        return false;
      }
    },
  ),
];

const DRAFTS = new WeakMap<object, readonly Uint8Array[]>();
const MADE_UP = {
  clusterId: "x",
  peerId: 1,
  incarnation: 0,
  acceptedEpoch: 0,
  currentEpoch: 0,
  isAmnesiac: false,
} as never;

/** The reference, refusing less: what is wrong with a batch is taken out of it. */
function forgiving(rule: string, mend: (batch: LogBatch) => LogBatch): Mutant {
  const store = class extends ReferenceStorage {
    protected override applied(stored: Stored | null, batch: LogBatch, draft: readonly Uint8Array[]): Stored {
      return applied(stored, mend(batch), draft);
    }
  };
  return mutant(`takes ${rule}`, [`misuse rejects with AssertionError and changes nothing: ${rule}`], store);
}

const FORGIVING: readonly Mutant[] = [
  forgiving("a hard state out of range", (batch) => {
    const { hardState } = batch;
    const isWrong = hardState !== undefined && (hardState.peerId as number) === 255;
    return isWrong ? { ...batch, hardState: { ...hardState, peerId: 3 as typeof hardState.peerId } } : batch;
  }),
  forgiving("an entry whose tag is not 0..255", (batch) => {
    const { append: _, ...rest } = batch;
    return (batch.append ?? []).some(({ tag }) => tag === 256) ? rest : batch;
  }),
  forgiving("a digest that is not 1..64 ASCII characters", (batch) => {
    const { checkpoint } = batch;
    return checkpoint?.digest === "" ? { ...batch, checkpoint: { ...checkpoint, digest: "none" } } : batch;
  }),
  forgiving("a full or delta checkpoint that stands at no position of this log", (batch) => {
    const { checkpoint, ...rest } = batch;
    return checkpoint !== undefined && checkpoint.kind === "delta" && checkpoint.pageCount === 0 ? rest : batch;
  }),
];

export const LIFECYCLE_MUTANTS: readonly Mutant[] = [
  ...OPENINGS,
  ...FINDINGS,
  ...BYTES,
  ...LIMITS,
  ...FAILURES,
  ...FORGIVING,
];
