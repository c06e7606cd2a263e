import type { LogEntry } from "@coterie/interface";
import { createHash } from "node:crypto";
import { type BackupHeader, encodeHeader } from "./backup-header.ts";
import { encodeEntries, encodeFrame, encodePreamble, FRAME } from "./frames.ts";

/** What stands behind the header, in pieces. */
export interface BackupContents {
  readonly pages: AsyncIterable<readonly Uint8Array[]>;
  readonly entries: AsyncIterable<readonly LogEntry[]>;
}

/** What the trailer says of all before it. */
export interface BackupTrailer {
  readonly pageCount: number;
  readonly entryCount: number;
  readonly sizeBytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The bytes of a backup; one piece of the contents at a time is asked for and held. */
export async function* writeBackup(header: BackupHeader, contents: BackupContents): AsyncGenerator<Uint8Array, void> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  let pageCount = 0;
  let entryCount = 0;
  const count = (bytes: Buffer): Buffer => {
    hash.update(bytes);
    sizeBytes += bytes.length;
    return bytes;
  };
  yield count(Buffer.concat([encodePreamble(), encodeFrame(FRAME.header, encodeHeader(header))]));
  for await (const pages of contents.pages) {
    pageCount += pages.length;
    yield count(Buffer.concat(pages.map((page) => encodeFrame(FRAME.page, page))));
  }
  for await (const entries of contents.entries) {
    entryCount += entries.length;
    yield count(encodeFrame(FRAME.entries, encodeEntries(entries)));
  }
  const trailer: BackupTrailer = { pageCount, entryCount, sizeBytes, sha256: hash.digest("hex") };
  yield encodeFrame(FRAME.trailer, Buffer.from(JSON.stringify(trailer)));
}
