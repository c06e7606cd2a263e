import { deepStrictEqual, ok } from "node:assert";
import { decodeEnsembleConfig, encodeEnsembleConfig } from "../../../packages/consensus/src/quorum/ensemble-config.ts";
import { AckMarks } from "../../../packages/consensus/src/standing/ack-marks.ts";
import { accepted, type Outcome, sizeClass } from "../outcome.ts";
import { decodedOrRefused } from "../refused.ts";

const ALL = { isVoter: () => true };

/** Any bytes as the voter set that a log begins with, and as what a store notes of the other voters' logs. */
export function fuzz(input: Uint8Array): Outcome {
  const bytes = new Uint8Array(input);
  const marks = new AckMarks(bytes).encode(ALL);
  deepStrictEqual(new AckMarks(marks).encode(ALL), marks);
  ok(marks.length <= Math.max(2, bytes.length), "more is known than was noted");
  const config = decodedOrRefused("TXN_CORRUPT", () => decodeEnsembleConfig(bytes));
  if (typeof config === "string")
    return marks.length > 2 ? accepted(`marks of ${sizeClass(marks.length)} bytes`) : config;
  deepStrictEqual(encodeEnsembleConfig(config), bytes);
  return accepted(`a config of ${sizeClass(config.voters.length)} voters`);
}
