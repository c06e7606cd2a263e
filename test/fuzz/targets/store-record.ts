import { deepStrictEqual } from "node:assert";
import { crc32 } from "node:zlib";
import { decodeLogRecord, encodeLogRecord } from "../../../packages/storage-level/src/format/log-record.ts";
import { KEYS, pageKey, parseLogKey } from "../../../packages/storage-level/src/format/keys.ts";
import {
  decodeBase,
  decodeCheckpoint,
  decodeNotes,
  decodePage,
  decodeState,
  encodeBase,
  encodeCheckpoint,
  encodeNotes,
  encodePage,
  encodeState,
} from "../../../packages/storage-level/src/format/records.ts";
import { seal, SEAL_BYTES } from "../../../packages/storage-level/src/format/seal.ts";
import { decodeStoreFormat } from "../../../packages/storage-level/src/format/store-format.ts";
import { decodeSlot, encodeSlot, readSlots } from "../../../packages/storage-level/src/sidecar/slots.ts";
import { accepted, type Outcome, refused, sizeClass } from "../outcome.ts";

const LOG_KEY_BYTES = 17;

type Check = (input: Uint8Array) => Outcome;

/** Damage would end at the checksum: it is made good first, as if a writer had gone wrong and not a disk. */
function sealed(key: Uint8Array, body: Uint8Array): Uint8Array {
  const value = Buffer.alloc(body.length + SEAL_BYTES);
  value.set(body);
  return seal(key, value);
}

/** Null, or a value that is written as it was read. */
function checkRecord<Value>(
  what: string,
  key: Uint8Array,
  decode: (value: Uint8Array) => Value | null,
  encode: (value: Value) => { readonly value: Uint8Array },
): Check {
  return (input) => {
    decode(input);
    const value = decode(sealed(key, input));
    if (value === null) return refused(what);
    deepStrictEqual(decode(encode(value).value), value);
    return accepted(`${what} of ${sizeClass(input.length)} bytes`);
  };
}

const CHECKS: readonly Check[] = [
  checkRecord("state", KEYS.state, decodeState, encodeState),
  checkRecord("base", KEYS.base, decodeBase, encodeBase),
  checkRecord("checkpoint", KEYS.checkpoint, decodeCheckpoint, encodeCheckpoint),
  checkRecord("notes", KEYS.notes, decodeNotes, encodeNotes),
  checkRecord(
    "page",
    pageKey(1, 2),
    (value) => decodePage(pageKey(1, 2), value),
    (page) => encodePage(1, 2, page),
  ),
  (input) => {
    decodeStoreFormat(input);
    const format = decodeStoreFormat(sealed(KEYS.format, input));
    return typeof format === "number" ? accepted("format") : refused(`format: ${format}`);
  },
  (input) => {
    const key = input.slice(0, LOG_KEY_BYTES);
    const record = decodeLogRecord(key, sealed(key, input.subarray(LOG_KEY_BYTES)));
    if (record === null) return refused("log record");
    const { before, entries, committed, stateNumber } = record;
    deepStrictEqual(parseLogKey(key)?.end, record.end);
    const again = encodeLogRecord(0, before, entries, committed, stateNumber);
    deepStrictEqual(decodeLogRecord(again.key, again.value), record);
    return accepted(`log record of ${sizeClass(entries.length)} entries`);
  },
  (input) => {
    readSlots(input);
    const end = input.length >= 2 ? 2 + (input[0]! | (input[1]! << 8)) : 0;
    if (end + 4 > input.length) return refused("slot: cut short");
    const slot = Buffer.from(input);
    slot.writeUInt32LE(crc32(slot.subarray(0, end)), end);
    const read = decodeSlot(slot);
    if (read === null) return refused("slot");
    if (typeof read === "number") return refused("slot: of another format");
    deepStrictEqual(decodeSlot(encodeSlot(read)), read);
    return accepted("slot");
  },
];

/** The first byte picks a record of the store; the rest is what stands there. */
export function fuzz(input: Uint8Array): Outcome {
  return CHECKS[(input[0] ?? 0) % CHECKS.length]!(new Uint8Array(input.subarray(1)));
}
