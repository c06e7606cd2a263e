import { deepStrictEqual, ok } from "node:assert";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { CoterieError } from "../../../packages/interface/src/index.ts";
import { readBackup } from "../../../packages/peer/src/backup/read-backup.ts";
import { accepted, type Outcome, refused, sizeClass } from "../outcome.ts";

const PREAMBLE_SIZE_BYTES = 16;
const FRONT_SIZE_BYTES = 5;
const CRC_SIZE_BYTES = 4;
const TRAILER = 4;

/**
 * The first byte tells into how long pieces the rest is cut, a stream of a backup whose checksums are made good, or not; then it gives
 * the same whole, and ends with a trailer or with CHECKPOINT_CORRUPT.
 */
export async function fuzz(input: Uint8Array): Promise<Outcome> {
  const flags = input[0] ?? 0;
  const bytes = Buffer.from(input.subarray(1));
  if ((flags & 128) !== 0) makeGood(bytes);
  const whole = await readAll([bytes]);
  const pieces: Uint8Array[] = [];
  const size = (flags & 127) + 1;
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  deepStrictEqual(await readAll(pieces), whole);
  const { kinds, refusal } = whole;
  if (refusal !== null) return refused(`behind ${sizeClass(kinds.length)} parts: ${refusal}`);
  deepStrictEqual([kinds[0], kinds.at(-1)], ["header", "end"]);
  return accepted(`a backup of ${sizeClass(kinds.length)} parts`);
}

async function readAll(pieces: readonly Uint8Array[]): Promise<{ kinds: string[]; refusal: string | null }> {
  const kinds: string[] = [];
  try {
    for await (const { kind } of readBackup(streamOf(pieces))) kinds.push(kind);
    return { kinds, refusal: null };
  } catch (error) {
    if (!(error instanceof CoterieError)) throw error;
    ok(error.code === "CHECKPOINT_CORRUPT" || error.code === "STORE_FORMAT_UNKNOWN", error);
    return { kinds, refusal: error.message };
  }
}

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* pieces;
}

/** The checksum of each frame, and what a trailer says of the frames before it. */
function makeGood(bytes: Buffer): void {
  for (let at = PREAMBLE_SIZE_BYTES; at + FRONT_SIZE_BYTES + CRC_SIZE_BYTES <= bytes.length;) {
    const end = at + FRONT_SIZE_BYTES + bytes.readUInt32LE(at);
    if (end + CRC_SIZE_BYTES > bytes.length) return;
    if (bytes[at + 4] === TRAILER) {
      const text = bytes.toString("latin1", at + FRONT_SIZE_BYTES, end);
      const sha256 = createHash("sha256").update(bytes.subarray(0, at)).digest("hex");
      bytes.write(text.replace(/[0-9a-f]{64}/, sha256), at + FRONT_SIZE_BYTES, end - at - FRONT_SIZE_BYTES, "latin1");
    }
    bytes.writeUInt32LE(crc32(bytes.subarray(at, end)), end);
    at = end + CRC_SIZE_BYTES;
  }
}
