import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileNamesIn } from "../paths.ts";
import { KeyWalk } from "./block.ts";
import { checkTable, type Danger } from "./check-table.ts";
import { LOG_BLOCK_BYTES, PIECE_HEADER_BYTES, pieceAt } from "./log-records.ts";
import { openTableFile, ReadBuffer } from "./table-file.ts";
import { findMisplacedWrites } from "./write-log.ts";

/** No sort of block: LevelDB says of such a one that it cannot be read, and goes on without it. */
const NO_SORT = Uint8Array.of(0xff);
const PIECE_BLOCKS = 32;

/**
 * Takes out of a copy of a database's files what would end the process in LevelDB's own repair, which looks at no checksum at all:
 * blocks that do not keep to what LevelDB takes for granted, tables whose index is damaged, and damaged writes in logs.
 */
export async function makeRepairable(directory: string): Promise<void> {
  const [buffer, walk] = [new ReadBuffer(), new KeyWalk()];
  for (const name of await fileNamesIn(directory)) {
    const path = join(directory, name);
    if (/^\d+\.log$/.test(name)) await dropDamagedWrites(path, buffer);
    if (!/^\d+\.(ldb|sst)$/.test(name)) continue;
    const dangers = await dangersIn(path, buffer, walk);
    if (dangers.some(({ part }) => part === "file")) await rm(path);
    else if (dangers.length > 0) await makeUnreadable(path, dangers);
  }
}

async function dangersIn(path: string, buffer: ReadBuffer, walk: KeyWalk): Promise<readonly Danger[]> {
  const file = await openTableFile(path, buffer);
  try {
    return await checkTable(file, null, walk);
  } finally {
    await file.close();
  }
}

async function makeUnreadable(path: string, dangers: readonly Danger[]): Promise<void> {
  await withHandle(path, async (handle) => {
    for (const { offset, sizeBytes } of dangers) await handle.write(NO_SORT, 0, 1, offset + sizeBytes);
  });
}

/**
 * Makes zeros of a damaged write, or one that is not in its place, and what stands behind it in its block, so that what is left is what an opening would take:
 * with a number or a key that is not its own a write may meet another one, which LevelDB rules out.
 */
async function dropDamagedWrites(path: string, buffer: ReadBuffer): Promise<void> {
  const pieceBytes = PIECE_BLOCKS * LOG_BLOCK_BYTES;
  const file = await openTableFile(path, buffer);
  try {
    for (let offset = 0; offset < file.sizeBytes; offset += pieceBytes) {
      const piece = await file.read(offset, Math.min(pieceBytes, file.sizeBytes - offset));
      for (let at = 0; at < piece.length; at += LOG_BLOCK_BYTES) {
        const block = piece.subarray(at, at + LOG_BLOCK_BYTES);
        const damagedAt = findDamage(block);
        if (damagedAt !== null) await putZeros(path, offset + at + damagedAt, block.length - damagedAt);
      }
    }
    // What is damaged is gone by now. LevelDB takes each log by itself.
    for (const { offset } of await findMisplacedWrites(file)) {
      const end = Math.min(file.sizeBytes, (Math.floor(offset / LOG_BLOCK_BYTES) + 1) * LOG_BLOCK_BYTES);
      await putZeros(path, offset, end - offset);
    }
  } finally {
    await file.close();
  }
}

async function putZeros(path: string, offset: number, sizeBytes: number): Promise<void> {
  await withHandle(path, async (handle) => void (await handle.write(new Uint8Array(sizeBytes), 0, sizeBytes, offset)));
}

function findDamage(block: Uint8Array): number | null {
  for (let at = 0; block.length - at >= PIECE_HEADER_BYTES;) {
    const piece = pieceAt(block, at);
    if (piece.kind === "damaged") return at;
    if (piece.kind !== "piece") return null;
    at = piece.end;
  }
  return null;
}

async function withHandle(path: string, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}
