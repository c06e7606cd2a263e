import {
  assert,
  AssertionError,
  type CheckpointReader,
  CoterieError,
  isZxid,
  type LogBatch,
  type LogPosition,
  type LogReading,
  type LogStorage,
  type LogStorageSupports,
  type RecoveredLog,
  type Zxid,
  type ZxidRange,
} from "@coterie/interface";
import { Pacer } from "./database/pacer.ts";
import { toStoreError } from "./database/store-error.ts";
import { checkBatch, checkPages } from "./log/check-batch.ts";
import { openStore } from "./opening.ts";
import { createOpenStore, type OpenStore } from "./open-store.ts";
import type { StoreParts } from "./parts.ts";

type Phase =
  | { readonly kind: "closed" }
  | { readonly kind: "opening" }
  | { readonly kind: "open"; readonly store: OpenStore }
  | { readonly kind: "closing" };

/** The lifecycle of a store: which calls may come, what they wait for, and what a failure means for those after it. */
export class LevelLogStorage implements LogStorage {
  readonly supports: LogStorageSupports;
  private readonly parts: StoreParts;
  private phase: Phase = { kind: "closed" };
  private opening: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | null = null;
  private readonly underWay = new Set<Promise<unknown>>();
  /** Lanes in which a call is under way. */
  private readonly busy = new Set<string>();
  /** What has failed: the medium's outcome is unknown until the store is opened anew (R5). */
  private failure: Error | null = null;

  constructor(parts: StoreParts) {
    this.parts = parts;
    this.supports = Object.freeze({ durable: parts.isDurable });
  }

  async open(): Promise<RecoveredLog> {
    if (this.phase.kind !== "closed") {
      throw new CoterieError("STORE_LOCKED", `${this.parts.place.name} is open already: close this handle first`);
    }
    this.phase = { kind: "opening" };
    this.closing = null;
    const opening = this.openNow();
    this.opening = opening.catch(() => undefined);
    return opening;
  }

  private async openNow(): Promise<RecoveredLog> {
    const { place } = this.parts;
    try {
      const opened = await openStore(this.parts);
      const failed = (error: Error): void => this.poison(error);
      const store = await createOpenStore(this.parts, opened, failed);
      this.failure = null;
      this.phase = { kind: "open", store };
      return opened.recovery?.found ?? { kind: "blank" };
    } catch (error) {
      this.phase = { kind: "closed" };
      throw toStoreError(error, `opening ${place.name}`);
    }
  }

  async write(batch: LogBatch): Promise<void> {
    return this.run("write", async (store) => {
      await checkBatch(batch, new Pacer(this.parts.clock));
      await store.write(batch);
    });
  }

  async read(range: ZxidRange, sizeMaxBytes: number): Promise<LogReading> {
    return this.run(null, async (store) => {
      assert(isZxid(range.after) && isZxid(range.upTo), "a range has zxids");
      assert(sizeMaxBytes >= 0, "a size is not negative");
      return store.read(range, sizeMaxBytes);
    });
  }

  async purge(upTo: Zxid): Promise<LogPosition> {
    return this.run("purge", async (store) => {
      assert(isZxid(upTo), "a purge names a zxid");
      return store.purge(upTo);
    });
  }

  async addPages(pages: readonly Uint8Array[]): Promise<void> {
    return this.run("pages", async (store) => {
      checkPages(pages);
      await store.addPages(pages);
    });
  }

  async dropPages(): Promise<void> {
    return this.run("pages", async (store) => store.dropPages());
  }

  async openCheckpoint(): Promise<CheckpointReader | null> {
    return this.run(null, async (store) => {
      const reader = store.openCheckpoint();
      if (reader === null) return null;
      return {
        checkpoint: reader.checkpoint,
        // It ends with the store that it was opened on, whatever is open after that.
        read: async (first, sizeMaxBytes) =>
          this.run(null, async (now) => {
            if (now !== store) throw new CoterieError("STORE_CLOSED", "this reader ended when the store was closed");
            return reader.read(first, sizeMaxBytes);
          }),
        close: async () => reader.close(),
      };
    });
  }

  close(): Promise<void> {
    this.closing ??= this.closeNow();
    return this.closing;
  }

  private async closeNow(): Promise<void> {
    if (this.phase.kind === "opening") await this.opening;
    if (this.phase.kind !== "open") return;
    const { store } = this.phase;
    this.phase = { kind: "closing" };
    await Promise.allSettled(this.underWay);
    await store.close(this.failure === null);
    this.phase = { kind: "closed" };
  }

  /** Runs a call on the open store. A lane takes one at a time, and its failures are for all calls after it. */
  private async run<Result>(lane: string | null, work: (store: OpenStore) => Promise<Result>): Promise<Result> {
    if (this.phase.kind !== "open") throw new CoterieError("STORE_CLOSED");
    if (this.failure !== null) throw this.failedBefore(this.failure);
    if (lane !== null) {
      if (this.busy.has(lane))
        throw new AssertionError("a call of this lane waits until the one before it has settled");
      this.busy.add(lane);
    }
    const running = this.attempt(lane, work(this.phase.store));
    this.underWay.add(running);
    try {
      return await running;
    } finally {
      this.underWay.delete(running);
      if (lane !== null) this.busy.delete(lane);
    }
  }

  private async attempt<Result>(lane: string | null, work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      const named = toStoreError(error, `working on ${this.parts.place.name}`);
      if (lane !== null && (named.code === "STORE_FAILED" || named.code === "STORE_FULL")) this.poison(named);
      throw named;
    }
  }

  private poison(error: Error): void {
    this.failure ??= error;
  }

  private failedBefore(cause: Error): CoterieError {
    const advice = "What it was writing may or may not be there: close the store and open it anew.";
    return new CoterieError("STORE_FAILED", `${this.parts.place.name} failed before: ${cause.message} ${advice}`, {
      cause,
    });
  }
}
