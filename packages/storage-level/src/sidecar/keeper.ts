import type { Clock, HardState, LogPosition, Timer } from "@coterie/interface";
import { toStoreError } from "../database/store-error.ts";
import { STORAGE_LIMITS } from "../limits.ts";
import type { Sidecar, SidecarContent, SidecarState } from "./sidecar.ts";

/** Half of the lag that is allowed: the other half is for the disk. */
const RAISE_DELAY_MS = STORAGE_LIMITS.watermarkLagMaxMs / 2;

/**
 * Keeps the second copy up to date: promises before they are said, the watermark at leisure, and lowered before the log
 * is. Its writes follow each other. Without a sidecar it does nothing.
 */
export class SidecarKeeper {
  private readonly sidecar: Sidecar | null;
  private readonly clock: Clock;
  private readonly failed: (error: Error) => void;
  private state: SidecarState | null;
  private isDirty = false;
  private isBroken = false;
  private timer: Timer | null = null;
  private queue: Promise<void> = Promise.resolve();

  /** `failed` is told when a write fails that nobody waits for. */
  constructor(sidecar: Sidecar | null, state: SidecarState | null, clock: Clock, failed: (error: Error) => void) {
    this.sidecar = sidecar;
    this.state = state;
    this.clock = clock;
    this.failed = failed;
  }

  /** Resolves when the promises stand twice. */
  async promise(hardState: HardState, last: LogPosition, stateNumber: number): Promise<void> {
    this.state = { hardState, watermark: last, stateNumber };
    await this.flush();
  }

  /**
   * Resolves when the watermark is no higher than `position`: then the log may be cut off there. What the opening found,
   * amnesia above all, goes with it, since a low watermark would hide it after a crash.
   */
  async lower(position: LogPosition, hardState: HardState): Promise<void> {
    if (this.state === null || this.state.watermark.zxid <= position.zxid) return;
    this.state = { ...this.state, hardState, watermark: position };
    await this.flush();
  }

  /** The log on the medium reaches to `last`; soon the second copy says so, too. */
  raise(last: LogPosition, stateNumber: number): void {
    if (this.sidecar === null || this.state === null) return;
    this.state = { ...this.state, watermark: last, stateNumber };
    this.isDirty = true;
    this.timer ??= this.clock.setTimer(RAISE_DELAY_MS, () => {
      this.timer = null;
      this.flush().catch(this.failed);
    });
  }

  /** Writes what it knows, unless something has failed, and gives the place free. Never rejects. */
  async close(isSound: boolean): Promise<void> {
    this.timer?.cancel();
    this.timer = null;
    if (isSound && this.isDirty) await this.flush().catch(() => undefined);
    await this.queue.catch(() => undefined);
    await this.sidecar?.close();
  }

  private async flush(): Promise<void> {
    const { sidecar, state } = this;
    if (sidecar === null || state === null) return;
    this.isDirty = false;
    await this.enqueue(sidecar, { kind: "standing", state });
  }

  private async enqueue(sidecar: Sidecar, content: SidecarContent): Promise<void> {
    const before = this.queue;
    const write = async (): Promise<void> => {
      await before.catch(() => undefined);
      // What has failed once is not tried again: the medium may say yes without having the bytes (R5).
      if (this.isBroken) throw new Error("an earlier write has failed");
      try {
        await sidecar.write(content);
      } catch (error) {
        this.isBroken = true;
        throw toStoreError(error, `writing ${sidecar.name}`);
      }
    };
    this.queue = write();
    await this.queue;
  }
}
