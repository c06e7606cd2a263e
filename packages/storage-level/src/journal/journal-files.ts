import { close, constants, fdatasync, fsync, open, read, write, writev } from "node:fs";
import { lstat, readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { CoterieError } from "@coterie/interface";
import { codeOf, makeDirectory, syncDirectory } from "../files/directories.ts";

/** What a journal asks of the file system; all of it goes through here, so that a test can let it fail. */
export interface JournalFiles {
  /** What is in a directory, links as what they lead to; null if nothing stands there. */
  list(path: string): Promise<readonly JournalEntry[] | null>;

  /** Makes a directory, durably, and those above it. */
  makeDirectory(path: string): Promise<void>;

  /**
   * "existing" for reading, and writing in place; "new" likewise, of a file that is not there yet; "draft" makes a file, or empties
   * it, whose writes become durable with `sync` alone.
   */
  open(path: string, kind: "existing" | "new" | "draft"): Promise<JournalFile>;

  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;

  /** Makes names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

export interface JournalEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly kind: "file" | "directory" | "other";
}

export interface JournalFile {
  /** How many bytes it gave: fewer than there is room for only at the end of the file. */
  read(into: Uint8Array, at: number): Promise<number>;

  /** Writes the pieces behind each other, all of them; resolves when they are durable, but for a draft. */
  write(pieces: readonly Uint8Array[], at: number): Promise<void>;

  /** Makes durable what was written. */
  sync(): Promise<void>;

  close(): Promise<void>;
}

/** Where a write can be synced with the same call, one hop to the thread pool is saved. */
const WRITES_SYNC = process.platform === "linux";

export const NODE_JOURNAL_FILES: JournalFiles = {
  list: async (path) => {
    const names = await readdir(path).catch(async (error: unknown) => {
      // A link that leads nowhere, to a disk that is not mounted for example, is there.
      const isThere = await lstat(path).then(
        () => true,
        () => false,
      );
      if (codeOf(error) === "ENOENT" && !isThere) return null;
      throw codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR" ? noDirectory(path, error) : error;
    });
    return names === null ? null : Promise.all(names.map(async (name) => entryAt(join(path, name), name)));
  },
  makeDirectory,
  open: async (path, kind) => {
    const synced = kind !== "draft" && WRITES_SYNC ? constants.O_DSYNC : 0;
    const created = {
      existing: 0,
      new: constants.O_CREAT | constants.O_EXCL,
      draft: constants.O_CREAT | constants.O_TRUNC,
    };
    const flags = constants.O_RDWR | created[kind] | synced;
    const descriptor = await calling<number>((done) => open(path, flags, 0o600, done));
    return new DescriptorFile(descriptor, kind !== "draft" && !WRITES_SYNC);
  },
  rename: async (from, to) => rename(from, to),
  remove: async (path) => unlink(path),
  syncDirectory,
};

function noDirectory(path: string, cause: unknown): CoterieError {
  const advice = "Nothing was changed: put it back, mount what a link leads to, or set the database aside.";
  return new CoterieError("STORE_CORRUPT", `${path} is no directory, and leads to none. ${advice}`, { cause });
}

async function entryAt(path: string, name: string): Promise<JournalEntry> {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
  // A link that leads nowhere is no empty place.
  if (found === null) return { name, sizeBytes: 0, kind: "other" };
  return { name, sizeBytes: found.size, kind: found.isFile() ? "file" : found.isDirectory() ? "directory" : "other" };
}

type Done<Result> = (error: NodeJS.ErrnoException | null, result: Result) => void;

async function calling<Result>(call: (done: Done<Result>) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

/** A plain descriptor: a handle of `fs/promises` would cost several promises for each write. */
class DescriptorFile implements JournalFile {
  private readonly descriptor: number;
  private readonly syncsApart: boolean;

  constructor(descriptor: number, syncsApart: boolean) {
    this.descriptor = descriptor;
    this.syncsApart = syncsApart;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    for (let length = 0; ;) {
      const from = length;
      const count = await calling<number>((done) =>
        read(this.descriptor, into, from, into.length - from, at + from, done),
      );
      length += count;
      if (count === 0 || length === into.length) return length;
    }
  }

  async write(pieces: readonly Uint8Array[], at: number): Promise<void> {
    for (let [left, from] = [pieces, at]; left.length > 0;) {
      const [now, position] = [left, from];
      const count = await calling<number>((done) => {
        const only = now.length === 1 ? now[0] : undefined;
        if (only === undefined) writev(this.descriptor, now, position, done);
        else write(this.descriptor, only, 0, only.length, position, done);
      });
      left = without(now, count);
      from += count;
    }
    if (this.syncsApart) await calling<void>((done) => fdatasync(this.descriptor, (error) => done(error, undefined)));
  }

  async sync(): Promise<void> {
    await calling<void>((done) => fsync(this.descriptor, (error) => done(error, undefined)));
  }

  async close(): Promise<void> {
    await calling<void>((done) => close(this.descriptor, (error) => done(error ?? null, undefined)));
  }
}

/** What is left to be written of the pieces when so many bytes are. */
function without(pieces: readonly Uint8Array[], sizeBytes: number): readonly Uint8Array[] {
  let rest = sizeBytes;
  for (const [index, piece] of pieces.entries()) {
    if (rest < piece.length) return [piece.subarray(rest), ...pieces.slice(index + 1)];
    rest -= piece.length;
  }
  return [];
}
