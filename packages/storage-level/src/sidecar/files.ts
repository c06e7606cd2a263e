import { type FileHandle, link, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, makeDirectory, syncDirectory } from "../files/directories.ts";

/**
 * What a sidecar asks of the file system; all of it goes through here, so that a test can let it fail.
 */
export interface SidecarFiles {
  /** The first bytes of a file, no more than `sizeMaxBytes`. Null if there is no such file. */
  read(path: string, sizeMaxBytes: number): Promise<Uint8Array | null>;

  /**
   * Creates a file with these bytes, and the directories above it: resolves when that is durable, and until then a
   * crash leaves no such file. Rejects with EEXIST if there is one.
   */
  create(path: string, bytes: Uint8Array): Promise<void>;

  /** For writing in place, again and again. */
  open(path: string): Promise<SidecarFile>;
}

export interface SidecarFile {
  /** Resolves when the bytes are durable at their place. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  close(): Promise<void>;
}

export const NODE_FILES: SidecarFiles = {
  read: async (path, sizeMaxBytes) => {
    try {
      return await readBeginning(path, sizeMaxBytes);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return null;
      throw error;
    }
  },
  create: createDurably,
  open: async (path) => {
    const file = await open(path, "r+");
    return { write: async (bytes, at) => writeDurably(file, bytes, at), close: async () => file.close() };
  },
};

async function readBeginning(path: string, sizeMaxBytes: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const bytes = Buffer.alloc(sizeMaxBytes);
    for (let length = 0; ;) {
      const { bytesRead } = await file.read(bytes, length, sizeMaxBytes - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === sizeMaxBytes) return bytes.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

async function writeDurably(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
  }
  await file.datasync();
}

async function createDurably(path: string, bytes: Uint8Array): Promise<void> {
  const directory = dirname(path);
  await makeDirectory(directory);
  const draft = `${path}.new`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await publish(draft, path);
  await syncDirectory(directory);
}

/** A link refuses to take a name that somebody has; where there are no links, a rename has to do. */
async function publish(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    return rename(draft, path);
  }
  await unlink(draft);
}
