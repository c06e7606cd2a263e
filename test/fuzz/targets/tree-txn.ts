import { deepStrictEqual } from "node:assert";
import { decodeTxn } from "../../../packages/core/src/index.ts";
import { JuteReader } from "../../../packages/protocol/src/index.ts";
import { accepted, type Outcome, sizeClass } from "../outcome.ts";
import { decodedOrRefused } from "../refused.ts";

const FIELD_SIZE_MAX_BYTES = 2 ** 31 - 1;

/** Any bytes as a txn of a log: what is read depends on them alone, wherever they stand. */
export function fuzz(input: Uint8Array): Outcome {
  const read = (bytes: Uint8Array): ReturnType<typeof decodeTxn> | Outcome =>
    decodedOrRefused("TXN_CORRUPT", () =>
      decodeTxn(new JuteReader(bytes, { fieldSizeMaxBytes: FIELD_SIZE_MAX_BYTES }), bytes),
    );
  const behind = new Uint8Array(input.length + 3);
  behind.set(input, 3);
  const txn = read(new Uint8Array(input));
  deepStrictEqual(read(behind.subarray(3)), txn);
  return typeof txn === "string" ? txn : accepted(`${txn.txn.kind} of ${sizeClass(input.length)} bytes`);
}
