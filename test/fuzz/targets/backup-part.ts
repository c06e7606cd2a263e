import { deepStrictEqual, ok } from "node:assert";
import { chainHash, type LogEntry, type LogPosition } from "../../../packages/interface/src/index.ts";
import { decodeHeader, encodeHeader } from "../../../packages/peer/src/backup/backup-header.ts";
import {
  bodyOf,
  checkPreamble,
  decodeEntries,
  encodeEntries,
  encodeFrame,
} from "../../../packages/peer/src/backup/frames.ts";
import { accepted, type Outcome, sizeClass } from "../outcome.ts";
import { decodedOrRefused } from "../refused.ts";

const CODES = ["CHECKPOINT_CORRUPT", "STORE_FORMAT_UNKNOWN"] as const;
const PREAMBLE_SIZE_BYTES = 16;
const FRAME_MIN_BYTES = 9;
const ENTRY_FRONT_SIZE_BYTES = 17;
const START = { zxid: 0, chainHash: 0 } as LogPosition;

/** The first byte picks a part of a backup, the rest is that part; chain hashes are made good first. */
export function fuzz(input: Uint8Array): Outcome {
  const body = Buffer.from(input.subarray(1));
  switch ((input[0] ?? 0) % 4) {
    case 0:
      return checkHeader(body);
    case 1:
      return checkEntries(chained(body));
    case 2:
      return checkFrame(body);
    default:
      return checkPreambleOf(body);
  }
}

function checkHeader(body: Buffer): Outcome {
  const header = decodedOrRefused(CODES, () => decodeHeader(body));
  if (typeof header === "string") return header;
  deepStrictEqual(decodeHeader(encodeHeader(header)), header);
  return accepted(`a header ${header.checkpoint === null ? "without" : "with"} a checkpoint`);
}

function checkEntries(body: Buffer): Outcome {
  const entries = decodedOrRefused(CODES, () => decodeEntries(body, START));
  if (typeof entries === "string") return entries;
  deepStrictEqual(encodeEntries(entries), body);
  ok(
    entries.every(({ zxid }, index) => zxid > (entries[index - 1] ?? START).zxid),
    "entries are out of order",
  );
  return accepted(`${sizeClass(entries.length)} entries`);
}

function checkFrame(frame: Buffer): Outcome {
  if (frame.length >= FRAME_MIN_BYTES) decodedOrRefused(CODES, () => bodyOf(frame));
  const made = encodeFrame(frame[0] ?? 0, frame);
  deepStrictEqual(bodyOf(made), frame);
  made[made.length - 1]! ^= 1;
  return decodedOrRefused(CODES, () => bodyOf(made)) as Outcome;
}

function checkPreambleOf(bytes: Buffer): Outcome {
  const preamble = Buffer.alloc(PREAMBLE_SIZE_BYTES);
  bytes.copy(preamble);
  const checked = decodedOrRefused(CODES, () => {
    checkPreamble(preamble);
    return preamble;
  });
  return typeof checked === "string" ? checked : accepted("a preamble");
}

/** Damage would end at the first chain hash: as many as can be found are made good, as if a writer had gone wrong. */
function chained(body: Buffer): Buffer {
  let hash: LogEntry["chainHash"] = START.chainHash;
  for (let at = 0; at + ENTRY_FRONT_SIZE_BYTES <= body.length;) {
    const zxid = body.readUInt32LE(at) + body.readUInt32LE(at + 4) * 2 ** 32;
    const end = at + ENTRY_FRONT_SIZE_BYTES + body.readUInt32LE(at + 13);
    if (end > body.length) break;
    hash = chainHash(
      hash,
      zxid as LogEntry["zxid"],
      body.readUInt8(at + 12),
      body.subarray(at + ENTRY_FRONT_SIZE_BYTES, end),
    );
    body.writeInt32LE(hash, at + 8);
    at = end;
  }
  return body;
}
