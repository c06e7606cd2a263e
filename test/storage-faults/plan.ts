import {
  CHAIN_HASH_NONE,
  chainHash,
  createZxid,
  type Epoch,
  counterOf,
  epochOf,
  type HardState,
  type LogBatch,
  type LogEntry,
  type PeerId,
  type Random,
  randomBelow,
  type Zxid,
  ZXID_NONE,
} from "@coterie/interface";
import {
  applied,
  lastOf,
  type Stored,
  without,
  positionOf,
} from "../../packages/compliance/test/log-storage/reference/stored.ts";

export type Step =
  | { readonly kind: "open" }
  | { readonly kind: "close" }
  | { readonly kind: "write"; readonly batch: LogBatch }
  | { readonly kind: "add-pages"; readonly pages: readonly Uint8Array[] }
  | { readonly kind: "purge"; readonly upTo: Zxid };

export interface Plan {
  readonly steps: readonly Step[];
  /** What has to be in the store after each step; null while it is blank. */
  readonly states: readonly (Stored | null)[];
}

const HARD_STATE: HardState = {
  clusterId: "storage-faults",
  peerId: 7 as PeerId,
  incarnation: 1,
  acceptedEpoch: 1 as Epoch,
  currentEpoch: 1 as Epoch,
  isAmnesiac: false,
};

/**
 * What a life is mostly about: all sorts of things; appends, so that nothing but the log says how far it has reached;
 * checkpoints that are larger than what LevelDB keeps in memory, so that its write-ahead log changes between page and
 * marker; or a short log that ends in a table.
 */
export const PLAN_SHAPES = ["mixed", "long tail", "large checkpoints", "tail in a table"] as const;
export type PlanShape = (typeof PLAN_SHAPES)[number];

/** A life of a store, drawn from a seed's stream: appends above all, and all that changes the rest from time to time. */
export function drawPlan(random: Random, length: number, shape: PlanShape = "mixed"): Plan {
  const draft = new PlanDraft(random);
  draft.take({ kind: "open" });
  draft.write({ hardState: HARD_STATE, append: draft.entries(1 + draft.below(3)) });
  switch (shape) {
    case "mixed":
      for (let count = 0; count < length; count++) draft.drawStep();
      break;
    case "long tail":
      for (let count = 0; count < length; count++)
        if (count < length / 4) draft.drawStep();
        else draft.append();
      break;
    case "large checkpoints":
      for (let count = 0; count < length / 4; count++) {
        draft.append();
        if (draft.below(2) === 0) draft.checkpoint(40_000);
        else draft.drawStep();
      }
      break;
    case "tail in a table":
      for (let count = 0; count < length / 8; count++) draft.append();
      draft.reopen();
      break;
  }
  return draft;
}

class PlanDraft implements Plan {
  readonly steps: Step[] = [];
  readonly states: (Stored | null)[] = [];
  private readonly random: Random;
  private stored: Stored | null = null;
  private pages: Uint8Array[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  take(step: Step): void {
    this.steps.push(step);
    this.states.push(this.stored);
  }

  write(batch: LogBatch): void {
    this.stored = applied(this.stored, batch, this.pages);
    if (batch.checkpoint !== undefined) this.pages = [];
    this.take({ kind: "write", batch });
  }

  drawStep(): void {
    const draw = this.below(100);
    if (draw < 66) this.append();
    else if (draw < 74) this.promise();
    else if (draw < 80) this.truncate();
    else if (draw < 88) this.checkpoint();
    else if (draw < 92) this.purge();
    else if (draw < 96) this.write({ notes: this.random.bytes(this.below(40)) });
    else this.reopen();
  }

  entries(count: number, after: Stored | null = this.stored): LogEntry[] {
    let last = after === null ? { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE } : lastOf(after);
    const epoch = after?.hardState.currentEpoch ?? HARD_STATE.currentEpoch;
    return Array.from({ length: count }, () => {
      const counter = epochOf(last.zxid) === epoch ? counterOf(last.zxid) + 1 : 1;
      const [zxid, tag, bytes] = [createZxid(epoch, counter), this.below(256), this.random.bytes(this.entrySize())];
      const entry = { zxid, tag, bytes, chainHash: chainHash(last.chainHash, zxid, tag, bytes) };
      last = entry;
      return entry;
    });
  }

  private entrySize(): number {
    return this.below(10) === 0 ? this.below(9000) : this.below(300);
  }

  append(): void {
    const append = this.entries(1 + this.below(6));
    const at = this.below(append.length + 1);
    this.write({ append, ...(at < append.length ? { committed: append[at]!.zxid } : {}) });
  }

  /** A new epoch: zxids of the old one are not used any more. */
  private promise(): void {
    const { hardState } = this.stored!;
    const epoch = (hardState.currentEpoch + 1) as Epoch;
    this.write({ hardState: { ...hardState, acceptedEpoch: epoch } });
    this.write({ hardState: { ...hardState, acceptedEpoch: epoch, currentEpoch: epoch } });
  }

  /** As a learner does: the end of its log goes, and the new leader's begins. */
  private truncate(): void {
    this.promise();
    const { entries, base, committed } = this.stored!;
    const possible = [base, ...entries].filter(({ zxid }) => zxid >= committed);
    const after = possible[this.below(possible.length)]!;
    const left = { ...this.stored!, ...without(this.stored!, ({ zxid }) => zxid > after.zxid) };
    this.write({ truncateAfter: after.zxid, append: this.entries(1 + this.below(3), left) });
  }

  /** Of up to four pages with up to so many bytes. */
  checkpoint(pageSizeMaxBytes: number = 4000): void {
    const { entries, base, committed, checkpoint } = this.stored!;
    const at = entries.findLast(({ zxid }) => zxid <= committed) ?? base;
    if (at.zxid === ZXID_NONE || (checkpoint !== null && at.zxid < checkpoint.zxid)) return;
    const pages = Array.from({ length: 1 + this.below(4) }, () =>
      this.random.bytes(200 + this.below(pageSizeMaxBytes)),
    );
    this.pages.push(...pages);
    this.take({ kind: "add-pages", pages });
    const kind = checkpoint !== null && this.below(2) === 0 ? "delta" : "full";
    const digest = `digest-${this.steps.length}`;
    this.write({ checkpoint: { kind, ...positionOf(at), digest, pageCount: pages.length } });
  }

  private purge(): void {
    const upTo = this.stored!.checkpoint?.zxid;
    if (upTo === undefined) return;
    const base = this.stored!.entries.findLast(({ zxid }) => zxid <= upTo) ?? this.stored!.base;
    this.stored = { ...this.stored!, ...without(this.stored!, ({ zxid }) => zxid <= upTo), base: positionOf(base) };
    this.take({ kind: "purge", upTo });
  }

  reopen(): void {
    this.take({ kind: "close" });
    this.take({ kind: "open" });
  }
}

/** As `workload.mjs` reads it. */
export function encodePlan({ steps }: Plan): string {
  return JSON.stringify(steps, (_, value: unknown) =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value,
  );
}
