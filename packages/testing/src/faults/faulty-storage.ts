import { CoterieError, type LogBatch, type LogStorage } from "@coterie/interface";

/** A store that fails when a test wants it to, as disks do. */
export interface FaultyStorage extends LogStorage {
  /**
   * The next write fails, and nothing of it is stored. From then on every call rejects with STORE_FAILED, until the store is closed and
   * opened again: a peer stops as a unit, and a new one on the same store goes on.
   */
  failNextWrite(code?: "STORE_FAILED" | "STORE_FULL"): void;

  /** Writes wait from here on, as on a disk that does not answer. */
  stallWrites(): void;

  /** Those that wait go on, in their order, and later ones do not wait. */
  resumeWrites(): void;
}

/** `inner` with faults on demand, and with none until then. */
export function createFaultyStorage(inner: LogStorage): FaultyStorage {
  return new FailingStore(inner);
}

/** What the ensemble needs beside what tests do. */
export class FailingStore implements FaultyStorage {
  readonly supports: LogStorage["supports"];
  private readonly inner: LogStorage;
  private failing: "STORE_FAILED" | "STORE_FULL" | null = null;
  private failure: CoterieError | null = null;
  private isStalled = false;
  private waiting: ((isLost: boolean) => void)[] = [];

  constructor(inner: LogStorage) {
    this.inner = inner;
    this.supports = inner.supports;
  }

  failNextWrite(code: "STORE_FAILED" | "STORE_FULL" = "STORE_FAILED"): void {
    this.failing = code;
  }

  stallWrites(): void {
    this.isStalled = true;
  }

  resumeWrites(): void {
    this.release(false);
  }

  /** The process is gone: what waits never reaches the store, and its faults go with it. */
  crash(): void {
    this.failing = null;
    this.release(true);
  }

  open(): ReturnType<LogStorage["open"]> {
    return this.inner.open();
  }

  async write(batch: LogBatch): Promise<void> {
    this.check();
    if (this.isStalled) await this.untilReleased();
    this.check();
    if (this.failing !== null) {
      const code = this.failing;
      this.failing = null;
      this.fail(new CoterieError(code, "the test has made this write fail"));
    }
    await this.inner.write(batch);
  }

  async read(...asked: Parameters<LogStorage["read"]>): ReturnType<LogStorage["read"]> {
    this.check();
    return this.inner.read(...asked);
  }

  async purge(...asked: Parameters<LogStorage["purge"]>): ReturnType<LogStorage["purge"]> {
    this.check();
    return this.inner.purge(...asked);
  }

  async addPages(...asked: Parameters<LogStorage["addPages"]>): Promise<void> {
    this.check();
    await this.inner.addPages(...asked);
  }

  async dropPages(): Promise<void> {
    this.check();
    await this.inner.dropPages();
  }

  async openCheckpoint(): ReturnType<LogStorage["openCheckpoint"]> {
    this.check();
    return this.inner.openCheckpoint();
  }

  /** A write that is stalled would be waited for: it is lost. */
  async close(): Promise<void> {
    this.release(true);
    await this.inner.close();
    this.failure = null;
  }

  private async untilReleased(): Promise<void> {
    const isLost = await new Promise<boolean>((resolve) => this.waiting.push(resolve));
    if (isLost) this.fail(new CoterieError("STORE_FAILED", "the process has ended before this write was made"));
  }

  private release(isLost: boolean): void {
    this.isStalled = false;
    const { waiting } = this;
    this.waiting = [];
    for (const go of waiting) go(isLost);
  }

  private fail(error: CoterieError): never {
    this.failure = error;
    throw error;
  }

  private check(): void {
    if (this.failure === null) return;
    throw new CoterieError("STORE_FAILED", "a write has failed before: close the store and open it again", {
      cause: this.failure,
    });
  }
}
