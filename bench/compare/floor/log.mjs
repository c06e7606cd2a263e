// A file that is made ahead and written and synced by one call, round and round: what it holds is never read.
import { constants, open, write, writev } from "node:fs";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";

const SIZE_BYTES = 64 * 2 ** 20;

export class Log {
  #file;
  #at = 0;
  #waiting = [];
  #isWriting = false;

  static async create(path) {
    await writeFile(path, Buffer.alloc(SIZE_BYTES), { flush: true });
    const log = new Log();
    log.#file = await promisify(open)(path, constants.O_RDWR | (constants.O_DSYNC ?? constants.O_SYNC));
    return log;
  }

  /** `done` is called when the bytes are on the disk; those that come meanwhile are written together. */
  append(bytes, done) {
    this.#waiting.push({ bytes, done });
    if (!this.#isWriting) this.#write();
  }

  #write() {
    const batch = this.#waiting;
    this.#waiting = [];
    const pieces = batch.map(({ bytes }) => bytes);
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.#at + size > SIZE_BYTES) this.#at = 0;
    const written = (error) => {
      if (error !== null) throw error;
      this.#isWriting = false;
      for (const { done } of batch) done();
      if (!this.#isWriting && this.#waiting.length > 0) this.#write();
    };
    this.#isWriting = true;
    if (pieces.length === 1) write(this.#file, pieces[0], 0, size, this.#at, written);
    else writev(this.#file, pieces, this.#at, written);
    this.#at += size;
  }
}
