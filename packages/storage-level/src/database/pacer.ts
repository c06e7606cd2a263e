import type { Clock } from "@coterie/interface";
import { STORAGE_LIMITS } from "../limits.ts";

/** Lets the event loop turn between pieces of work, so that nothing holds it for long. */
export class Pacer {
  private readonly clock: Clock;
  private spentBytes = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Counts work. Resolves in a later turn when a piece is full; null says that there is nothing to wait for. */
  spend(sizeBytes: number): Promise<void> | null {
    this.spentBytes += sizeBytes;
    return this.spentBytes < STORAGE_LIMITS.pieceSizeMaxBytes ? null : this.turn();
  }

  /** Counts a thing of that size: however small they are, a piece has only so many. */
  spendItem(sizeBytes: number): Promise<void> | null {
    return this.spend(sizeBytes + STORAGE_LIMITS.itemOverheadBytes);
  }

  /** Counts a log record that was read, and its entries, which are each hashed; null for one that is damaged. */
  spendRecord(sizeBytes: number, record: { readonly entries: readonly unknown[] } | null): Promise<void> | null {
    return this.spend(sizeBytes + (1 + (record?.entries.length ?? 0)) * STORAGE_LIMITS.itemOverheadBytes);
  }

  /** Counts one of the things of which a piece has `pieceKeysMax`. */
  spendKey(): Promise<void> | null {
    return this.spend(Math.ceil(STORAGE_LIMITS.pieceSizeMaxBytes / STORAGE_LIMITS.pieceKeysMax));
  }

  async turn(): Promise<void> {
    this.spentBytes = 0;
    await new Promise<void>((resolve) => this.clock.nextTurn(resolve));
  }
}
