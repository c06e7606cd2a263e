import { ok } from "node:assert";
import { KeyWalk } from "../../../packages/storage-classic-level/src/tables/block.ts";
import { crc32c, maskedCrc } from "../../../packages/storage-classic-level/src/tables/crc32c.ts";
import { PIECE_HEADER_BYTES, RecordReader } from "../../../packages/storage-classic-level/src/tables/log-records.ts";
import { readManifest } from "../../../packages/storage-classic-level/src/tables/manifest.ts";
import { unpackSnappy } from "../../../packages/storage-classic-level/src/tables/snappy.ts";
import type { TableFile } from "../../../packages/storage-classic-level/src/tables/table-file.ts";
import {
  FOOTER_BYTES,
  parseFooter,
  parseIndex,
  parseMetaindex,
} from "../../../packages/storage-classic-level/src/tables/table-layout.ts";
import { findMisplacedWrites } from "../../../packages/storage-classic-level/src/tables/write-log.ts";
import { putU32 } from "../../../packages/storage-classic-level/src/tables/bytes.ts";
import { accepted, type Outcome, refused, sizeClass } from "../outcome.ts";

const LAST_KEY = new Uint8Array(64).fill(255);

/** The first byte picks what of LevelDB's files the rest is, which is judged and never thrown at; checksums of logs are made good. */
export function fuzz(input: Uint8Array): Outcome | Promise<Outcome> {
  const bytes = new Uint8Array(input.subarray(1));
  switch ((input[0] ?? 0) % 8) {
    case 0: {
      const unpacked = unpackSnappy(bytes, 0, bytes.length);
      if (unpacked.kind !== "unpacked") return refused(`snappy: ${unpacked.kind}`);
      ok(unpacked.bytes.length <= bytes.length * 22, "it grew by more than copies can");
      return accepted(`snappy of ${sizeClass(unpacked.bytes.length)} bytes`);
    }
    case 1: {
      if (bytes.length < FOOTER_BYTES) return refused("footer: too short");
      const footer = parseFooter(bytes, bytes.length - FOOTER_BYTES, bytes.length);
      return footer === null || footer === "wrong" ? refused(`footer: ${footer}`) : accepted("footer");
    }
    case 2: {
      const index = parseIndex(bytes, 2 ** 20);
      return index === null ? refused("index") : accepted(`index of ${sizeClass(index.length)} blocks`);
    }
    case 3:
      return parseMetaindex(bytes) === null ? refused("metaindex") : accepted("metaindex");
    case 4: {
      const wrong = new KeyWalk().judge(bytes, 0, bytes.length, { after: null, upTo: LAST_KEY, table: null });
      return wrong === null ? accepted(`block of ${sizeClass(bytes.length)} bytes`) : refused(`block: ${wrong}`);
    }
    case 5: {
      makeGood(bytes);
      const records = [...new RecordReader().records(bytes)];
      const last = records.at(-1);
      const bad = typeof last === "string" ? last : null;
      return bad === null ? accepted(`${sizeClass(records.length)} records`) : refused(`record: ${bad}`);
    }
    case 6:
      makeGood(bytes);
      return manifestOf(bytes);
    default:
      makeGood(bytes);
      return writesOf(bytes);
  }
}

async function manifestOf(bytes: Uint8Array): Promise<Outcome> {
  const manifest = await readManifest(fileOf(bytes));
  if (manifest.kind === "read") return accepted(`manifest of ${sizeClass(manifest.tables.length)} tables`);
  return refused(`manifest: ${manifest.kind === "dangerous" ? manifest.what : manifest.kind}`);
}

async function writesOf(bytes: Uint8Array): Promise<Outcome> {
  const [first] = await findMisplacedWrites(fileOf(bytes));
  return first === undefined ? accepted(`log of ${sizeClass(bytes.length)} bytes`) : refused(`log: ${first.what}`);
}

function fileOf(bytes: Uint8Array): TableFile {
  return {
    sizeBytes: bytes.length,
    read: (offset: number, sizeBytes: number) => Promise.resolve(bytes.subarray(offset, offset + sizeBytes)),
  } as unknown as TableFile;
}

function makeGood(block: Uint8Array): void {
  for (let at = 0; block.length - at >= PIECE_HEADER_BYTES;) {
    const end = at + PIECE_HEADER_BYTES + (block[at + 4]! | (block[at + 5]! << 8));
    if (end > block.length) return;
    putU32(block, at, maskedCrc(crc32c(block, at + 6, end)));
    at = end;
  }
}
