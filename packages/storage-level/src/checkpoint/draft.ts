import { assert } from "@coterie/interface";
import type { Change, Database } from "../database/database.ts";
import { encodePage, type Segment } from "../format/records.ts";
import { STORAGE_LIMITS } from "../limits.ts";

/**
 * The pages of a checkpoint that is not marked yet, under a generation of their own. They are written in few, synced
 * batches: a database may keep a later synced write and lose an earlier one that was not.
 */
export class PageDraft {
  readonly generation: number;
  private waiting: Uint8Array[] = [];
  /** With what each page costs beside its bytes. */
  private waitingBytes = 0;
  private writtenCount = 0;
  private sizeBytes = 0;

  constructor(generation: number) {
    this.generation = generation;
  }

  get pageCount(): number {
    return this.writtenCount + this.waiting.length;
  }

  /** What a marker would name. */
  get segment(): Segment {
    return { generation: this.generation, pageCount: this.pageCount, sizeBytes: this.sizeBytes };
  }

  /** Without a database, which the first write creates, pages wait in memory. */
  async add(database: Database | null, pages: readonly Uint8Array[]): Promise<void> {
    const sizeBytes = pages.reduce((sum, page) => sum + page.length, 0);
    const addedBytes = sizeBytes + pages.length * STORAGE_LIMITS.itemOverheadBytes;
    const isTooMuch = database === null && this.waitingBytes + addedBytes > STORAGE_LIMITS.draftUncreatedMaxBytes;
    assert(!isTooMuch, "a store that was not created takes no more pages than fit into memory");
    for (const page of pages) this.waiting.push(page);
    this.waitingBytes += addedBytes;
    this.sizeBytes += sizeBytes;
    if (database !== null && this.waitingBytes >= STORAGE_LIMITS.draftBufferMaxBytes) await this.flush(database);
  }

  /** Resolves when all pages are durable. */
  async flush(database: Database): Promise<void> {
    while (this.waiting.length > 0) {
      const changes = this.takePiece();
      await database.commit(changes, true);
      this.writtenCount += changes.length;
    }
  }

  private takePiece(): Change[] {
    const changes: Change[] = [];
    let sizeBytes = 0;
    for (const page of this.waiting) {
      const pageSizeBytes = page.length + STORAGE_LIMITS.itemOverheadBytes;
      if (changes.length > 0 && sizeBytes + pageSizeBytes > STORAGE_LIMITS.draftBufferMaxBytes) break;
      sizeBytes += pageSizeBytes;
      changes.push({ kind: "put", stored: encodePage(this.generation, this.writtenCount + changes.length, page) });
    }
    this.waiting = this.waiting.slice(changes.length);
    this.waitingBytes -= sizeBytes;
    return changes;
  }
}
