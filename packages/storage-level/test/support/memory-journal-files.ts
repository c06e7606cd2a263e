import type { JournalEntry, JournalFile, JournalFiles } from "@coterie/storage-level";

/** One file: what is durable, and what is not yet. */
class MemoryFile {
  durable: Buffer = Buffer.alloc(0);
  current: Buffer = Buffer.alloc(0);
  /** The system passes it for durable, and is wrong: no sync changes that, only another write. */
  passesForDurable = false;
}

/**
 * A file system in memory that loses all that is not durable when it crashes: bytes that were not synced, and names that were changed
 * since their directory was synced.
 */
export class MemoryJournalFiles implements JournalFiles {
  private names = new Map<string, MemoryFile>();
  private durableNames = new Map<string, MemoryFile>();
  private isDirectory = false;
  openCount = 0;
  /** The next write that is no draft's is cut off after so many bytes, and fails. */
  tearAfterBytes: number | null = null;
  /** The process ends between the next write that is no draft's and its sync, or the sync fails. */
  beforeSync: "ends" | "fails" | null = null;
  /** Is asked before each operation, and may throw. */
  before: (operation: string, path: string) => void = () => undefined;

  get paths(): string[] {
    return [...this.names.keys()].sort();
  }

  bytesOf(path: string): Buffer {
    return this.names.get(path)!.current;
  }

  /** What a crash leaves, on a medium of its own. */
  crashed(): MemoryJournalFiles {
    const left = new MemoryJournalFiles();
    left.isDirectory = this.isDirectory;
    for (const [path, { durable }] of this.durableNames) {
      const file = new MemoryFile();
      file.durable = Buffer.from(durable);
      file.current = Buffer.from(durable);
      left.names.set(path, file);
    }
    left.durableNames = new Map(left.names);
    return left;
  }

  async list(path: string): Promise<readonly JournalEntry[] | null> {
    if (!this.isDirectory) return null;
    const own = [...this.names].filter(([name]) => name.startsWith(`${path}/`));
    return own.map(([name, { current }]) => ({
      name: name.slice(path.length + 1),
      sizeBytes: current.length,
      kind: "file",
    }));
  }

  async makeDirectory(): Promise<void> {
    this.isDirectory = true;
  }

  async open(path: string, kind: "existing" | "new" | "draft"): Promise<JournalFile> {
    this.before(`open ${kind}`, path);
    const found = this.names.get(path);
    if (kind === "existing" && found === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    if (kind === "new" && found !== undefined) throw Object.assign(new Error("exists"), { code: "EEXIST" });
    const file = found ?? new MemoryFile();
    this.names.set(path, file);
    this.openCount++;
    let isOpen = true;
    return {
      read: async (into, at) => {
        this.before("read", path);
        if (!isOpen) throw new Error("the file is closed");
        return file.current.copy(into, 0, at);
      },
      write: async (pieces, at) => this.write(path, file, Buffer.concat(pieces), at, kind !== "draft"),
      sync: async () => {
        this.before("sync", path);
        if (!file.passesForDurable) file.durable = Buffer.from(file.current);
      },
      close: async () => {
        if (!isOpen) throw new Error("the file is closed already");
        isOpen = false;
        this.openCount--;
      },
    };
  }

  private write(path: string, file: MemoryFile, bytes: Buffer, at: number, isSynced: boolean): void {
    this.before("write", path);
    const isTorn = isSynced && this.tearAfterBytes !== null;
    const written = isTorn ? bytes.subarray(0, this.tearAfterBytes!) : bytes;
    const next = overwritten(file.current, written, at);
    file.current = next;
    if (isSynced && this.beforeSync !== null) {
      file.passesForDurable = this.beforeSync === "fails";
      throw new Error(`the process ${this.beforeSync}`);
    }
    if (isSynced) file.durable = file.passesForDurable ? overwritten(file.durable, written, at) : Buffer.from(next);
    if (!isTorn) return;
    this.tearAfterBytes = null;
    throw Object.assign(new Error("the power is gone"), { code: "EIO" });
  }

  async rename(from: string, to: string): Promise<void> {
    this.before("rename", from);
    this.names.set(to, this.names.get(from)!);
    this.names.delete(from);
  }

  async remove(path: string): Promise<void> {
    this.before("remove", path);
    this.names.delete(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.before("sync directory", path);
    this.durableNames = new Map(this.names);
  }
}

function overwritten(bytes: Buffer, by: Buffer, at: number): Buffer {
  const next = Buffer.alloc(Math.max(bytes.length, at + by.length));
  bytes.copy(next);
  by.copy(next, at);
  return next;
}
