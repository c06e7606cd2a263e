import {
  CoterieError,
  type CheckpointReader,
  type LogEntry,
  type LogStorage,
  positionOf,
  ZXID_NONE,
} from "@coterie/interface";
import { BACKUP_PIECE_SIZE_MAX_BYTES } from "../limits.ts";
import type { BackupHeader } from "./backup-header.ts";
import type { BackupContents } from "./write-backup.ts";

/** Where the contents of a backup stand: an open store, and a reader of the checkpoint that the header names. */
export interface BackupSource {
  readonly header: BackupHeader;
  readonly storage: Pick<LogStorage, "read">;
  /** Null if the header names no checkpoint. */
  readonly reader: CheckpointReader | null;
}

/** They stand in the store as long as nobody purges them. */
export function contentsOf({ header, storage, reader }: BackupSource): BackupContents {
  return { pages: pagesOf(reader), entries: entriesOf(storage, header) };
}

/** The mark of a checkpoint, as a header has it. */
export function markOf(reader: CheckpointReader | null): BackupHeader["checkpoint"] {
  if (reader === null) return null;
  const { digest, pageCount } = reader.checkpoint;
  return { ...positionOf(reader.checkpoint), digest, pageCount };
}

async function* pagesOf(reader: CheckpointReader | null): AsyncGenerator<readonly Uint8Array[], void> {
  const pageCount = reader?.checkpoint.pageCount ?? 0;
  for (let index = 0; reader !== null && index < pageCount;) {
    const pages = await reader.read(index, BACKUP_PIECE_SIZE_MAX_BYTES);
    yield pages;
    index += pages.length;
  }
}

async function* entriesOf(
  storage: BackupSource["storage"],
  { checkpoint, zxid: upTo }: BackupHeader,
): AsyncGenerator<readonly LogEntry[], void> {
  for (let after = checkpoint?.zxid ?? ZXID_NONE; after < upTo;) {
    const reading = await storage.read({ after, upTo }, BACKUP_PIECE_SIZE_MAX_BYTES);
    if (reading.kind === "faulty") {
      const message =
        "entries of the log cannot be read here (LOG_FAULTY): back up another peer, or this one once it is mended";
      throw new CoterieError("STORE_CORRUPT", message);
    }
    const end = reading.kind === "entries" ? reading.entries.at(-1) : undefined;
    if (reading.kind === "purged" || end === undefined) {
      const message =
        "the log of this peer was replaced by another peer's checkpoint meanwhile: begin the backup again";
      throw new CoterieError("ABORTED", message);
    }
    yield reading.entries;
    after = end.zxid;
  }
}
