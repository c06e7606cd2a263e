import { dirname } from "node:path";
import { type Random, randomBelow } from "@coterie/interface";

/** The files of a store by their paths, as somebody finds them. */
export type Image = Map<string, Buffer>;

/** What the recorder has seen; see `recorder.c`. */
export interface Operation {
  readonly kind: "W" | "C" | "T" | "S" | "D" | "U" | "R" | "L" | "E";
  readonly path: string;
  /** Of W where, of T how long. */
  readonly at: number;
  /** Of W what, of R and L the new path. */
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);

export function parseJournal(journal: Buffer): Operation[] {
  const operations: Operation[] = [];
  for (let at = 0; at < journal.length;) {
    const end = journal.indexOf("\n", at);
    const [kind = "", ...words] = journal.toString("utf8", at, end).split(" ");
    const path = words.at(-1) ?? "";
    const lengthBytes = kind === "W" ? Number(words[1]) : "RL".includes(kind) ? Number(words[0]) : 0;
    at = end + 1 + lengthBytes;
    const bytes = lengthBytes === 0 ? NOTHING : journal.subarray(end + 1, at);
    operations.push({ kind: kind as Operation["kind"], path, at: "WT".includes(kind) ? Number(words[0]) : 0, bytes });
  }
  return operations;
}

type DataWrite = Pick<Operation, "kind" | "at" | "bytes">;

/** One file's bytes: those that are synced, and the writes since. */
class DiskFile {
  private synced: Buffer = NOTHING;
  private pending: DataWrite[] = [];

  write(operation: DataWrite): void {
    this.pending.push(operation);
  }

  sync(): void {
    this.synced = this.current;
    this.pending = [];
  }

  get durable(): Buffer {
    return this.synced;
  }

  get current(): Buffer {
    let bytes = this.synced;
    for (const { kind, at, bytes: written } of this.pending) {
      const sizeBytes = kind === "T" ? at : Math.max(bytes.length, at + written.length);
      const next = Buffer.alloc(sizeBytes);
      bytes.copy(next);
      if (kind === "W") written.copy(next, at);
      bytes = next;
    }
    return bytes;
  }

  /** Of the blocks that have changed since the sync some are there and some are not, in no order. */
  mixed(random: Random, blockSizeBytes: number): Buffer {
    const mixed = Buffer.from(this.current);
    for (let at = 0; at < mixed.length; at += blockSizeBytes) {
      const end = Math.min(at + blockSizeBytes, mixed.length);
      const old = Buffer.alloc(end - at);
      this.synced.subarray(at, end).copy(old);
      const isChanged = Buffer.compare(old, mixed.subarray(at, end)) !== 0;
      if (isChanged && randomBelow(random, 2) === 0) old.copy(mixed, at);
    }
    return mixed;
  }

  /** What was appended since the sync ends somewhere in between. */
  torn(random: Random, blockSizeBytes: number): Buffer {
    const { current } = this;
    if (current.length <= this.synced.length) return this.synced;
    const cut = this.synced.length + randomBelow(random, current.length - this.synced.length + 1);
    return current.subarray(0, Math.max(this.synced.length, cut - (cut % blockSizeBytes)));
  }
}

export type CrashKind =
  | "all that was written"
  | "synced only"
  | "torn tail, any byte"
  | "torn tail, 512 B"
  | "torn tail, 4 KiB"
  | "random blocks, 512 B"
  | "random blocks, 4 KiB"
  | "names without a synced folder lost";

const ACKS = "acks";

/**
 * A disk on which the operations of a journal happen, and what a crash makes of it. Names become durable in order, and
 * with every sync, as on a file system with a journal; the bytes of a file only with a sync of the file.
 */
export class Disk {
  private names = new Map<string, DiskFile>();
  private durableNames = new Map<string, DiskFile>();
  /** Those that were there when their own folder was synced last. */
  private folderNames = new Map<string, DiskFile>();
  private pendingNames: { readonly operation: Operation; readonly file: DiskFile | undefined }[] = [];
  acks = "";

  apply(operation: Operation): void {
    const { kind, path } = operation;
    if (path === ACKS) {
      if (kind === "W") this.acks += operation.bytes.toString();
      return;
    }
    if (kind === "W" || kind === "T") return this.names.get(path)?.write(operation);
    if (kind === "E") return;
    if (kind === "S") this.names.get(path)?.sync();
    else if (kind !== "D") {
      const file = kind === "C" ? new DiskFile() : undefined;
      change(this.names, operation, file);
      this.pendingNames.push({ operation, file });
      return;
    }
    if (kind === "D") this.syncFolder(path);
    this.durableNames = new Map(this.names);
    this.pendingNames = [];
  }

  private syncFolder(folder: string): void {
    for (const path of this.folderNames.keys()) if (dirname(path) === folder) this.folderNames.delete(path);
    for (const [path, file] of this.names) if (dirname(path) === folder) this.folderNames.set(path, file);
  }

  crash(kind: CrashKind, random: Random): Image {
    const names = this.namesAfter(kind, random);
    return new Map([...names].map(([path, file]) => [path, Buffer.from(bytesOf(file, kind, random))]));
  }

  private namesAfter(kind: CrashKind, random: Random): Map<string, DiskFile> {
    if (kind === "all that was written") return this.names;
    if (kind === "names without a synced folder lost") return this.folderNames;
    const names = new Map(this.durableNames);
    const count = kind === "synced only" ? 0 : randomBelow(random, this.pendingNames.length + 1);
    for (const { operation, file } of this.pendingNames.slice(0, count)) change(names, operation, file);
    return names;
  }
}

function change(names: Map<string, DiskFile>, { kind, path, bytes }: Operation, created: DiskFile | undefined): void {
  const file = created ?? names.get(path);
  if (kind !== "L") names.delete(path);
  if (kind !== "U" && file !== undefined) names.set(kind === "C" ? path : bytes.toString(), file);
}

function bytesOf(file: DiskFile, kind: CrashKind, random: Random): Buffer {
  switch (kind) {
    case "all that was written":
      return file.current;
    case "synced only":
    case "names without a synced folder lost":
      return file.durable;
    case "torn tail, any byte":
      return file.torn(random, 1);
    case "torn tail, 512 B":
      return file.torn(random, 512);
    case "torn tail, 4 KiB":
      return file.torn(random, 4096);
    case "random blocks, 512 B":
      return file.mixed(random, 512);
    case "random blocks, 4 KiB":
      return file.mixed(random, 4096);
  }
}
