import type { KeyRange } from "./database/cursor.ts";
import { type Change, type Database, isCorrupt } from "./database/database.ts";
import { Pacer } from "./database/pacer.ts";
import { readableKeys } from "./database/readable.ts";
import { STORAGE_LIMITS } from "./limits.ts";

/** Deletes what counts for nothing any more, in the background, a piece a turn. */
export class Sweeper {
  private readonly garbage: () => readonly KeyRange[];
  private readonly failed: (error: Error) => void;
  private isWanted = false;
  private isStopped = false;
  private running: Promise<void> | null = null;

  /** `garbage` is asked whenever something may have become garbage; what it names never comes to life again. */
  constructor(garbage: () => readonly KeyRange[], failed: (error: Error) => void) {
    this.garbage = garbage;
    this.failed = failed;
  }

  request(database: Database): void {
    this.isWanted = true;
    this.running ??= this.run(database);
  }

  /** Resolves when nothing is deleted any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private async run(database: Database): Promise<void> {
    const pacer = new Pacer(database.clock);
    try {
      while (this.isWanted && !this.isStopped) {
        this.isWanted = false;
        for (const range of this.garbage()) {
          while (!this.isStopped && (await clearPiece(database, range))) await pacer.turn();
        }
      }
    } catch (error) {
      // Garbage that cannot be read stays where it is; the doctor says so.
      if (!isCorrupt(error)) this.failed(error as Error);
    }
    this.running = null;
  }
}

/** Deletes one piece of what can be read of a range; says whether there may be more. Not synced. */
async function clearPiece(database: Database, range: KeyRange): Promise<boolean> {
  const keys = await readableKeys(database, range, STORAGE_LIMITS.pieceKeysMax);
  if (keys.length === 0) return false;
  await database.commit(
    keys.map((key): Change => ({ kind: "delete", key })),
    false,
  );
  return keys.length === STORAGE_LIMITS.pieceKeysMax;
}
