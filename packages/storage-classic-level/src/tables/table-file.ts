import { type FileHandle, open, stat } from "node:fs/promises";

/** Reads of one file, one at a time, into memory that is used again. */
export interface TableFile {
  readonly sizeBytes: number;
  /** The bytes, which stay until the next call; fewer where the file ends. */
  read(offset: number, sizeBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What files are read into, by whoever reads one after the other. */
export class ReadBuffer {
  private bytes: Uint8Array = new Uint8Array(0);

  room(sizeBytes: number): Uint8Array {
    if (this.bytes.length < sizeBytes) this.bytes = new Uint8Array(sizeBytes);
    return this.bytes;
  }
}

/** What is read is a file or a link to one: to open another thing, a pipe say, may take for ever. */
export class NoRegularFileError extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} is no regular file`);
    this.path = path;
  }
}

export function isNoRegularFile(error: unknown): error is NoRegularFileError {
  return error instanceof NoRegularFileError;
}

/** @throws NoRegularFileError */
export async function openTableFile(path: string, buffer: ReadBuffer): Promise<TableFile> {
  if (!(await stat(path)).isFile()) throw new NoRegularFileError(path);
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    return {
      sizeBytes: size,
      read: async (offset, sizeBytes) => readFully(handle, buffer.room(sizeBytes), offset, sizeBytes),
      close: async () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readFully(handle: FileHandle, into: Uint8Array, offset: number, sizeBytes: number): Promise<Uint8Array> {
  let filled = 0;
  while (filled < sizeBytes) {
    const { bytesRead } = await handle.read(into, filled, sizeBytes - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return into.subarray(0, filled);
}
