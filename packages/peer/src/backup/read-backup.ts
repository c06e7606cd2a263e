import { CHAIN_HASH_NONE, type LogEntry, type LogPosition, positionOf, ZXID_NONE } from "@coterie/interface";
import { createHash, type Hash } from "node:crypto";
import { type BackupHeader, decodeHeader } from "./backup-header.ts";
import { ByteSource } from "./byte-source.ts";
import { damaged } from "./damaged.ts";
import {
  bodyOf,
  bodySizeMaxBytes,
  checkPreamble,
  decodeEntries,
  FRAME,
  FRAME_CRC_SIZE_BYTES,
  FRAME_FRONT_SIZE_BYTES,
  PREAMBLE_SIZE_BYTES,
} from "./frames.ts";
import type { BackupTrailer } from "./write-backup.ts";

export type BackupItem =
  /** First, once. */
  | { readonly kind: "header"; readonly header: BackupHeader }
  /** All of them before the first entry. The bytes belong to the caller. */
  | { readonly kind: "page"; readonly bytes: Uint8Array }
  | { readonly kind: "entries"; readonly entries: readonly LogEntry[] }
  /** Last: only now it is certain that the backup is whole. */
  | { readonly kind: "end"; readonly trailer: BackupTrailer };

/**
 * What a backup holds, in its order, each part checked. Throws CHECKPOINT_CORRUPT for what is damaged, cut short, goes on
 * behind its end or is no backup, STORE_FORMAT_UNKNOWN for another version's, and what `source` throws.
 */
export async function* readBackup(source: AsyncIterable<Uint8Array>): AsyncGenerator<BackupItem, void> {
  const bytes = new ByteSource(source);
  try {
    yield* new BackupReader(bytes).items();
  } finally {
    await bytes.close();
  }
}

/** Whether a backup is whole, as far as that can be said without building the state. Rejects as `readBackup` throws. */
export async function verifyBackup(source: AsyncIterable<Uint8Array>): Promise<BackupHeader> {
  let found: BackupHeader | null = null;
  for await (const item of readBackup(source)) if (item.kind === "header") found = item.header;
  if (found === null) throw damaged("it has no header");
  return found;
}

class BackupReader {
  private readonly bytes: ByteSource;
  private readonly hash: Hash = createHash("sha256");
  private sizeBytes = 0;
  private pageCount = 0;
  private entryCount = 0;
  private last: LogPosition = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };

  constructor(bytes: ByteSource) {
    this.bytes = bytes;
  }

  async *items(): AsyncGenerator<BackupItem, void> {
    const preamble = await this.take(PREAMBLE_SIZE_BYTES);
    checkPreamble(preamble);
    this.count(preamble);
    const first = await this.frame();
    if (first.kind !== FRAME.header) throw damaged("its header is missing");
    const header = decodeHeader(first.body);
    if (header.checkpoint !== null) this.last = positionOf(header.checkpoint);
    yield { kind: "header", header };
    for (;;) {
      const { kind, body } = await this.frame();
      if (kind === FRAME.trailer) {
        yield { kind: "end", trailer: await this.end(header, body) };
        return;
      }
      yield this.item(kind, body);
    }
  }

  private item(kind: number, body: Buffer): BackupItem {
    if (kind === FRAME.page && this.entryCount === 0) {
      this.pageCount += 1;
      return { kind: "page", bytes: body };
    }
    if (kind !== FRAME.entries) throw damaged(`it holds a part of the kind ${kind} where none belongs`);
    const entries = decodeEntries(body, this.last);
    this.last = entries.at(-1) ?? this.last;
    this.entryCount += entries.length;
    return { kind: "entries", entries };
  }

  private async end(header: BackupHeader, body: Buffer): Promise<BackupTrailer> {
    const { pageCount, entryCount, sizeBytes, last } = this;
    const found: BackupTrailer = { pageCount, entryCount, sizeBytes, sha256: this.hash.digest("hex") };
    const isWhole =
      body.toString("utf8") === JSON.stringify(found) &&
      pageCount === (header.checkpoint?.pageCount ?? 0) &&
      last.zxid === header.zxid &&
      last.chainHash === header.chainHash;
    if (!isWhole) throw damaged("parts of it are missing, or are those of another");
    if ((await this.bytes.take(1)).length > 0) throw damaged("it goes on behind its end");
    return found;
  }

  /** The next frame; all but the trailer count. */
  private async frame(): Promise<{ readonly kind: number; readonly body: Buffer }> {
    const front = await this.take(FRAME_FRONT_SIZE_BYTES);
    const size = front.readUInt32LE(0);
    const kind = front.readUInt8(4);
    if (size > bodySizeMaxBytes(kind)) throw damaged(`a part of it claims to be ${size} bytes long`);
    const frame = Buffer.concat([front, await this.take(size + FRAME_CRC_SIZE_BYTES)]);
    const body = bodyOf(frame);
    if (kind !== FRAME.trailer) this.count(frame);
    return { kind, body };
  }

  private async take(sizeBytes: number): Promise<Buffer> {
    const bytes = await this.bytes.take(sizeBytes);
    if (bytes.length < sizeBytes) throw damaged("it ends before its trailer");
    return bytes;
  }

  private count(bytes: Buffer): void {
    this.hash.update(bytes);
    this.sizeBytes += bytes.length;
  }
}
