import type { Database, KeyRange } from "./database/database.ts";
import { Pacer } from "./database/pacer.ts";

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
          while (!this.isStopped && (await database.clearPiece(range))) await pacer.turn();
        }
      }
    } catch (error) {
      this.failed(error as Error);
    }
    this.running = null;
  }
}
